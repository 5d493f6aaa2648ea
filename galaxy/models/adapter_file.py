"""Saves and loads a trained adapter: its tensors in `adapter.safetensors`, their description in `adapter.json`."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors.torch import save_file
from timm.models.vision_transformer import VisionTransformer

from galaxy.atomic import atomic_path, write_text
from galaxy.digest import file_sha256
from galaxy.errors import InputError
from galaxy.models.lora import adapter_state, attach_adapters, load_adapter, merge_adapters
from galaxy.models.read_checkpoint import read_checkpoint
from galaxy.models.state_digest import state_sha256

TENSORS, DESCRIPTION = "adapter.safetensors", "adapter.json"


@dataclass(frozen=True, kw_only=True)
class AdapterDescription:
    """The content of `adapter.json`.

    Attributes:
        backbone: timm's name of the backbone.
        base_sha256: `state_sha256` of the backbone's weights to which the adapter was added for training.
        targets: Layers that are adapted.
        rank: Rank of each update.
        alpha: Numerator of the scale alpha / rank.
        also: Parts of the names of further parameters that were trained.
        trainable_parameters: Number of values in the tensors' file.
        manifest: SHA-256 of the split manifest whose training galaxies were used.
        change: Distances by which tuning moved the embeddings, by name of the measure.
        collapsed: Text that says how the self-distillation has collapsed; None if it has not collapsed.
        sha256: SHA-256 of the tensors' file; empty until it is saved.
    """

    backbone: str
    base_sha256: str
    targets: tuple[str, ...]
    rank: int
    alpha: float
    also: tuple[str, ...]
    trainable_parameters: int
    manifest: str
    change: Mapping[str, float]
    collapsed: str | None = None
    sha256: str = ""


def save_adapter(folder: Path, model: VisionTransformer, description: AdapterDescription) -> None:
    """Write the trained parameters of `model`, and the description with the SHA-256 of their file."""
    state = adapter_state(model, also=description.also)
    with atomic_path(folder / TENSORS) as temporary:
        save_file({name: tensor.detach().cpu().contiguous() for name, tensor in state.items()}, temporary)
    content = asdict(description) | {"sha256": file_sha256(folder / TENSORS)}
    write_text(folder / DESCRIPTION, json.dumps(content, indent=2) + "\n")


def check_saved(folder: Path, model: VisionTransformer, untuned: VisionTransformer) -> None:
    """Check that a saved adapter can be read back and merged, before the saved state of its training is removed.

    Args:
        folder: The adapter's folder.
        model: The network that was saved.
        untuned: The backbone as it was before adapters were attached; the saved adapter is merged into it.

    Raises:
        InputError: If the file does not hold the parameters of `model`, or does not fit `untuned`.
    """
    description = merge_saved(untuned, folder, manifest=read_adapter_description(folder).manifest)
    saved = read_checkpoint(folder / TENSORS)
    for name, tensor in adapter_state(model, also=description.also).items():
        if not torch.equal(saved[name], tensor.detach().cpu()):
            raise InputError(
                f"{folder / TENSORS} contains other values of {name} than were written; check the disk and run the "
                "fine-tuning again"
            )


def read_adapter_description(folder: Path) -> AdapterDescription:
    """Read `adapter.json` and check the tensors beside it against its SHA-256.

    Raises:
        InputError: If the file is missing or damaged, or has not the hash of the tensors beside it.
    """
    path = folder / DESCRIPTION
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        description = AdapterDescription(
            **{**content, "targets": tuple(content["targets"]), "also": tuple(content["also"])}
        )
        present = file_sha256(folder / TENSORS)
    except (OSError, ValueError, TypeError, KeyError) as error:
        reason = " ".join(str(error).split())[:100]
        raise InputError(
            f"{path} does not describe an adapter ({reason}); run stages.dino_finetune_lora again"
        ) from None
    if present != description.sha256:
        raise InputError(
            f"{folder / TENSORS} is damaged: its SHA-256 is not the one in {DESCRIPTION}; run the fine-tuning again"
        )
    return description


def merge_saved(model: VisionTransformer, folder: Path, *, manifest: str) -> AdapterDescription:
    """Merge a saved adapter into the weights of `model`, which is changed in place, and return its description.

    Args:
        model: The backbone without adapters.
        folder: The adapter's folder.
        manifest: SHA-256 of the split manifest on whose training galaxies the adapter must have been trained.

    Raises:
        InputError: If the adapter is damaged, belongs to other weights than those of `model`, or was trained on the
            galaxies of another split manifest.
    """
    description = read_adapter_description(folder)
    if description.manifest != manifest:
        raise InputError(
            f"the adapter in {folder} was tuned on the training galaxies of split manifest "
            f"{description.manifest[:12]}, not of this one, {manifest[:12]}; run the fine-tuning again"
        )
    if (present := state_sha256(model.state_dict())) != description.base_sha256:
        raise InputError(
            f"the adapter in {folder} was trained over {description.backbone} with weights "
            f"{description.base_sha256[:12]}, but the backbone has {present[:12]}; run the fine-tuning again"
        )
    attach_adapters(
        model,
        targets=description.targets,
        rank=description.rank,
        alpha=description.alpha,
        seed=0,
        also=description.also,
    )
    load_adapter(model, read_checkpoint(folder / TENSORS), also=description.also, source=str(folder / TENSORS))
    merge_adapters(model)
    return description
