"""The base of a comparison is reproduced in a work tree of its own, by one process at a time."""

import subprocess
from pathlib import Path

import pytest

from galaxy.errors import InputError
from galaxy.workbench import compare_base
from galaxy.workbench.compare_base import FOLDER, LOCK, reproduce_base, resolve


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one commit, in which DVC finds nothing to do."""
    for words in (
        ["init", "--quiet"],
        [*compare_base.AUTHOR, "commit", "--allow-empty", "--quiet", "--message", "one"],
    ):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    monkeypatch.setattr(compare_base, "dvc", lambda *_, **__: "")
    return tmp_path


def test_what_a_killed_comparison_has_left_is_replaced(root: Path) -> None:
    commit = resolve("HEAD", root)
    (root / FOLDER).mkdir(parents=True)
    (root / FOLDER / "left").touch()  # of a copied clone, whose git knows no such work tree
    assert reproduce_base("HEAD", root) == commit
    assert not (root / FOLDER).exists()
    subprocess.run(["git", "worktree", "add", "--quiet", "--detach", FOLDER], cwd=root, check=True)
    assert reproduce_base("HEAD", root) == commit
    assert not (root / FOLDER).exists()


def test_a_second_comparison_leaves_the_first_alone(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refused: list[str] = []

    def start_another(*words: str, **_: Path) -> str:
        if words == ("repro",):
            with pytest.raises(InputError, match="another galaxy compare is running in this clone") as caught:
                reproduce_base("HEAD", root)
            refused.append(str(caught.value))
            assert (root / FOLDER).is_dir()
        return ""

    monkeypatch.setattr(compare_base, "dvc", start_another)
    reproduce_base("HEAD", root)
    assert len(refused) == 1
    assert not (root / LOCK).exists()
