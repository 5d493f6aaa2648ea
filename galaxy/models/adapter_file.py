"""A tuned adapter on disk: its tensors alone in `adapter.safetensors`, and what they belong to in `adapter.json`."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from safetensors.torch import save_file
from timm.models.vision_transformer import VisionTransformer

from galaxy.atomic import atomic_path, write_text
from galaxy.digest import file_sha256
from galaxy.errors import InputError
from galaxy.models.lora import adapter_state, attach_adapters, load_adapter, merge_adapters
from galaxy.models.state_digest import state_sha256
from galaxy.models.weights import read_checkpoint

TENSORS, DESCRIPTION = "adapter.safetensors", "adapter.json"


@dataclass(frozen=True, kw_only=True)
class AdapterDescription:
    """What `adapter.json` says.

    Attributes:
        backbone: timm's name.
        base_sha256: `state_sha256` of the backbone's weights that the adapter was trained over.
        targets: Adapted layers.
        rank: Of each update.
        alpha: Numerator of the scale.
        also: Parts of the names of further parameters that learned.
        trainable_parameters: In the adapters and those; what the file holds.
        manifest: SHA-256 of the split manifest whose training galaxies it saw.
        change: What tuning did to the embeddings, by name of the measure.
        collapsed: How the self-distillation has collapsed; None when it has not.
        sha256: Of the tensors' file; empty until saved.
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
    """Write the adapters attached to `model`, and nothing else of it."""
    with atomic_path(folder / TENSORS) as temporary:
        save_file({name: t.detach().cpu().contiguous() for name, t in adapter_state(model).items()}, temporary)
    content = asdict(description) | {"sha256": file_sha256(folder / TENSORS)}
    write_text(folder / DESCRIPTION, json.dumps(content, indent=2) + "\n")


def read_description(folder: Path) -> AdapterDescription:
    """What `adapter.json` says.

    Raises:
        InputError: it is missing or damaged, or the tensors beside it are not those that it names.
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
        raise InputError(f"{folder / TENSORS} is damaged: its SHA-256 is not that in {DESCRIPTION}; tune again")
    return description


def merge_saved(model: VisionTransformer, folder: Path, *, manifest: str) -> AdapterDescription:
    """Put a saved adapter into the weights of `model`, changed in place.

    Raises:
        InputError: the adapter is damaged, or was trained over other weights than those of `model` or on the training
            galaxies of another split manifest than the one with SHA-256 `manifest`.
    """
    description = read_description(folder)
    if description.manifest != manifest:
        raise InputError(
            f"the adapter in {folder} was tuned on the training galaxies of split manifest "
            f"{description.manifest[:12]}, not of this one, {manifest[:12]}; tune again"
        )
    if (present := state_sha256(model.state_dict())) != description.base_sha256:
        raise InputError(
            f"the adapter in {folder} was trained over {description.backbone} with weights "
            f"{description.base_sha256[:12]}, the backbone has {present[:12]}; tune again"
        )
    attach_adapters(
        model,
        targets=description.targets,
        rank=description.rank,
        alpha=description.alpha,
        seed=0,
        also=description.also,
    )
    load_adapter(model, read_checkpoint(folder / TENSORS), source=str(folder / TENSORS))
    merge_adapters(model)
    return description
