"""The number format of the arithmetic, chosen by what the device computes fast."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch


def forbid_tf32() -> None:
    """Make CUDA compute float32 as float32: TF32 keeps 10 bits of each factor, which changes embeddings by 1e-3."""
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False


@dataclass(frozen=True)
class Precision:
    """A device and the number format that training uses on it.

    Attributes:
        device: Device that computes.
        dtype: Format of convolutions and matrix products while training: bfloat16 by automatic mixed precision, or
            float32. Weights and the state of the optimizer are always float32.
    """

    device: torch.device
    dtype: torch.dtype = torch.float32

    @classmethod
    def of(cls, device: torch.device) -> "Precision":
        """Choose bfloat16 on GPUs with hardware for it (compute capability 8.0 and above), and float32 elsewhere.

        On CPUs without matrix units bfloat16 is slower than float32.
        """
        fast = device.type == "cuda" and torch.cuda.get_device_capability(device)[0] >= 8
        return cls(device, torch.bfloat16 if fast else torch.float32)

    def __str__(self) -> str:
        """Return the names of the device and of the number format, such as `CPU, float32`."""
        name = torch.cuda.get_device_name(self.device) if self.device.type == "cuda" else self.device.type.upper()
        return f"{name}, {str(self.dtype).removeprefix('torch.')}"

    @contextmanager
    def casting(self) -> Iterator[None]:
        """Compute convolutions and matrix products in `dtype` inside the block."""
        with torch.autocast(self.device.type, dtype=self.dtype, enabled=self.dtype != torch.float32):
            yield
