"""A folder of unfinished work, for which several processes compete."""

import errno
import fcntl
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from galaxy.errors import InputError
from galaxy.locked_folder import lock_folder, remove_folder


def test_a_locked_folder_is_free_again_once_the_lock_is_closed(tmp_path: Path) -> None:
    first = lock_folder(tmp_path / "a" / "b")
    assert first is not None
    assert lock_folder(tmp_path / "a" / "b") is None
    first.close()
    second = lock_folder(tmp_path / "a" / "b")
    assert second is not None
    second.close()


def test_removing_leaves_nothing_and_follows_no_link(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "file").write_text("of a person")
    folder = tmp_path / "parts"
    lock = lock_folder(folder)
    assert lock is not None
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "deep" / "er" / "part").write_text("x")
    (folder / "link").symlink_to(tmp_path / "kept")
    remove_folder(folder, lock)
    assert lock.closed
    assert not folder.exists()
    assert (tmp_path / "kept" / "file").read_text() == "of a person"


def test_a_folder_that_was_removed_before_it_is_locked_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, flock = tmp_path / "parts", fcntl.flock
    other = lock_folder(folder)
    assert other is not None

    def late(file: object, how: int) -> None:
        monkeypatch.setattr(fcntl, "flock", flock)
        remove_folder(folder, other)  # another process ends between the opening of the lock and its locking
        flock(file, how)  # type: ignore[arg-type]

    monkeypatch.setattr(fcntl, "flock", late)
    lock = lock_folder(folder)
    assert lock is not None
    assert lock_folder(folder) is None
    remove_folder(folder, lock)


def test_whoever_has_the_lock_keeps_what_it_writes(tmp_path: Path) -> None:
    folder = tmp_path / "parts"

    def compete(worker: int) -> int:
        taken = 0
        deadline = time.monotonic() + 60
        while taken < 20 and time.monotonic() < deadline:
            if (lock := lock_folder(folder)) is None:
                time.sleep(0.0001)  # lets the holder go on
                continue
            taken += 1
            assert [path.name for path in folder.iterdir()] == ["lock"]
            (folder / "owner").write_text(str(worker))
            assert (folder / "owner").read_text() == str(worker)
            remove_folder(folder, lock)
        return taken

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(compete, range(8))) == [20] * 8
    assert not folder.exists()


def test_a_file_system_without_locks_is_not_taken_for_another_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(InputError, match=r"lock cannot be locked \(No locks available\); use a disk whose file system"):
        lock_folder(tmp_path / "parts")
