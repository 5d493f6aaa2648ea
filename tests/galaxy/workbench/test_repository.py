import subprocess
import sys
from pathlib import Path

import pytest

from galaxy.errors import InputError
from galaxy.workbench.repository import find_repository, in_repository, queue_advice, require_repository

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


@pytest.mark.parametrize("words", [["plots"], ["compare", "main"], ["ui"], ["tracking"]])
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


def test_a_shallow_clone_is_told_what_to_do_before_queueing(root: Path, tmp_path: Path) -> None:
    def git(*words: str) -> None:
        identity = ["-c", "user.name=n", "-c", "user.email=e@example.org"]
        subprocess.run(["git", *identity, *words], check=True, capture_output=True)

    assert queue_advice(root) == []  # no git at all
    git("init", "--quiet", str(root))
    for number in range(2):
        git("-C", str(root), "commit", "--allow-empty", "--quiet", "--message", str(number))
    assert queue_advice(root) == []
    git("clone", "--quiet", "--depth", "1", f"file://{root}", str(tmp_path / "shallow"))
    (advice,) = queue_advice(tmp_path / "shallow")
    assert "`git fetch --unshallow` before queueing" in advice


@pytest.mark.parametrize(("name", "words"), [("run#1", "has #,"), ("why?not", "has ?,"), ("a#b?", "has # and ?,")])
def test_a_path_that_is_no_address_is_named_before_queueing(tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / name).mkdir()
    (advice,) = queue_advice(tmp_path / name)
    assert words in advice
    assert "move the repository" in advice


def test_letters_beyond_ascii_are_named_until_the_cache_is_elsewhere(tmp_path: Path) -> None:
    root = tmp_path / "josé"
    (root / ".dvc").mkdir(parents=True)
    (advice,) = queue_advice(root)
    assert "dvc cache dir --local FOLDER" in advice
    (root / ".dvc" / "config.local").write_text("[cache]\n    dir = ../cache\n", encoding="utf-8")
    assert len(queue_advice(root)) == 1  # still inside
    (root / ".dvc" / "config.local").write_text(f"[cache]\n    dir = {tmp_path}/cache\n", encoding="utf-8")
    assert queue_advice(root) == []


def environment() -> dict[str, str]:
    import os

    return os.environ | {"PYTHONPATH": str(CODE)}
