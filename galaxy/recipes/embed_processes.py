"""Embeds galaxies in several processes, each of which writes the features of a range of galaxies to a file."""

import multiprocessing
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from galaxy.errors import InputError


def gather_parts(
    work: Callable[[NDArray[np.int64], int, Path], None], count: int, *, processes: int, folder: Path
) -> NDArray[np.float32]:
    """Compute rows in several processes, and join them in order.

    Args:
        work: Picklable function that is called in a new process with row numbers, the number of the process, and the
            .npy file to write.
        count: Total number of rows.
        processes: Number of processes, at least 1; at most one is started for each row.
        folder: Folder for the parts, until they are joined.

    Returns:
        (count, D) float32 rows.

    Raises:
        InputError: If a process has raised it, with the same message, or was ended by a signal.
        RuntimeError: If a process failed for another reason, which the process has printed.
    """
    shares = np.array_split(np.arange(count), min(processes, count))
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".embed-", dir=folder) as temporary:
        paths = [Path(temporary) / f"{rank}.npy" for rank in range(len(shares))]
        # Processes are spawned and not forked, because torch's threads and CUDA do not work after a fork.
        context = multiprocessing.get_context("spawn")
        workers = [
            context.Process(target=_work, args=(work, share, rank, path))
            for rank, (share, path) in enumerate(zip(shares, paths, strict=True))
        ]
        try:
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join()
        finally:
            for worker in workers:
                if worker.is_alive():
                    worker.terminate()
                    worker.join()
        failed = [rank for rank, worker in enumerate(workers) if worker.exitcode]
        for rank in failed:
            if (reason := _reason(paths[rank])).exists():
                raise InputError(reason.read_text(encoding="utf-8"))
        for rank in failed:
            if (number := -(workers[rank].exitcode or 0)) > 0:
                name = next((known.name for known in signal.Signals if known == number), f"signal {number}")
                raise InputError(
                    f"process {rank + 1} of {len(workers)} was ended by {name}; if the "
                    "memory of this machine was full, give a smaller batch_size or fewer processes"
                )
        if failed:
            raise RuntimeError(
                f"process {failed[0]} of {len(workers)} failed with exit status {workers[failed[0]].exitcode}"
            )
        return np.concatenate([np.load(path, mmap_mode="r", allow_pickle=False) for path in paths])


def _work(
    work: Callable[[NDArray[np.int64], int, Path], None], share: NDArray[np.int64], rank: int, path: Path
) -> None:
    try:
        work(share, rank, path)
    except InputError as error:
        _reason(path).write_text(str(error), encoding="utf-8")
        sys.exit(1)


def _reason(path: Path) -> Path:
    return path.with_suffix(".txt")
