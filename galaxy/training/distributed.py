"""Data-parallel training over several processes with torch.distributed.

Each global batch is dealt out to the processes like cards (`share`), gradients are summed, and every process makes
the same update. The batch, and with it the report's protocol, does not depend on the number of processes.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass

import torch
import torch.distributed as dist

from galaxy.errors import InputError


@dataclass(frozen=True)
class World:
    """The processes that train together; alone by default.

    Attributes:
        rank: Number of this process, from 0.
        size: Number of processes.
    """

    rank: int = 0
    size: int = 1

    @property
    def leads(self) -> bool:
        """Whether this is the process that writes files and shows progress."""
        return self.rank == 0

    def share(self, batch: torch.Tensor) -> torch.Tensor:
        """This process's part of something that has one row per item of the global batch."""
        return batch if self.size == 1 else batch[self.rank :: self.size]

    def sum(self, tensor: torch.Tensor) -> torch.Tensor:
        """Sum over all processes, in place."""
        if self.size > 1:
            dist.all_reduce(tensor)
        return tensor

    def max(self, tensor: torch.Tensor) -> torch.Tensor:
        """Largest value of any process, in place."""
        if self.size > 1:
            dist.all_reduce(tensor, op=dist.ReduceOp.MAX)
        return tensor

    def whole(self, share: torch.Tensor, items: int) -> torch.Tensor:
        """The numbers (items,) of the global batch, of which this process has `share`."""
        if self.size == 1:
            return share
        batch = share.new_zeros(items)
        batch[self.rank :: self.size] = share
        return self.sum(batch)

    def wait(self) -> None:
        """Until all processes are here."""
        if self.size > 1:
            dist.barrier()

    def sum_gradients(self, parameters: Iterable[torch.Tensor]) -> None:
        """Replace each gradient by its sum over the processes; one that a process lacks counts as zero."""
        if self.size == 1:
            return
        learning = [parameter for parameter in parameters if parameter.requires_grad]
        if not learning:
            return
        for parameter in learning:
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
        # One message for all: latency, not bandwidth, is what small networks pay for.
        flat = torch.cat([p.grad.reshape(-1) for p in learning if p.grad is not None])
        dist.all_reduce(flat)
        start = 0
        for parameter in learning:
            grad = parameter.grad
            if grad is not None:
                grad.copy_(flat[start : start + grad.numel()].view(grad.shape))
                start += grad.numel()

    def agree(self, *, signal: int | None, save: bool) -> tuple[int | None, bool]:
        """A signal that has reached any process, and whether the leading one wants to save.

        All processes get the same answer, so that they stop and save at the same update.
        """
        if self.size == 1:
            return signal, save
        found, wanted = self.max(torch.tensor([signal or 0, int(save and self.leads)])).tolist()
        return found or None, bool(wanted)


def device_of(device: torch.device) -> torch.device:
    """The GPU of this process, by its number on this machine, made its current one; the CPU is everybody's.

    Raises:
        InputError: If this machine has fewer GPUs than processes.
    """
    if device.type != "cuda" or device.index is not None:
        return device
    local = int(os.environ.get("LOCAL_RANK", os.environ.get("RANK", "0")))
    if local >= torch.cuda.device_count():
        raise InputError(
            f"process {local + 1} has no GPU: there are {torch.cuda.device_count()}; set GALAXY_PROCESSES to that"
        )
    torch.cuda.set_device(local)  # or each process would open the first GPU as well
    return torch.device("cuda", local)
