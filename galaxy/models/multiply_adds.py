"""What one forward pass costs, whatever the network."""

from collections.abc import Callable

import torch
from torch.utils.flop_counter import FlopCounterMode


def multiply_adds_of(forward: Callable[[], object]) -> int:
    """Multiply-adds of the convolutions, matrix products and attention that `forward` computes, without gradients.

    Half of what is counted as FLOP; normalisations and activations are left out, as in published tables.
    """
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        forward()
    return int(counter.get_total_flops()) // 2
