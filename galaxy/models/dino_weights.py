"""Weights of a DINO backbone: random, from timm's hub, or from a checkpoint in timm's or the DINO release's layout."""

import argparse
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import timm
import torch
from timm.models.vision_transformer import VisionTransformer
from torch import Tensor

from galaxy.errors import InputError
from galaxy.models.weights import load_weights, read_checkpoint

_NETWORKS = ("teacher", "student")
_PREFIXES = ("module.", "backbone.")
# The release's full checkpoints keep the command line beside the weights. A namespace holds values and runs nothing.
_HARMLESS: list[Callable[..., Any] | tuple[Callable[..., Any], str]] = [argparse.Namespace]


def load_backbone_weights(model: VisionTransformer, name: str, weights: str) -> str:
    """Put weights into a backbone that was made with random ones; returns a line saying which.

    A checkpoint of the DINO release may hold the backbone alone or the whole training; of the latter the teacher is
    taken, which is what the release evaluates. Its projection head is left out, everything else must be used.

    Args:
        model: The backbone, from `create_backbone(name)`.
        name: timm's name, whose tag says which pretrained weights are meant.
        weights: `random`, `pretrained`, or a path.

    Raises:
        InputError: The hub cannot be reached, timm has no weights of that name, the file is unreadable, or anything is
            left over, missing or of another shape.
    """
    if weights == "random":
        return "random weights"
    if weights == "pretrained":
        load_weights(model, _from_hub(name), is_replaced=_never, source=name)
        return f"pretrained {name}"
    tensors = backbone_tensors(_read(Path(weights)))
    load_weights(model, tensors, is_replaced=_never, source=weights)
    return f"checkpoint {Path(weights).name}"


def backbone_tensors(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The backbone's tensors of a checkpoint under their plain names: wrappers' prefixes gone, projection head gone."""
    wrapped = any(name.removeprefix("module.").startswith("backbone.") for name in tensors)
    plain: dict[str, Tensor] = {}
    for full, tensor in tensors.items():
        name = full
        for prefix in _PREFIXES:
            name = name.removeprefix(prefix)
        # A head beside a `backbone.` is DINO's projection; a bare `head.` would be a classifier, which is left over.
        if wrapped and full.removeprefix("module.").startswith("head."):
            continue
        plain[name] = tensor
    return plain


def _read(path: Path) -> dict[str, Tensor]:
    if path.suffix == ".safetensors" or not path.is_file():
        return read_checkpoint(path)
    with torch.serialization.safe_globals(_HARMLESS):
        try:
            content: object = torch.load(path, map_location="cpu", weights_only=True)
        except (RuntimeError, OSError, ValueError, EOFError, KeyError, pickle.UnpicklingError):
            return read_checkpoint(path)  # which says what is wrong
    for network in _NETWORKS:
        if isinstance(content, dict) and isinstance(content.get(network), dict):
            return {str(key): value for key, value in content[network].items() if isinstance(value, Tensor)}
    return read_checkpoint(path)


def _from_hub(name: str) -> dict[str, Tensor]:
    configuration = timm.get_pretrained_cfg(name, allow_unregistered=False)
    if configuration is None or not (configuration.url or configuration.hf_hub_id):
        raise InputError(f"timm has no pretrained weights of {name}; take a name with a tag, or weights: random")
    try:
        return dict(timm.create_model(name, pretrained=True, num_classes=0).state_dict())
    except Exception as error:  # noqa: BLE001
        # The hub's client raises a dozen unrelated classes when there is no network.
        place = configuration.url or f"the model {configuration.hf_hub_id} on the Hugging Face hub"
        reason = " ".join(str(error).split())[:100]
        raise InputError(
            f"pretrained weights of {name} cannot be fetched ({type(error).__name__}: {reason}); fetch {place} on a "
            "machine with a network, put the file into weights/ and set dino.weights to its path"
        ) from None


def _never(_: str) -> bool:
    return False
