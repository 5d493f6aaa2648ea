import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from galaxy.classes import GALAXY10_CLASSES
from galaxy.digest import file_sha256
from galaxy.errors import InputError
from galaxy.rendered.catalogue import render_set
from galaxy.rendered.draw import draw
from galaxy.rendered.proportions import class_counts


def test_layout_is_that_of_galaxy10(tmp_path: Path) -> None:
    render_set(tmp_path / "a.h5", count=40, size=32, seed=7, workers=1)
    with h5py.File(tmp_path / "a.h5") as file:
        assert set(file) == {"images", "ans", "ra", "dec", "redshift", "pxscale"}
        assert file["images"].shape == (40, 32, 32, 3)
        assert file["images"].dtype == np.uint8
        assert file["ans"].dtype == np.uint8
        assert list(file.attrs["class_names"]) == list(GALAXY10_CLASSES)
        assert np.bincount(file["ans"][:]).tolist() == class_counts(40).tolist()
        for name in ("ra", "dec", "redshift", "pxscale"):
            assert file[name].dtype == np.float64
            assert np.isfinite(file[name][:]).all()
        # The field of view does not depend on the size.
        np.testing.assert_allclose(file["pxscale"][:] * 32, 0.262 * 256)


def test_bytes_do_not_depend_on_the_number_of_workers(tmp_path: Path) -> None:
    hashes = []
    for workers in (1, 2):
        path = tmp_path / f"{workers}.h5"
        render_set(path, count=40, size=32, seed=3, workers=workers)
        hashes.append(file_sha256(path))
    assert len(set(hashes)) == 1


def test_workers_need_no_semaphores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # What semaphores are made of lies in /dev/shm, which may be full, small or read-only.
    def refuse(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("multiprocessing.synchronize.SemLock.__init__", refuse)
    render_set(tmp_path / "a.h5", count=40, size=32, seed=3, workers=3)
    monkeypatch.undo()
    render_set(tmp_path / "b.h5", count=40, size=32, seed=3, workers=1)
    assert file_sha256(tmp_path / "a.h5") == file_sha256(tmp_path / "b.h5")


def test_the_seed_changes_every_picture(tmp_path: Path) -> None:
    pictures = []
    for seed in (0, 1):
        render_set(tmp_path / f"{seed}.h5", count=30, size=32, seed=seed, workers=1)
        with h5py.File(tmp_path / f"{seed}.h5") as file:
            pictures.append(file["images"][:])
    assert (pictures[0] != pictures[1]).any((1, 2, 3)).all()


def test_a_galaxy_depends_on_seed_index_and_class_alone(tmp_path: Path) -> None:
    render_set(tmp_path / "a.h5", count=30, size=32, seed=5, workers=1)
    with h5py.File(tmp_path / "a.h5") as file:
        drawn = draw(int(file["ans"][17]), 17, size=32, seed=5)
        assert (drawn.image == file["images"][17]).all()
        assert drawn.redshift == file["redshift"][17]


def test_memory_does_not_grow_with_the_number() -> None:
    # The writer never holds more than a few blocks: 30 and 230 galaxies peak within 4 MiB of each other (9 MiB differ).
    program = (
        "import resource, sys, tempfile; from pathlib import Path\n"
        "from galaxy.rendered.catalogue import render_set\n"
        "with tempfile.TemporaryDirectory() as folder:\n"
        "    render_set(Path(folder) / 'a.h5', count=int(sys.argv[1]), size=128, seed=0, workers=1)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)\n"
    )
    peaks = [
        float(subprocess.run([sys.executable, "-c", program, str(count)], capture_output=True, check=True).stdout)
        for count in (30, 230)
    ]
    assert peaks[1] - peaks[0] < 4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"count": 5}, "rendered count is 5; at least 30"),
        ({"size": 7}, "rendered size is 7; at least 16 pixels"),
        ({"seed": -1}, "rendered seed is -1; it must be 0 or more"),
        ({"workers": 0}, "number of rendering workers is 0; it must be 1 or more"),
    ],
)
def test_impossible_requests_are_refused_before_anything_is_written(
    tmp_path: Path, arguments: dict[str, int], message: str
) -> None:
    settings = {"count": 30, "size": 32, "seed": 0, "workers": 1} | arguments
    with pytest.raises(InputError, match=message):
        render_set(tmp_path / "a.h5", **settings)  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())


def test_workers_do_not_outlive_a_killed_parent(tmp_path: Path) -> None:
    program = (
        "from pathlib import Path\n"
        "from galaxy.rendered.catalogue import render_set\n"
        "if __name__ == '__main__':\n"
        f"    render_set(Path({str(tmp_path / 'a.h5')!r}), count=100_000, size=32, seed=0, workers=2)\n"
    )
    script = tmp_path / "render.py"
    script.write_text(program)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with _session_of([sys.executable, str(script)], env=environment) as parent:
        _wait(lambda: len(_session(parent.pid)) >= 3)
        parent.kill()
        parent.wait()
        _wait(lambda: not _session(parent.pid))


def test_a_script_that_does_not_guard_its_start_is_told_so(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "from pathlib import Path\nfrom galaxy.rendered.catalogue import render_set\n"
        "render_set(Path(__file__).with_name('a.h5'), count=40, size=32, seed=3, workers=2)\n"
    )
    done = subprocess.run(
        [sys.executable, str(script)],
        env=os.environ | {"PYTHONPATH": str(Path.cwd())},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "a script of your own has to call this below `if __name__ == '__main__':`" in done.stderr.splitlines()[-1]


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="on one processor the stage starts no other processes")
def test_a_killed_worker_is_one_line(tmp_path: Path) -> None:
    arguments = ["--output", "data/g.h5", "--audit", "audit.json"]
    section = {"source": "rendered", "sha256": None, "rendered": {"count": 99_999, "size": 32, "seed": 0}}
    (tmp_path / "params.yaml").write_text(json.dumps({"download": section}))
    with _session_of(
        [sys.executable, "-m", "stages.download", *arguments],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[3])},
        stderr=subprocess.PIPE,
        text=True,
    ) as parent:
        _wait(lambda: bool(_workers(parent.pid)))
        os.kill(_workers(parent.pid)[0], signal.SIGKILL)
        _, message = parent.communicate(timeout=60)
    assert parent.returncode == 1
    assert message.splitlines()[-1].startswith("error: a process that renders was killed")
    assert "Traceback" not in message
    assert not list((tmp_path / "data").iterdir())


@contextmanager
def _session_of(command: list[str], **given: Any) -> "Iterator[subprocess.Popen[str]]":
    """Start a process with a session of its own, of which nothing outlives the block."""
    with subprocess.Popen(command, start_new_session=True, **given) as leader:
        try:
            yield leader
        finally:
            with suppress(ProcessLookupError):
                os.killpg(leader.pid, signal.SIGKILL)


def _workers(leader: int) -> list[int]:
    """Processes of that session that render."""
    return [pid for pid in _session(leader) if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def _session(leader: int) -> list[int]:
    """Running processes of the session that `leader` opened."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[3]) == leader and fields[0] != "Z":
                found.append(int(entry.name))
    return found


def _wait(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
