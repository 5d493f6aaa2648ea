import os
import platform
import signal
from pathlib import Path

import pytest

from galaxy.atomic import atomic_path, replaced_folder, temporary_prefix
from tests.processes import start

ENDED = 2**22 + 1
"""A number that no process can have."""


def _killed_while_writing(path: Path) -> None:
    with atomic_path(path) as temporary:
        temporary.write_bytes(b"half")
        os.kill(os.getpid(), signal.SIGKILL)


def test_what_a_killed_process_left_is_removed_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "large[1].h5"
    process = start(_killed_while_writing, path)
    process.join()
    assert process.exitcode == -signal.SIGKILL
    left = next(tmp_path.iterdir()).name
    ended = process.pid or ENDED
    living, other = temporary_prefix(path, 1), temporary_prefix(path.with_name(f"{path.name}.1"), ended)
    with monkeypatch.context() as patch:
        patch.setattr(platform, "node", lambda: "another machine on this disk")
        elsewhere = temporary_prefix(path, ended)
    others = {f"{living}abc.part", f"{other}abc.part", f"{elsewhere}abc.part", f".{path.name}.abc.part"}
    for name in others:
        (tmp_path / name).touch()
    with atomic_path(path) as temporary:
        assert not (tmp_path / left).exists()
        temporary.write_bytes(b"whole")
    assert {entry.name for entry in tmp_path.iterdir()} == {path.name, *others}


def test_a_folder_is_replaced_with_what_killed_processes_left_beside_it(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    (folder / "old").mkdir(parents=True)
    for suffix in ("part", "old"):
        (tmp_path / f"{temporary_prefix(folder, ENDED)}abc.{suffix}").mkdir()
    living = tmp_path / f"{temporary_prefix(folder, 1)}abc.part"  # of somebody who is still at work
    living.mkdir()
    with replaced_folder(folder) as fresh:
        (fresh / "new").touch()
        assert [path.name for path in folder.iterdir()] == ["old"]
    assert sorted(tmp_path.iterdir()) == sorted([living, folder])
    assert [path.name for path in folder.iterdir()] == ["new"]


def test_what_another_user_has_left_is_no_reason_to_stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left = tmp_path / f"{temporary_prefix(tmp_path / 'table.csv', ENDED)}abc.part"
    left.touch()
    unlink = Path.unlink

    def refuse(path: Path, *, missing_ok: bool = False) -> None:
        if path == left:
            raise PermissionError(1, "Operation not permitted", str(path))
        unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", refuse)
    with atomic_path(tmp_path / "table.csv") as temporary:
        temporary.write_bytes(b"whole")
    assert sorted(tmp_path.iterdir()) == sorted([left, tmp_path / "table.csv"])
