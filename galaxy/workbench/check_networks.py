"""Checks that each network accepts the images that it gets, and that its weights are there."""

import re
from collections.abc import Collection, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from galaxy.errors import InputError
from galaxy.models.own_weights import OWN_WEIGHTS, find_own_weights
from galaxy.workbench.named_inputs import from_root

OWN_BACKBONES = {"galaxy_vit_tiny_patch8_64": 6}
"""Number of blocks of the backbones in `galaxy.models.small_transformer`, whose import takes seconds."""

NOT_CHECKPOINTS = ("random", *OWN_WEIGHTS)
"""Values of `weights` that name no checkpoint, or one that `own_weights` checks."""


def network_problems(sections: Mapping[str, Any]) -> list[str]:
    """Return one line for each network that cannot be built for the images that it gets.

    Args:
        sections: All sections of params.yaml, validated.
    """
    return [*_row_problems(sections), *_backbone_problems(sections), *_patch_problems(sections)]


def _row_problems(sections: Mapping[str, Any]) -> Iterator[str]:
    size = sections["split"].size
    for row, entry in sections["models"].items():
        smallest = entry.smallest_size()
        if size < smallest:
            yield f"models.{row} cannot take images of {size} px: give split.size {smallest} or more"
        if entry.kind == "gcnn" and size % smallest:
            yield (
                f"models.{row} needs images whose width is a multiple of {smallest} px, but split.size is {size}; "
                "give a multiple"
            )
        if entry.kind == "vgg" and entry.weights == "imagenet" and entry.channels is not None:
            yield (
                f"models.{row}.weights is imagenet, which belongs to a VGG with 64 to 512 channels; give channels: "
                "null, or weights: random"
            )
        if entry.kind in {"custom", "gcnn"} and entry.weights in {"imagenet", "pretrained"}:
            yield (
                f"models.{row}.weights is {entry.weights}, but there are no published weights of the {entry.kind} "
                "network; give random or the path of a checkpoint"
            )
        if entry.kind == "timm":
            from galaxy.models.timm_create import known_name  # takes seconds, so only for those who have such a row

            try:
                known_name(entry.name)
            except InputError as error:
                yield f"models.{row}.name: {error}"
                continue
            if reason := not_tiled(entry.name, size):
                yield f"models.{row} cannot take images of {size} px: {reason.format(key='split.size')}"


def _backbone_problems(sections: Mapping[str, Any]) -> Iterator[str]:
    backbone, blocks = sections["dino"].backbone, sections["embed"].blocks
    depth = OWN_BACKBONES.get(backbone)
    if depth is None:
        from galaxy.models.dino_backbone import number_of_blocks  # imports torch, which takes seconds

        try:
            depth = number_of_blocks(backbone)
        except InputError as error:
            yield f"dino.backbone: {error}"
            return
    if blocks > depth:
        yield f"embed.blocks is {blocks}; it must be at most {depth}, the number of blocks of {backbone}"


def _patch_problems(sections: Mapping[str, Any]) -> Iterator[str]:
    finetune, backbone = sections["dino_finetune"], sections["dino"].backbone
    sizes = {"embed.size": sections["embed"].size, "dino_finetune.crops.global_size": finetune.crops.global_size}
    if sections["dino_best"].network == "dino":
        sizes["dino_best.size"] = sections["dino_best"].size
    if finetune.crops.local_count:
        sizes["dino_finetune.crops.local_size"] = finetune.crops.local_size
    for key, size in sizes.items():
        if reason := not_tiled(backbone, size):
            yield f"{key} is {size}: {reason.format(key=key)}"


def not_tiled(name: str, size: int) -> str | None:
    """Return why an image cannot be divided into the patches that a vision transformer's name gives, or None."""
    found = re.search(r"_patch(\d+)(?:_|\.|$)", name)
    patch = int(found[1]) if found else 1
    if size >= patch and size % patch == 0:
        return None
    below, above = max(patch, size // patch * patch), (size // patch + 1) * patch
    return (
        f"images of {size} px cannot be divided into the patches of {name}, which have {patch} px; give {{key}} "
        f"{below} or {above}"
    )


def own_weights(sections: Mapping[str, Any]) -> tuple[dict[str, Path], list[str]]:
    """Return the files of weights that come with the repository and are used, and why others do not fit.

    Args:
        sections: All sections of params.yaml, validated.

    Returns:
        Paths by the name of their entry, such as `models/custom`, and one line for each problem.
    """
    dino = sections["dino"]
    asked = {f"models/{row}": (entry.weights, entry.architecture()) for row, entry in sections["models"].items()}
    asked["dino"] = (dino.weights, {"kind": "dino", "backbone": dino.backbone})
    found, problems = {}, []
    for record, (weights, network) in asked.items():
        if weights not in OWN_WEIGHTS:
            continue
        try:
            found[record] = find_own_weights(weights, network).path
        except InputError as error:
            problems.append(f"{record.replace('/', '.')}.weights: {error}")
    return found, problems


def kept_weights(sections: Mapping[str, Any]) -> dict[str, Path]:
    """Return the files in the folder `weights` that are used in place of timm's published ones.

    They are found by their name alone, so that DVC has to see their content. The weights of torchvision are checked by
    a hash when they are read.

    Args:
        sections: All sections of params.yaml, validated.

    Returns:
        Absolute paths by the name of their entry, such as `models/resnet` or `dino`.
    """
    models = sections["models"].items()
    asked = {f"models/{row}": entry.name for row, entry in models if entry.kind == "timm" and _is_published(entry)}
    if _is_published(sections["dino"]):
        asked["dino"] = sections["dino"].backbone
    if not asked:
        return {}
    from galaxy.models.timm_weights import kept_timm_checkpoint

    places = {record: kept_timm_checkpoint(name, folder=from_root("weights")) for record, name in asked.items()}
    return {record: path.absolute() for record, path in places.items() if path is not None}


def _is_published(entry: Any) -> bool:
    return entry.weights in {"imagenet", "pretrained"}


def weight_problems(sections: Mapping[str, Any], settled: Collection[str], *, known: Collection[str]) -> Iterator[str]:
    """Yield one line for each checkpoint that is missing or does not fit its network.

    Published weights that are not here yet are downloaded, so that no training has to wait for them or fails without
    them.

    Args:
        sections: All sections of params.yaml, validated.
        settled: Stages that will not run, whose weights are not needed; see `settled_stages`.
        known: Lines about other problems; networks that they begin with are not built.
    """
    same_galaxies = {"download", "split"} <= set(settled)
    for row, entry in sections["models"].items():
        if entry.weights in NOT_CHECKPOINTS or (same_galaxies and f"train@{row}" in settled):
            continue
        if any(line.startswith((f"models.{row} ", f"models.{row}.")) for line in known):
            continue
        from galaxy.recipes.network import check_weights  # imports torch, which takes seconds

        try:
            check_weights(entry.architecture(), weights=entry.weights, size=sections["split"].size, root=from_root(""))
        except InputError as error:
            yield f"models.{row}.weights: {error}"
    yield from _packages(sections["dino_best"])
    dino = sections["dino"]
    with_dino = {"dino-finetune-lora", "embed@dino", "embed@random-init", "embed-tuned", "dino-best"}
    if (
        dino.weights not in NOT_CHECKPOINTS
        and not (same_galaxies and with_dino <= set(settled))
        and not any(line.startswith("dino.") for line in known)
    ):
        from galaxy.recipes.dino_build import build_backbone

        weights = dino.weights if dino.weights == "pretrained" else str(from_root(dino.weights))
        try:
            build_backbone(dino.backbone, weights=weights, seed=0, weights_folder=from_root("weights"))
        except InputError as error:
            yield f"dino.weights: {error}"


def _packages(best: Any) -> Iterator[str]:
    if best.network == "imagenet":
        from galaxy.models.efficientnet_lite0 import weights_file  # imports torch

        try:
            weights_file()
        except InputError as error:
            yield f"dino_best.network: {error}"
    if best.reduction == "umap" and find_spec("umap") is None:
        yield "dino_best.reduction is umap, whose package umap-learn is not installed; install it, or give whitening"
