"""Runs stages of the pipeline that do not depend on each other at once, each by DVC's own command.

DVC holds its lock while it reads and writes its files, not while a stage's command runs, so that several
`dvc repro --single-item` can run at once. Which stages need to run is what `dvc status` says.
"""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import Never

from galaxy.cores import usable_cores
from galaxy.errors import InputError
from galaxy.workbench.dvc_commands import dvc_environment, dvc_json
from galaxy.workbench.lock_order import lock_stages, order_lock
from galaxy.workbench.stage_graph import read_graph

_Started = tuple[subprocess.Popen[str], threading.Thread, list[str], int]  # process, reader, its lines, slot
_RAN = ("Running stage '", "is cached - skipping run")


def reproduce(
    root: Path, jobs: int, *, say: Callable[[str], None], divide: bool = False, launcher: Sequence[str] = ()
) -> None:
    """Run every stage that has changed, at most `jobs` at once.

    The stages share the cores. Each has as many threads as it has alone, because the bytes of a training depend on the
    number of threads. With `divide` each has its share of the threads instead, and the bytes are those that `dvc repro`
    gives with OMP_NUM_THREADS set to that share. Each stage gets one of the GPUs. After a stage has failed no other is
    started, and running stages are waited for. Ctrl-C reaches every running stage.

    Args:
        root: The repository.
        jobs: Largest number of stages that run at once.
        say: Function that is called with each line of progress.
        divide: Whether the threads are divided among the jobs; if OMP_NUM_THREADS is set, it is not changed.
        launcher: Program with its arguments that runs the command of a stage which follows them, such as Slurm's
            `srun`. It chooses GPUs and cores, so none are assigned here.

    Raises:
        InputError: If a stage or DVC itself fails, or the launcher is not a program.
    """
    if launcher:
        program = shutil.which(launcher[0])
        if program is None:
            raise InputError(
                f"the launcher {launcher[0]} is neither on PATH nor the path of a program; give one that is, or none "
                "to run the stages here"
            )
        launcher = [str(Path(program).absolute()), *launcher[1:]]  # stages are started in `root`
    before = lock_stages(root)
    run = _Run(root, read_graph(root), jobs, say, thread_share(jobs) if divide else None, launcher)
    signal.signal(signal.SIGTERM, _leave)
    try:
        run.loop()
    except BaseException:
        run.interrupt()
        raise
    finally:
        order_lock(root, before)
    if run.failed:
        raise InputError(f"{', '.join(run.failed)} failed, see above; the stages that need it did not run")
    say("every stage is up to date")


class _Run:
    """The state of one reproduction."""

    def __init__(
        self,
        root: Path,
        parents: dict[str, set[str]],
        jobs: int,
        say: Callable[[str], None],
        threads: int | None,
        launcher: Sequence[str],
    ) -> None:
        self.root, self.parents, self.jobs, self.say, self.threads = root, parents, jobs, say, threads
        self.settled: set[str] = set()
        self.failed: list[str] = []
        self.running: dict[str, _Started] = {}
        self.changed: dict[str, bool] = {}
        self.launcher = launcher
        self.gpus = [] if launcher else _gpus()

    def loop(self) -> None:
        """Start stages that are ready, at most `jobs` at once, until no stage is left that can run."""
        changed = set(dvc_json("status", cwd=self.root))
        self.changed = {name: name in changed for name in self.parents}
        while True:
            self._collect()
            ready = [] if self.failed else self._decide()
            for name in ready[: self.jobs - len(self.running)]:
                self._start(name)
            if not self.running:
                return
            time.sleep(0.1)

    def interrupt(self) -> None:
        """End the running stages as Ctrl-C does and wait for them."""
        for process, *_ in self.running.values():
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGINT)
        for process, *_ in self.running.values():
            process.wait()

    def _decide(self) -> list[str]:
        """Mark unchanged stages as done, and return the stages that can start, in the order of the graph."""
        while True:
            waiting = [name for name in self.parents if name not in self.settled | set(self.running)]
            ready = [name for name in waiting if self.parents[name] <= self.settled]
            if unknown := [name for name in ready if name not in self.changed]:
                found = dvc_json("--wait-for-lock", "status", *unknown, cwd=self.root)
                self.changed |= {name: name in found for name in unknown}
            same = {name for name in ready if not self.changed[name]}
            if not same:
                return ready
            self.settled |= same

    def _start(self, name: str) -> None:
        taken = {slot for *_, slot in self.running.values()}
        slot = next(slot for slot in range(self.jobs) if slot not in taken)
        environment = dvc_environment()
        if self.gpus:
            environment["CUDA_VISIBLE_DEVICES"] = self.gpus[slot % len(self.gpus)]
        if self.threads is not None:
            environment.setdefault("OMP_NUM_THREADS", str(self.threads))
        process = subprocess.Popen(
            [*self.launcher, sys.executable, "-m", "dvc", "--wait-for-lock", "repro", "--single-item", name],
            cwd=self.root,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,  # Ctrl-C is passed on to the command of the stage, too
        )
        lines: list[str] = []
        thread = threading.Thread(target=self._read, args=(name, process, lines), daemon=True)
        thread.start()
        self.running[name] = (process, thread, lines, slot)

    def _read(self, name: str, process: subprocess.Popen[str], lines: list[str]) -> None:
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        with process.stdout:
            for line in process.stdout:
                lines.append(line)
                if line.strip():
                    self.say(f"[{name}] {line.rstrip()}")

    def _collect(self) -> None:
        for name, (process, thread, lines, _) in list(self.running.items()):
            if process.poll() is None:
                continue
            thread.join()
            del self.running[name]
            if process.returncode:
                self.failed.append(name)
                continue
            self.settled.add(name)
            if any(mark in line for line in lines for mark in _RAN):
                for child in self._below(name):
                    self.changed.pop(child, None)

    def _below(self, name: str) -> set[str]:
        found = {name}
        for child, above in self.parents.items():  # sorted by dependency, so that one pass is enough
            if above & found:
                found.add(child)
        return found - {name}


def thread_share(jobs: int) -> int:
    """Return the threads that each of several jobs has when the cores are divided among them, at least one."""
    return max(1, usable_cores() // jobs)


def _leave(number: int, frame: FrameType | None) -> Never:  # noqa: ARG001
    raise SystemExit(128 + number)


def _gpus() -> list[str]:
    """Return the GPUs that may be used, as CUDA_VISIBLE_DEVICES names them."""
    if "CUDA_VISIBLE_DEVICES" in os.environ:
        return [name for name in os.environ["CUDA_VISIBLE_DEVICES"].split(",") if name]
    try:
        done = subprocess.run(["nvidia-smi", "--list-gpus"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return []
    return [str(number) for number in range(len(done.stdout.splitlines()))]
