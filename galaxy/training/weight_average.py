"""The moving average of a network's weights."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch


class WeightAverage:
    """Exponential moving average of tensors (Polyak and Juditsky 1992, with exponential weights).

    Floating-point tensors are averaged; counters, such as the number of batches that a batch normalisation has seen,
    are copied.

    Args:
        live: The tensors that training changes, by name; not copies.
        decay: Weight of the old average in each update, in [0, 1).

    Attributes:
        tensors: The averages, by the names of the tensors.
    """

    def __init__(self, live: Mapping[str, torch.Tensor], *, decay: float) -> None:
        self._live = {name: tensor.detach() for name, tensor in live.items()}
        self._decay = decay
        self.tensors = {name: tensor.clone() for name, tensor in self._live.items()}
        pairs = [(average, self._live[name]) for name, average in self.tensors.items()]
        floats = [pair for pair in pairs if pair[0].is_floating_point()]
        self._floats = [average for average, _ in floats], [tensor for _, tensor in floats]
        self._counters = [pair for pair in pairs if not pair[0].is_floating_point()]

    @torch.no_grad()
    def update(self) -> None:
        """Include the current values of the tensors in the average."""
        torch._foreach_lerp_(*self._floats, 1 - self._decay)
        for average, tensor in self._counters:
            average.copy_(tensor)

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Give the live tensors the averaged values inside the block, and their own values back after it."""
        before = {name: tensor.clone() for name, tensor in self._live.items()}
        self.apply()
        try:
            yield
        finally:
            _overwrite(self._live, before)

    def apply(self) -> None:
        """Give the live tensors the averaged values."""
        _overwrite(self._live, self.tensors)


def _overwrite(target: Mapping[str, torch.Tensor], source: Mapping[str, torch.Tensor]) -> None:
    with torch.no_grad():
        for name, tensor in source.items():
            target[name].copy_(tensor)
