"""AdamW as torch has it, without the compiler."""

import inspect
from collections.abc import Callable
from typing import Any

import torch

_Torch = torch.optim.AdamW


class AdamW(_Torch):
    """torch's AdamW (Loshchilov and Hutter 2019), the same to the bit.

    The first call of its methods imports torch.compile's machinery, a second of every stage that trains: they are
    wrapped so that they can be compiled themselves, which nobody asks for here.
    """

    add_param_group: Any = inspect.unwrap(_Torch.add_param_group)
    zero_grad: Any = inspect.unwrap(_Torch.zero_grad)

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> Any:
        """One update."""
        return inspect.unwrap(_Torch.step)(self, closure)
