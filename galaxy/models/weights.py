"""Checkpoints from elsewhere: read without executing anything, and proven to fit before they are used."""

import pickle
from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from galaxy.errors import InputError

_WRAPPERS = ("state_dict", "model")
_SHOWN = 3


def read_checkpoint(path: Path) -> dict[str, torch.Tensor]:
    """The tensors of a `.safetensors` file, or of a torch file (`.pth`, `.pt`, `.bin`) that holds tensors only.

    A dictionary under the key `state_dict` or `model` is unpacked, the prefix `module.` of wrapped networks removed.

    Raises:
        InputError: If the file is missing, damaged, or would have to execute code to be read.
    """
    if not path.is_file():
        raise InputError(f"weights {path} do not exist; give a .safetensors or .pth file, or random")
    try:
        if path.suffix == ".safetensors":
            content: object = load_file(path)
        else:
            content = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, ValueError, EOFError, KeyError, pickle.UnpicklingError, SafetensorError) as error:
        reason = " ".join(str(error).split())[:120]
        raise InputError(f"weights {path} cannot be read as tensors ({reason}); fetch the file again") from None
    for key in _WRAPPERS:
        if isinstance(content, dict) and isinstance(content.get(key), Mapping):
            content = content[key]
    if not isinstance(content, Mapping) or not content:
        raise InputError(f"weights {path} hold {type(content).__name__}, not tensors by name")
    tensors = {str(name): value for name, value in content.items() if isinstance(value, torch.Tensor)}
    if len(tensors) != len(content):
        other = next(name for name in content if name not in tensors)
        raise InputError(f"weights {path} hold more than tensors, {other!r} for one; give the state_dict alone")
    if all(name.startswith("module.") for name in tensors):
        tensors = {name.removeprefix("module."): value for name, value in tensors.items()}
    return tensors


def load_weights(
    network: nn.Module, tensors: Mapping[str, torch.Tensor], *, is_replaced: Callable[[str], bool], source: str
) -> None:
    """Copy a checkpoint's tensors into `network`; every one is used or named as replaced, and none is lacking.

    Args:
        network: What the tensors go into.
        tensors: By their names in `network.state_dict()`.
        is_replaced: Whether a tensor of this name is left out on purpose, in checkpoint and network alike.
        source: Named in messages.

    Raises:
        InputError: If names or shapes differ, with the first few differences; `network` is then unchanged.
    """
    state = network.state_dict()
    wanted = {name for name in state if not is_replaced(name)}
    given = {name for name in tensors if not is_replaced(name)}
    # Counters that older checkpoints lack; nothing is computed from them.
    missing = {name for name in wanted - given if not name.endswith("num_batches_tracked")}
    differences = [f"{name} is missing" for name in state if name in missing]
    differences += [f"{name} is foreign" for name in tensors if name in given - wanted]
    differences += [
        f"{name} is {tuple(tensors[name].shape)}, not {tuple(state[name].shape)}"
        for name in state
        if name in wanted & given and tensors[name].shape != state[name].shape
    ]
    if differences:
        shown = "; ".join(differences[:_SHOWN])
        more = f"; and {len(differences) - _SHOWN} more" if len(differences) > _SHOWN else ""
        raise InputError(f"weights {source} do not fit the network: {shown}{more}")
    with torch.no_grad():
        for name in wanted & given:
            state[name].copy_(tensors[name])
