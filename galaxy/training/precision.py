"""The number format of the arithmetic, chosen by what the device is fast at."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch


def forbid_tf32() -> None:
    """Let CUDA compute float32 as float32: TF32 keeps 10 bits of each factor, which moves embeddings by 1e-3."""
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False


@dataclass
class Precision:
    """Automatic mixed precision, or float32 throughout.

    Attributes:
        device: Where the arithmetic is done.
        dtype: What convolutions and matrix products run in; float32 turns automatic casting off. Weights and the
            optimizer's state are float32 always.
        scaler: Scales the loss so that float16 gradients do not underflow; does nothing for other types.
    """

    device: torch.device
    dtype: torch.dtype = torch.float32
    scaler: torch.amp.GradScaler = field(init=False)

    def __post_init__(self) -> None:
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=self.dtype == torch.float16)

    @classmethod
    def of(cls, device: torch.device) -> "Precision":
        """The fastest safe choice.

        bfloat16 on GPUs that have it in hardware, float16 with loss scaling on older ones with tensor cores
        (compute capability 7), float32 elsewhere: on CPUs without matrix units bfloat16 is slower than float32.
        """
        if device.type != "cuda":
            return cls(device)
        major, _ = torch.cuda.get_device_capability(device)
        if major >= 8:
            return cls(device, torch.bfloat16)
        return cls(device, torch.float16 if major == 7 else torch.float32)

    @contextmanager
    def casting(self) -> Iterator[None]:
        """The block in which a loss is computed."""
        with torch.autocast(self.device.type, dtype=self.dtype, enabled=self.dtype != torch.float32):
            yield

    def state(self) -> dict[str, Any]:
        """What a resumed training needs: the scale of the loss."""
        return dict(self.scaler.state_dict())

    def load(self, state: dict[str, Any]) -> None:
        """Take up a scale that `state` returned."""
        if self.scaler.is_enabled():
            self.scaler.load_state_dict(state)
