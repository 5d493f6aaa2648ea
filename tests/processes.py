"""Processes for tests: they start quickly, and share no thread or lock with the tests, as forked ones would."""

import contextlib
import multiprocessing
import os
import random
import signal
import socket
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import torch

# One process without threads imports what takes long, and is forked for each start.
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["torch", "torchvision", "timm", "pytest"])


def unmeasured_environment() -> dict[str, str]:
    """Return this environment without coverage, which cannot write its records where files may have few bytes only."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_PROCESS_")}


def start(target: Callable[..., None], *arguments: Any) -> BaseProcess:
    """Return a process that has just called a function of a module, in this folder and environment."""
    process, begins = _launch(target, arguments)
    with contextlib.suppress(EOFError):
        begins.recv()
    return process


def kill_until_done(begin: Callable[[], BaseProcess], done: Path, state: Path, *, kills: int, seed: int) -> int:
    """Start and kill a process, first when it has saved, then at random, until it finishes; return the number of kills.

    Args:
        begin: Starts the process.
        done: File that the process writes at its end.
        state: Folder in which it saves its state.
        kills: Largest number of kills.
        seed: Seed of the times of kills.
    """
    rng, died = random.Random(seed), 0  # noqa: S311
    while not done.exists():
        process = begin()
        if died < kills:
            # Progress between the later kills is not needed, only survival.
            time.sleep(rng.uniform(0.0, 0.5) if died else 0.0)
            while process.is_alive() and not died and not list(state.rglob("*.json")):
                time.sleep(0.001)
            process.kill()
        process.join()
        died += process.exitcode == -signal.SIGKILL
    return died


def run_connected(count: int, target: Callable[..., None], *arguments: Any, seconds: float = 120) -> list[int | None]:
    """Call `target` in `count` processes, with the environment that torchrun gives, and return their exit codes.

    Processes that have not ended after `seconds` are killed, because the tests could not end before them.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    launched = [_launch(_call_connected, (rank, count, port, target, arguments)) for rank in range(count)]
    processes = [process for process, _ in launched]
    ends = time.monotonic() + seconds
    for process in processes:
        process.join(max(0.0, ends - time.monotonic()))
    for process in processes:
        if process.exitcode is None:
            process.kill()
            process.join()
    return [process.exitcode for process in processes]


def _launch(target: Callable[..., None], arguments: tuple[Any, ...]) -> tuple[BaseProcess, "Connection[bool, bool]"]:
    here, there = _context.Pipe(duplex=False)
    process = _context.Process(target=_call, args=(there, str(Path.cwd()), dict(os.environ), target, arguments))
    process.start()
    there.close()
    return process, here


def _call(
    begins: "Connection[bool, bool]",
    folder: str,
    environment: dict[str, str],
    target: Callable[..., None],
    arguments: tuple[Any, ...],
) -> None:
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    torch.set_num_threads(1)
    begins.send(True)
    begins.close()
    target(*arguments)


def _call_connected(rank: int, count: int, port: int, target: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    place = {"RANK": rank, "WORLD_SIZE": count, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    os.environ.update({name: str(value) for name, value in place.items()})
    os.environ["GLOO_SOCKET_IFNAME"] = "lo"
    target(*arguments)
