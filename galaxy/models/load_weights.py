"""Copies the tensors of a checkpoint into a network after checking that they fit it."""

import collections
from collections.abc import Callable, Iterable, Mapping

import torch
from torch import nn

from galaxy.errors import InputError

_SHOWN = 3


def load_weights(
    network: nn.Module, tensors: Mapping[str, torch.Tensor], *, is_replaced: Callable[[str], bool], source: str
) -> None:
    """Copy tensors into `network`; names and shapes must be the same, except for replaced tensors.

    Args:
        network: The network.
        tensors: Tensors by their names in `network.state_dict()`.
        is_replaced: Returns whether the tensor of this name is ignored, in `tensors` and in `network`.
        source: Name of the checkpoint for messages.

    Raises:
        InputError: If names or shapes differ; `network` is then unchanged. The message names the first few differences,
            or, if no name fits, the prefixes in the checkpoint.
    """
    state = network.state_dict()
    wanted = dict.fromkeys(name for name in state if not is_replaced(name)).keys()
    given = dict.fromkeys(name for name in tensors if not is_replaced(name)).keys()
    # Older checkpoints lack these counters, from which nothing is computed.
    missing = {name for name in wanted - given if not name.endswith("num_batches_tracked")}
    differences = [f"{name} is missing" for name in state if name in missing]
    differences += [f"{name} is foreign" for name in tensors if name in given - wanted]
    differences += [
        f"{name} is {tuple(tensors[name].shape)}, not {tuple(state[name].shape)}"
        for name in state
        if name in wanted & given and tensors[name].shape != state[name].shape
    ]
    if differences and not wanted & given:
        raise InputError(
            f"weights {source} do not fit the network: none of its names is in the checkpoint, whose names begin with "
            f"{_beginnings(tensors)}; the network has {', '.join(list(wanted)[:_SHOWN])}: save the state_dict() of "
            "such a network alone"
        )
    if differences:
        shown = "; ".join(differences[:_SHOWN])
        more = f"; and {len(differences) - _SHOWN} more" if len(differences) > _SHOWN else ""
        raise InputError(f"weights {source} do not fit the network: {shown}{more}; give those of such a network")
    with torch.no_grad():
        for name in wanted & given:
            state[name].copy_(tensors[name])


def _beginnings(names: Iterable[str]) -> str:
    """Return the most frequent first parts of dotted names, with the number of names that begin with each."""
    counts = collections.Counter(name.partition(".")[0] for name in names)
    return ", ".join(f"{part}. ({count} times)" for part, count in counts.most_common(_SHOWN))
