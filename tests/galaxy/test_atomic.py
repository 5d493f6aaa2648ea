import os
import signal
from pathlib import Path

from galaxy.atomic import atomic_path
from tests.processes import start


def _killed_while_writing(path: Path) -> None:
    with atomic_path(path) as temporary:
        temporary.write_bytes(b"half")
        os.kill(os.getpid(), signal.SIGKILL)


def test_what_a_killed_process_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "large[1].h5"
    process = start(_killed_while_writing, path)
    process.join()
    assert process.exitcode == -signal.SIGKILL
    left = next(tmp_path.iterdir()).name
    others = {".large[1].h5.1.abc.part", f".large[1].h5.{process.pid}.deep.abc.part", ".large[1].h5.abc.part"}
    for name in others:  # of a living process, of another file, of nobody known
        (tmp_path / name).touch()
    with atomic_path(path) as temporary:
        assert not (tmp_path / left).exists()
        temporary.write_bytes(b"whole")
    assert {entry.name for entry in tmp_path.iterdir()} == {path.name, *others}
