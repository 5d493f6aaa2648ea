"""The code that a saved training is resumed with."""

import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from tests.root import ROOT
from tests.tiny_clone import clean_environment


def test_the_module_that_was_started_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    start = tmp_path / "package" / "start.py"
    start.parent.mkdir()
    text = "from galaxy.training.code_digest import code_sha256\nprint(code_sha256('package'))\n"
    monkeypatch.syspath_prepend(tmp_path)
    found = []
    for changed in (text, f"{text}# changed\n", text):
        start.write_text(changed)
        runpy.run_module("package.start", run_name="__main__", alter_sys=True)  # as `python -m` does
        found.append(capsys.readouterr().out)
    assert found[0] == found[2] != found[1]
    environment = clean_environment() | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-B", "-m", "package.start"]
    ended = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=True, text=True)
    assert ended.stdout == found[0]
