import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize("found", ["old", "none"])
def test_without_a_python_that_is_new_enough_one_line_says_so(tmp_path: Path, found: str) -> None:
    (tmp_path / "Makefile").write_bytes((ROOT / "Makefile").read_bytes())
    (tmp_path / "requirements.lock").touch()
    old = tmp_path / "python3.10"
    if found == "old":
        old.write_text("#!/bin/sh\nexit 1\n")  # what the check gives there
        old.chmod(0o755)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    ended = subprocess.run(
        ["make", "env", "VENV=.venv", f"PYTHON={old}"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode != 0
    expected = f"error: {old} is older than 3.11; " if found == "old" else f"error: no {old} found; "
    assert ended.stderr.splitlines()[0] == f"{expected}install Python 3.11 or newer, or set PYTHON=..."
    assert not (tmp_path / ".venv").exists()


def test_help_lists_every_target_and_each_builds_its_environment() -> None:
    text = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^\.PHONY: (.*)$", text, re.MULTILINE)[0].split()) - {"env"}
    # Under `make test`, MAKEFLAGS and MAKELEVEL would have this make announce its directory among the targets.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    listed = subprocess.run(
        ["make", "help"], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    ).stdout
    assert {line.split()[0] for line in listed.splitlines()} == targets
    needs = dict(re.findall(r"^([a-z-]+):([^#\n]*)##", text, re.MULTILINE))
    assert {name for name in targets if needs[name].split() not in (["env"], ["repro"])} == {"help"}
