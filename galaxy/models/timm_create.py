"""Creates timm's networks by name, and checks them on one image."""

import difflib

import timm
import torch
from timm.layers.patch_embed import PatchEmbed
from torch import nn

from galaxy.errors import InputError
from galaxy.models.normalise import IMAGENET_MEAN, IMAGENET_STD


def timm_normalisation(name: str) -> tuple[list[float], list[float]]:
    """Return the mean and standard deviation per channel of pixels in [0, 1] that timm's weights expect.

    If timm publishes none, those of ImageNet are returned.

    Raises:
        InputError: If timm has no such model.
    """
    config = timm.get_pretrained_cfg(known_name(name))
    if config is None:
        return list(IMAGENET_MEAN), list(IMAGENET_STD)
    return list(config.mean), list(config.std)


def known_name(name: str) -> str:
    """Return `name` after a check that timm has a model of this name and tag.

    Raises:
        InputError: If timm has none; the message lists similar names.
    """
    architecture = name.partition(".")[0]
    if not timm.is_model(architecture):
        near = difflib.get_close_matches(architecture, timm.list_models(), n=3)
        hint = f"similar names: {', '.join(near)}" if near else "timm.list_models() lists all names"
        raise InputError(f"timm has no model {name!r}; {hint}")
    tag = name.partition(".")[2]
    tags = [known.partition(".")[2] for known in timm.list_pretrained(f"{architecture}.*")]
    if tag and tag not in tags:
        raise InputError(f"timm has no weights {tag!r} of {architecture}; allowed are {', '.join(tags) or 'none'}")
    return name


def create_network(name: str, classes: int, size: int) -> nn.Module:
    """Create the model with timm's random weights, for K classes and images of S x S pixels.

    Raises:
        InputError: If timm has no such model, or it cannot be built for this size.
    """
    known_name(name)
    try:
        network: nn.Module = timm.create_model(name, num_classes=classes, img_size=size)
    except TypeError:  # most convolutional networks have no such argument, because they take any size
        network = timm.create_model(name, num_classes=classes)
    except (AssertionError, RuntimeError, ValueError) as error:
        raise InputError(_wrong_size(name, size, str(error))) from None
    return network


def check_forward(network: nn.Module, name: str, classes: int, size: int) -> None:
    """Check on one image that the model gives K logits and that every pixel has an influence on them.

    Args:
        network: The model.
        name: timm's name of the model, for messages.
        classes: Number of classes, K.
        size: Width and height of the images in pixels.

    Raises:
        InputError: If the model cannot take this size, or its output is not (1, K).
    """
    network.eval()
    patches = getattr(network, "patch_embed", None)
    if isinstance(patches, PatchEmbed) and not patches.dynamic_img_pad and any(size % n for n in patches.patch_size):
        raise InputError(_wrong_size(name, size, f"its patches have {patches.patch_size[0]} px and do not tile them"))
    try:
        with torch.no_grad():
            shape = tuple(network(torch.zeros(1, 3, size, size)).shape)
    except (AssertionError, RuntimeError, ValueError, IndexError) as error:
        raise InputError(_wrong_size(name, size, str(error))) from None
    if shape != (1, classes):
        raise InputError(
            f"the output of timm's {name} has shape {shape} instead of (1, {classes}), so it is not a classifier of "
            "single images; choose another model"
        )


def _wrong_size(name: str, size: int, reason: str) -> str:
    config = timm.get_pretrained_cfg(name.partition(".")[0])
    made = config.input_size[-1] if config else 224
    return (
        f"timm's {name} cannot take images of {size} px ({' '.join(reason.split())[:100]}); it was made for {made} px: "
        f"give images of that size"
    )
