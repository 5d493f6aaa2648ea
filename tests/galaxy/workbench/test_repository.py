import subprocess
import sys
from pathlib import Path

import pytest

from galaxy.errors import InputError
from galaxy.workbench.repository import find_repository, in_repository, require_repository

CODE = Path(__file__).resolve().parents[3]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "dvc.yaml").touch()
    (tmp_path / ".dvc").mkdir()
    (tmp_path / "docs" / "deep").mkdir(parents=True)
    return tmp_path


def test_files_of_the_repository_are_found_from_each_of_its_folders(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root)
    assert in_repository("params.yaml") == Path("params.yaml")
    for folder in (root / "docs", root / "docs" / "deep"):
        monkeypatch.chdir(folder)
        assert find_repository() == require_repository() == root
        assert in_repository("params.yaml") == root / "params.yaml"


def test_outside_of_a_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert in_repository("data/models") == Path("data/models")
    with pytest.raises(InputError, match="is in no repository of this project; change to the folder that holds dvc.ya"):
        require_repository()


@pytest.mark.parametrize(
    "words",
    [
        ["plots"],
        ["compare", "main"],
        ["ui"],
        ["tracking"],
        ["verify"],
        ["check"],
        ["fetch"],
        ["tidy"],
        ["page"],
        ["profile", "default"],
        ["repro"],
        ["croissant", "--output", "c.json"],
    ],
)
def test_commands_outside_of_a_repository_end_with_one_line(words: list[str], tmp_path: Path) -> None:
    command = [sys.executable, "-P", "-m", "galaxy.cli", *words]
    done = subprocess.run(command, cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith(f"error: {tmp_path} is in no repository")


def test_commands_in_a_subfolder_use_the_files_of_the_root(root: Path) -> None:
    from galaxy.checksums import record_sums

    (root / "data").write_text("x")
    record_sums([root / "data"], root / "SHA256SUMS")
    command = [sys.executable, "-P", "-m", "galaxy.cli", "verify"]
    done = subprocess.run(command, cwd=root / "docs" / "deep", env=environment(), capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, f"every file is what {root / 'SHA256SUMS'} records\n")


def environment() -> dict[str, str]:
    import os

    return os.environ | {"PYTHONPATH": str(CODE)}
