"""Connected processes for tests, forked so that they start quickly, with the environment that torchrun gives."""

import multiprocessing
import os
import socket
from collections.abc import Callable
from typing import Any

import torch


def run_forked(count: int, target: Callable[..., None], *arguments: Any) -> list[int | None]:
    """Call `target` in `count` processes, and return their exit codes."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=_call, args=(rank, count, port, target, arguments)) for rank in range(count)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    return [process.exitcode for process in processes]


def _call(rank: int, count: int, port: int, target: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    torch.set_num_threads(1)
    place = {"RANK": rank, "WORLD_SIZE": count, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    os.environ.update({name: str(value) for name, value in place.items()})
    os.environ["GLOO_SOCKET_IFNAME"] = "lo"
    target(*arguments)
