"""Builds a network from a description in plain values, as model files contain it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from galaxy.errors import InputError
from galaxy.models.classifier import Classifier

KINDS = ("vgg", "custom", "gcnn", "timm")


def build_classifier(
    architecture: Mapping[str, Any], *, classes: int, size: int, mean: Sequence[float], std: Sequence[float]
) -> Classifier:
    """Build a network with random weights.

    Args:
        architecture: `kind`, one of `KINDS`, and the keyword arguments of that kind's class.
        classes: Number of classes.
        size: Width and height of the images in pixels.
        mean: Mean per channel of pixels scaled to [0, 1].
        std: Standard deviation per channel, in the same units.

    Raises:
        InputError: If the kind or an argument is unknown, or the network cannot take the size.

    Example:
        >>> import torch
        >>> network = build_classifier({"kind": "custom"}, classes=10, size=64, mean=[0.5] * 3, std=[0.2] * 3)
        >>> network(torch.zeros(2, 64, 64, 3, dtype=torch.uint8)).shape
        torch.Size([2, 10])
    """
    arguments = {key: value for key, value in architecture.items() if key != "kind"}
    kind = architecture.get("kind")
    if kind not in KINDS:
        raise InputError(f"unknown kind of model {kind!r}; allowed are {', '.join(KINDS)}")
    try:
        return _class_of(kind)(classes=classes, size=size, mean=mean, std=std, **arguments)
    except TypeError as error:
        raise InputError(f"a model of kind {kind} cannot be built from {arguments}: {error}") from None


def _class_of(kind: str) -> Callable[..., Classifier]:
    # Imported where needed: torchvision and timm take seconds each.
    if kind == "vgg":
        from galaxy.models.vgg import VGGClassifier

        return VGGClassifier
    if kind == "custom":
        from galaxy.models.custom import CustomClassifier

        return CustomClassifier
    if kind == "gcnn":
        from galaxy.models.gcnn import GCNNClassifier

        return GCNNClassifier
    from galaxy.models.timm_model import TimmClassifier

    return TimmClassifier
