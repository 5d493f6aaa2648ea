"""Converts the weights of a VGG with batch normalisation to those of an equivalent VGG without it."""

from collections.abc import Mapping

import torch
from torch import Tensor

_EPSILON = 1e-5  # torch's default, which torchvision's VGG leaves as it is


def fold_batch_norm(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Merge each batch normalisation of a VGG into the convolution before it.

    In evaluation mode batch normalisation is an affine map per channel: w' = w g / sqrt(v + e), b' = (b - m) g /
    sqrt(v + e) + s, with mean m, variance v, gain g, shift s and torch's e.

    Args:
        tensors: Tensors `features.*` of torchvision's VGG with batch normalisation after every convolution.

    Returns:
        Tensors `features.N.weight` and `features.N.bias` with the names of torchvision's VGG without normalisation.

    Raises:
        ValueError: If a convolution is not followed by a normalisation.
    """
    folded: dict[str, Tensor] = {}
    convolutions = sorted(int(name.split(".")[1]) for name, tensor in tensors.items() if tensor.ndim == 4)
    for before, index in enumerate(convolutions):
        norm = f"features.{index + 1}."
        if f"{norm}running_var" not in tensors:
            raise ValueError(f"features.{index} is not followed by a batch normalisation")
        factor = tensors[f"{norm}weight"] / (tensors[f"{norm}running_var"] + _EPSILON).sqrt()
        name = f"features.{index - before}."  # without the normalisations before it, the layer has a smaller number
        folded[f"{name}weight"] = tensors[f"features.{index}.weight"] * factor.view(-1, 1, 1, 1)
        bias = tensors[f"features.{index}.bias"] - tensors[f"{norm}running_mean"]
        folded[f"{name}bias"] = torch.addcmul(tensors[f"{norm}bias"], bias, factor)
    return folded
