"""Classifies on the workers of a Dask cluster, in tasks of some pictures each; rows keep the order of the input.

The workers read pictures and the trained row by their paths, so all of them have to see the same files.
"""

import multiprocessing
import threading
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import torch

from galaxy.cores import usable_cores
from galaxy.errors import InputError
from galaxy.predict.options import Options
from galaxy.predict.picture import Chunk
from galaxy.predict.reference import reference_of
from galaxy.predict.row import Row
from galaxy.predict.row_maker import Block, RowMaker

TASK = 16
"""Chunks of a task, 1,024 pictures: a lost worker costs no more than this for each of its threads."""
_busy = threading.Lock()
_loaded: dict[str, RowMaker] = {}
"""What a worker has loaded last, by the `repr` of the job."""
_SECONDS = 15
"""Time in seconds within which a scheduler has to answer."""


@dataclass(frozen=True)
class Job:
    """What a worker needs to know to make rows.

    Attributes:
        opener: Opens the row. A worker keeps the open row for all jobs with the same `repr`.
        options: How pictures are read and classified.
        predictions: The row's predictions of the validation galaxies.
        store: Folder of the images of all galaxies.
    """

    opener: Callable[[], Row]
    options: Options
    predictions: Path
    store: Path


@contextmanager
def connect(address: str, *, workers: int | None = None) -> Iterator[Any]:
    """Connect to a scheduler, or start one.

    Args:
        address: `local` starts processes on this machine, `slurm` starts jobs as the configuration of dask-jobqueue
            says, and anything else is the address of a scheduler, such as `tcp://10.0.0.1:8786`.
        workers: Number of processes or jobs to start; None starts one process for each core, or one job. A scheduler
            that already runs keeps its workers.

    Yields:
        The `distributed.Client`.

    Raises:
        InputError: If Dask is not installed, no scheduler answers at the address, local workers do not start, or Slurm
            is not configured.
    """
    try:
        import distributed
    except ImportError:
        raise InputError(
            "--dask needs dask.distributed, which is not installed: pip install 'galaxy-morphology-benchmark[survey]'"
        ) from None
    with ExitStack() as stack:
        if address in ("local", "slurm"):
            client = distributed.Client(stack.enter_context(_start(address, workers)))
        else:
            if workers is not None:
                raise InputError(
                    f"the scheduler at {address} has its own workers; use --dask-workers with --dask local or --dask "
                    "slurm only"
                )
            try:
                client = distributed.Client(address, timeout=_SECONDS)
            except (OSError, ValueError, TimeoutError):
                raise InputError(
                    f"no Dask scheduler answers at {address}; start one with `dask scheduler`, or use --dask local"
                ) from None
        yield stack.enter_context(client)


def _start(kind: str, workers: int | None) -> Any:
    if kind == "local":
        from distributed import LocalCluster

        _require_semaphores()
        try:
            # Each worker computes with one thread, so that the rows do not depend on the number of workers.
            return LocalCluster(
                n_workers=workers or usable_cores(),
                threads_per_worker=1,
                host="127.0.0.1",
                dashboard_address=None,
                silence_logs=50,  # logging.CRITICAL: what a task raises is raised here too
            )
        except (RuntimeError, TimeoutError) as error:
            reason = " ".join(str(error).split())[:120]
            raise InputError(
                f"--dask local cannot start its workers ({reason}); "
                f"{'start fewer with --dask-workers, or ' if workers != 1 else ''}run without --dask"
            ) from None
    try:
        from dask_jobqueue import SLURMCluster
    except ImportError:
        raise InputError(
            "--dask slurm needs dask-jobqueue, which is not installed: "
            "pip install 'galaxy-morphology-benchmark[survey]'"
        ) from None
    try:
        cluster = SLURMCluster()
    except (ValueError, TypeError) as error:
        reason = " ".join(str(error).split())[:120]
        raise InputError(
            f"Slurm is not configured for Dask ({reason}); write cores and memory of a job into "
            "~/.config/dask/jobqueue.yaml, as docs/surveys.md shows"
        ) from None
    cluster.scale(jobs=workers or 1)
    return cluster


def _require_semaphores() -> None:
    try:
        multiprocessing.get_context("spawn").Lock()  # as Dask's workers make several
    except OSError as error:
        raise InputError(
            f"--dask local needs semaphores, which cannot be made in /dev/shm ({error.strerror}); mount it, make it "
            "writable or make room, or run without --dask"
        ) from None


def classify_on(client: Any, job: Job, chunks: Iterable[Chunk], further: Sequence[str]) -> Iterator[Block]:
    """Classify chunks on the workers of a cluster.

    Twice as many tasks as there are threads wait at any time, so that memory does not grow with the number of
    pictures. The tasks of a worker that is lost run again elsewhere.

    Args:
        client: The `distributed.Client`.
        job: What the workers need to know.
        chunks: Chunks that can be pickled.
        further: Names of the further columns.

    Yields:
        The rows of each task, in the order of the chunks.

    Raises:
        InputError: If a task fails on several workers.
    """
    from distributed import KilledWorker

    stream = iter(chunks)
    waiting: deque[Any] = deque()
    try:
        while True:
            threads = sum(client.nthreads().values())
            while len(waiting) < 2 * max(threads, 2) and (some := list(islice(stream, TASK))):
                waiting.append(client.submit(make_rows, job, tuple(further), some, pure=False))
            if not waiting:
                return
            yield waiting.popleft().result()
    except KilledWorker as error:
        raise InputError(
            f"workers failed repeatedly at the same pictures ({error}); give them more memory or look at their logs, "
            "and start the same command again: finished parts are kept"
        ) from None
    finally:
        client.cancel(list(waiting))


def make_rows(job: Job, further: tuple[str, ...], chunks: Sequence[Chunk]) -> Block:
    """Make the rows of some chunks with the row that this process keeps.

    Only one thread of a process does this at a time, because the threads share the network.
    """
    with _busy:
        blocks = list(_maker(job, further).blocks(chunks, workers=1))
    return Block(
        [row for block in blocks for row in block.rows],
        [state for block in blocks for state in block.states],
        sum(block.unknown_scale for block in blocks),
    )


def _maker(job: Job, further: tuple[str, ...]) -> RowMaker:
    """Load the networks, once for each worker."""
    # Each task brings a copy of the job, and copies that hold NaN are not equal; what they say is.
    key = repr((job, further))
    if key not in _loaded:
        torch.set_num_threads(1)
        with warnings.catch_warnings(action="ignore"):
            row = job.opener()
        reference = reference_of(row, predictions=job.predictions, store=job.store)
        _loaded.clear()
        _loaded[key] = RowMaker(row, job.options, reference, further)
    return _loaded[key]
