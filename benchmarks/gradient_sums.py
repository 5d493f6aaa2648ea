"""`World.sum_gradients` beside DistributedDataParallel: seconds per update, and whether a resumed training is the same.

    python -m benchmarks.gradient_sums --processes 2 4

Each process has one thread. A training of eight updates is compared with one that stops after four and goes on in new
objects from the saved weights and optimizer state.
"""

import argparse
import os
import socket
import statistics
import time

import torch
import torch.distributed as dist
from torch import nn
from torch.multiprocessing.spawn import spawn
from torch.nn import functional

from galaxy.models.custom import CustomClassifier
from galaxy.training.distributed import World

BATCH = 64
LABELS = torch.arange(BATCH) % 10


def network(kind: str) -> tuple[nn.Module, torch.Tensor]:
    """A network and a batch: `custom` at 64 px with 84,000 weights, or `wide` with 9.7 million."""
    torch.manual_seed(0)
    if kind == "custom":
        custom = CustomClassifier(classes=10, size=64, mean=[0.5] * 3, std=[0.2] * 3).network
        return custom, torch.randn(BATCH, 3, 64, 64)
    layers = [layer for _ in range(8) for layer in (nn.Linear(1100, 1100), nn.ReLU())]
    return nn.Sequential(*layers, nn.Linear(1100, 10)), torch.randn(BATCH, 1100)


class Training:
    """One way to sum gradients."""

    def __init__(self, kind: str, world: World, *, ddp: bool) -> None:
        self.network, self._batch = network(kind)
        self.parameters = list(self.network.parameters())
        self.optimizer = torch.optim.AdamW(self.parameters, lr=1e-3, fused=True)
        self._world, self._ddp = world, ddp
        self._model: nn.Module = self.network
        if ddp:
            self._model = nn.parallel.DistributedDataParallel(self.network, gradient_as_bucket_view=True)

    def update(self, number: int) -> None:
        """Make one update with the items of the batch in another order."""
        order = torch.randperm(BATCH, generator=torch.Generator().manual_seed(number))
        pixels, labels = self._world.share(self._batch[order]), self._world.share(LABELS[order])
        loss = functional.cross_entropy(self._model(pixels), labels, reduction="sum") / BATCH
        self.optimizer.zero_grad(set_to_none=True)
        # DistributedDataParallel averages over the processes instead of summing.
        (loss * self._world.size if self._ddp else loss).backward()  # type: ignore[no-untyped-call]
        if not self._ddp:
            self._world.sum_gradients(self.parameters)
        self.optimizer.step()

    def weights(self) -> torch.Tensor:
        """Return all weights as one vector."""
        return torch.cat([parameter.detach().flatten() for parameter in self.parameters])


def measure(rank: int, size: int, port: int, kind: str, ddp: bool) -> None:
    """Run in each process; the first one prints."""
    torch.set_num_threads(1)
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port), GLOO_SOCKET_IFNAME="lo")
    dist.init_process_group("gloo", rank=rank, world_size=size)
    world = World(rank, size)
    whole, resumed = Training(kind, world, ddp=ddp), Training(kind, world, ddp=ddp)
    for number in range(8):
        if number == 4:
            resumed.network.load_state_dict(whole.network.state_dict())
            for old, new in zip(whole.parameters, resumed.parameters, strict=True):
                state = whole.optimizer.state[old]
                resumed.optimizer.state[new].update({name: value.clone() for name, value in state.items()})
        whole.update(number)
    for number in range(4, 8):
        resumed.update(number)
    differing = float((whole.weights() != resumed.weights()).double().mean())
    seconds = []
    for number in range(25):
        dist.barrier()
        started = time.perf_counter()
        whole.update(number)
        seconds.append(time.perf_counter() - started)
    if rank == 0:
        way = "DistributedDataParallel" if ddp else "sum_gradients"
        print(f"| {kind} | {size} | {way} | {1e3 * statistics.median(seconds):.0f} | {100 * differing:.0f} % |")
    dist.destroy_process_group()


def main() -> None:
    """Measure both networks, alternating the two ways."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--processes", type=int, nargs="+", default=[2, 4])
    given = parser.parse_args()
    print(
        "| network | processes | way | ms per update | weights that differ after a resumption |\n|---|---|---|---|---|"
    )
    for kind in ("custom", "wide"):
        for size in given.processes:
            for ddp in (False, True):
                with socket.socket() as free:
                    free.bind(("127.0.0.1", 0))
                    port = free.getsockname()[1]
                spawn(measure, (size, port, kind, ddp), nprocs=size)  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    main()
