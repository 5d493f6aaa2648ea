"""Files that have changed behind DVC's back come back by the commands that are printed."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from galaxy.checksums import record_sums, verify_sums
from galaxy.workbench.restore_advice import restore_advice

NAMES = ["data/one", "data/folder/two"]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository whose stage has run, with its sums."""
    for name in ("DVC_ROOT", "DVC_STAGE", "DVC_EXP_NAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DVC_NO_ANALYTICS", "1")
    monkeypatch.setenv("DVC_SITE_CACHE_DIR", str(tmp_path / "site"))
    root = tmp_path / "it's root"
    root.mkdir()
    shell(root, "git init --quiet; python -m dvc init --quiet; python -m dvc config cache.type hardlink,copy")
    (root / "dvc.yaml").write_text(
        "stages:\n  s:\n    cmd: mkdir -p data/folder; echo 11 > data/one; echo 22 > data/folder/two\n"
        "    outs: [data/one, data/folder]\n"
    )
    shell(root, "python -m dvc repro")
    record_sums([root / "data"], root / "SHA256SUMS")
    return root


def shell(root: Path, line: str) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(line, shell=True, cwd=root, env=os.environ | {"PATH": path}, capture_output=True, text=True)  # noqa: S602
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("way", ["in place, time kept", "replaced"])
def test_the_printed_commands_bring_files_back(root: Path, way: str) -> None:
    for name in NAMES:
        path, before = root / name, (root / name).stat()
        if way == "replaced":
            path.unlink()
        else:
            path.chmod(0o644)
        path.write_text("99\n")
        if way != "replaced":
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
            path.chmod(before.st_mode)
    assert len(verify_sums(root / "SHA256SUMS")) == 2
    advice = restore_advice(root, NAMES)
    assert ("DVC's cache has no good copy" in advice) == (way != "replaced")
    for command in re.findall(r"`([^`]+)`", advice):
        shell(root, command.replace("dvc ", "python -m dvc ", 1) if command.startswith("dvc ") else command)
    assert verify_sums(root / "SHA256SUMS") == []


def test_files_that_dvc_does_not_know_are_made_again(tmp_path: Path) -> None:
    (tmp_path / "SHA256SUMS").touch()
    words = f"DVC's cache has no good copy of all of them: `dvc repro` in {tmp_path} makes them again"
    assert restore_advice(tmp_path, ["data/one"]) == words
