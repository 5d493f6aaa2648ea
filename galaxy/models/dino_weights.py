"""Weights of a DINO backbone: random, from timm's hub, or from a checkpoint in timm's or the DINO release's layout."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import timm
import torch
from timm.models.vision_transformer import VisionTransformer, checkpoint_filter_fn
from torch import Tensor

from galaxy.errors import InputError
from galaxy.models.load_weights import load_weights
from galaxy.models.own_weights import OWN_WEIGHTS, find_own_weights
from galaxy.models.read_checkpoint import read_checkpoint, refuse_nan
from galaxy.models.recorded_normalisation import recorded_normalisation
from galaxy.models.timm_weights import timm_checkpoint

_NETWORKS = ("teacher", "student")
_PREFIXES = ("module.", "backbone.")
# The release's full checkpoints also contain the arguments of the command line as a namespace, which is harmless.
_HARMLESS: list[Callable[..., Any] | tuple[Callable[..., Any], str]] = [argparse.Namespace]


def load_backbone_weights(model: VisionTransformer, name: str, weights: str, *, folder: Path) -> str:
    """Load weights into a backbone and return a text that describes them.

    A checkpoint of the DINO release may contain the backbone only or the whole training. Of the latter the teacher is
    loaded, as in the evaluation of the release. Its projection head is ignored; all other tensors must fit.

    Args:
        model: The backbone, from `create_backbone(name)`.
        name: timm's name; its tag selects the pretrained weights.
        weights: `random`, `pretrained`, the path of a checkpoint, or one of `OWN_WEIGHTS`. Weights whose
            file records a normalisation also set that of the model.
        folder: Folder that is searched for NAME.safetensors before pretrained weights are downloaded from the hub.

    Raises:
        InputError: If the hub cannot be reached, timm has no weights of that name, the file is unreadable, or tensors
            are unknown, missing or of another shape.
    """
    if weights == "random":
        return "random weights"
    if weights == "pretrained":
        load_weights(model, _published(model, name, folder), is_replaced=_never, source=name)
        return f"pretrained {name}"
    if weights in OWN_WEIGHTS:
        own = find_own_weights(weights, {"kind": "dino", "backbone": name})
        load_weights(model, read_checkpoint(own.path), is_replaced=_never, source=own.name)
        _normalise(model, own.mean, own.std)
        return f"{weights}, learnt from {own.learnt_from}"
    tensors = backbone_tensors(_read(Path(weights)))
    load_weights(model, tensors, is_replaced=_never, source=weights)
    if recorded := recorded_normalisation(Path(weights)):
        _normalise(model, *recorded)
    return f"checkpoint {Path(weights).name}"


def backbone_tensors(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return the backbone's tensors of a checkpoint, without prefixes of wrappers and without projection head.

    If names begin with `teacher.` and `student.`, the teacher's tensors are returned.
    """
    for network in _NETWORKS:
        if any(name.startswith(f"{network}.") for name in tensors):
            others = tuple(f"{other}." for other in _NETWORKS if other != network)
            tensors = {k.removeprefix(f"{network}."): t for k, t in tensors.items() if not k.startswith(others)}
            break
    wrapped = any(name.removeprefix("module.").startswith("backbone.") for name in tensors)
    plain: dict[str, Tensor] = {}
    for full, tensor in tensors.items():
        name = full
        for prefix in _PREFIXES:
            name = name.removeprefix(prefix)
        # If there is a `backbone.`, the head is DINO's projection; otherwise it is a classifier, which does not fit.
        if wrapped and full.removeprefix("module.").startswith("head."):
            continue
        plain[name] = tensor
    return plain


def _normalise(model: VisionTransformer, mean: Sequence[float], std: Sequence[float]) -> None:
    configuration: Any = model.pretrained_cfg
    configuration.update(mean=tuple(mean), std=tuple(std))


def _read(path: Path) -> dict[str, Tensor]:
    if path.suffix == ".safetensors" or not path.is_file():
        return read_checkpoint(path)
    with torch.serialization.safe_globals(_HARMLESS):
        try:
            content: object = torch.load(path, map_location="cpu", weights_only=True)
        except Exception:  # noqa: BLE001 - as in `read_checkpoint`, whose error says what is wrong
            return read_checkpoint(path)
    for network in _NETWORKS:
        if isinstance(content, dict) and isinstance(content.get(network), dict):
            tensors = {str(key): value for key, value in content[network].items() if isinstance(value, Tensor)}
            refuse_nan(path, tensors)
            return tensors
    return read_checkpoint(path)


def _published(model: VisionTransformer, name: str, folder: Path) -> dict[str, Tensor]:
    """Return the tensors that timm publishes, in the layout of this model and without its classifier."""
    configuration = timm.get_pretrained_cfg(name, allow_unregistered=False)
    if configuration is None or not configuration.hf_hub_id:
        raise InputError(f"timm has no pretrained weights of {name}; take a name with a tag, or random weights")
    tensors = checkpoint_filter_fn(read_checkpoint(timm_checkpoint(name, folder=folder)), model)
    classifier = f"{configuration.classifier or 'head'}."
    return {key: tensor for key, tensor in tensors.items() if not key.startswith(classifier)}


def _never(_: str) -> bool:
    return False
