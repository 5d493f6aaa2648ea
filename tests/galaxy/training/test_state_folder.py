import os
import shutil
from contextlib import suppress
from pathlib import Path

import pytest

from galaxy.errors import InputError
from galaxy.training.state_folder import folder_of, state_folder


def abandon(root: Path, identity: dict[str, int]) -> Path:
    """Leave the block with an exception."""
    with suppress(RuntimeError), state_folder(root, "train", identity) as folder:
        (folder / "state").write_text("half")
        raise RuntimeError
    return folder


def test_success_removes_it_and_failure_keeps_it(tmp_path: Path) -> None:
    folder = abandon(tmp_path, {"lr": 1})
    with state_folder(tmp_path, "train", {"lr": 1}) as again:
        assert again == folder == folder_of(tmp_path, "train", {"lr": 1})
        assert (again / "state").read_text() == "half"
    assert not again.exists()


def test_another_identity_has_another_folder(tmp_path: Path) -> None:
    folders = {folder_of(tmp_path, "train", identity) for identity in ({"lr": 1}, {"lr": 2}, {"lr": 1.5}, {"x": 1})}
    assert len(folders) == 4
    assert folder_of(tmp_path, "t", {"a": 1, "b": 2}) == folder_of(tmp_path, "t", {"b": 2, "a": 1})


def test_two_processes_cannot_share_one(tmp_path: Path) -> None:
    with state_folder(tmp_path, "train", {}):
        with (
            pytest.raises(InputError, match="another process is running the same training"),
            state_folder(tmp_path, "train", {}),
        ):
            pass
        with state_folder(tmp_path, "train", {"other": 1}):
            pass


def test_abandoned_ones_are_bounded(tmp_path: Path) -> None:
    for number in range(15):
        folder = abandon(tmp_path, {"n": number})
        os.utime(folder, (1e9 + number, 1e9 + number))
    with state_folder(tmp_path, "train", {"n": 99}):
        left = [path for path in tmp_path.iterdir() if path.is_dir()]
        assert len(left) == 9
        assert folder_of(tmp_path, "train", {"n": 14}) in left
        assert folder_of(tmp_path, "train", {"n": 0}) not in left


def test_a_folder_that_another_process_removes_meanwhile_does_no_harm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, exists = abandon(tmp_path, {"n": 0}), Path.exists

    def removed_after(path: Path) -> bool:
        found = exists(path)
        if path == gone / "lock":
            shutil.rmtree(gone)
        return found

    monkeypatch.setattr(Path, "exists", removed_after)
    with state_folder(tmp_path, "train", {"n": 1}) as folder:
        assert folder.is_dir()
    assert not gone.is_dir()
