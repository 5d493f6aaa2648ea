"""Fixtures for the real galaxies and reference values that lie beside the checkout on some machines."""

import gc
import os
import shutil
import signal
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

from galaxy.tracking import sender as _sender

# Tiny tensors gain nothing from threads, and threads that wait for each other lose much on a busy machine. Torch
# reads this when it is imported, so it stands before any test is.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# A shell that starts this in the background has it ignore Ctrl-C, as its children then would, which are tested with it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

SWEPT = ("test_experiments.py", "test_readme.py")
"""The files that share the experiments of the fixture `swept`."""

LONG = (
    "test_compare.py",
    "test_reproduction.py",
    "test_track.py",
    "test_parallel_repro.py",
    "test_train_processes.py",
    "test_rehearsal.py",
    "test_train_row.py",
    *SWEPT,
    "test_commands_keep_inputs.py",
)
"""The files that take half a minute or more; the pipeline that several share is reproduced while others run."""


class OneProcessAFile(LoadScopeScheduling):  # type: ignore[misc]
    """Keeps the tests of a file in one process of `pytest -n`, and all tests that share experiments."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return "swept" if file.endswith(SWEPT) else file


@pytest.hookimpl(optionalhook=True)  # so that `-p no:xdist` can be given
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> OneProcessAFile:
    """Start with the first file, not with the one of the most tests."""
    config.option.loadscopereorder = False
    return OneProcessAFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the files that take longest first, so that no process is left with one at the end."""
    items.sort(key=lambda item: LONG.index(item.path.name) if item.path.name in LONG else len(LONG))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect the tests without looking for garbage among the millions of objects of modules, which stay."""
    gc.disable()
    collected = yield
    gc.freeze()
    gc.enable()
    return collected


def pytest_unconfigure() -> None:
    """Give the objects of modules back to the collection at the end, in which libraries report what leaks."""
    gc.unfreeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One process more than there are cores: tests of commands wait for a quarter of their time."""
    return (len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1) + 1


SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real galaxies and reference values; tests that need it skip where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("no folder 'shared' with real galaxies and reference values beside this checkout")
    return SHARED


@pytest.fixture(scope="session")
def golden_folder() -> Path:
    """The folder of reference values computed once with the reference DINO implementation; see its README.md."""
    return Path(__file__).parent / "golden"


@pytest.fixture(scope="session")
def real50(shared: Path) -> Path:
    """Fifty members of Galaxy10 DECaLS, five per class, 256 px."""
    return shared / "real" / "galaxy10_decals_50.h5"


@pytest.fixture(scope="session")
def real4(shared: Path) -> Path:
    """1,517 SDSS galaxies in four classes, 128 px."""
    return shared / "real" / "gz2_sdss_4class_128.h5"


@pytest.fixture(scope="session", autouse=True)
def _senders_end_with_the_tests() -> Iterator[None]:
    """End the senders, which outlive the stages that started them by a minute; nothing is left to deliver."""
    yield
    for sender in _sender._started.values():
        sender.terminate()
        sender.wait()


@pytest.fixture(scope="session")
def reproduced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole pipeline, reproduced once with tiny parameters for all processes; tests that change it copy it."""
    from tests.tiny_clone import make_clone

    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent  # that of all processes
    clone, done = folder / "reproduced" / "clone", folder / "reproduced.done"
    with FileLock(folder / "reproduced.lock"):
        if not done.exists():
            shutil.rmtree(clone, ignore_errors=True)  # of a process in which it failed
            make_clone(clone)
            done.touch()
    return clone


@pytest.fixture(scope="session")
def swept(reproduced: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of it with the README's sweep: the experiments `slow` and `fast`, run by two workers of DVC's queue."""
    from tests.tiny_clone import copy_clone, run_sweep

    return run_sweep(copy_clone(reproduced, tmp_path_factory.mktemp("swept") / "clone"))
