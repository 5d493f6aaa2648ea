"""Counts the multiply-adds of a forward pass of any network."""

from collections.abc import Callable

import torch
from torch.utils.flop_counter import FlopCounterMode


def multiply_adds_of(forward: Callable[[], object]) -> int:
    """Return the multiply-adds of the convolutions, matrix products and attention that `forward` computes.

    One multiply-add is two FLOP. Normalisations and activations are not counted, as in published tables.
    """
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        forward()
    return int(counter.get_total_flops()) // 2
