"""Features of every galaxy from a DINO backbone, and attention maps of a few of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from timm.models.vision_transformer import VisionTransformer
from torch import Tensor

from galaxy.data.manifest import Manifest
from galaxy.data.store import open_store
from galaxy.device import pick_device
from galaxy.features.attention_file import one_of_each, save_attention
from galaxy.features.extract import extract
from galaxy.features.preparation import Preparation
from galaxy.models.adapter_file import merge_saved
from galaxy.models.dino_backbone import check_size, cls_attention, cls_tokens, normalisation
from galaxy.models.multiply_adds import multiply_adds_of
from galaxy.models.position_embeddings import fix_positions
from galaxy.recipes.dino_build import build_backbone
from galaxy.recipes.embed_processes import gather_parts
from galaxy.training.precision import forbid_tf32
from galaxy.training.seeding import make_deterministic


@dataclass(frozen=True, kw_only=True)
class Encoder:
    """A network that turns pictures into features.

    Attributes:
        backbone: The transformer, on its device.
        prepare: Stored pictures to the backbone's input.
        blocks: Number of last blocks whose CLS tokens are concatenated.
        norm: Whether the final layer norm is applied to each of them.
        identity: JSON values that say what the network is.
    """

    backbone: VisionTransformer
    prepare: Preparation
    blocks: int
    norm: bool
    identity: Mapping[str, Any]

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        return next(self.backbone.parameters()).device

    def __call__(self, images: Tensor) -> Tensor:
        """(B, s, s, 3) uint8 pictures to (B, D) features."""
        return cls_tokens(self.backbone, self.prepare(images), blocks=self.blocks, norm=self.norm)

    def source(self, features: str, *, positions: str) -> dict[str, Any]:
        """The description that is kept beside the features, as JSON values."""
        side = self.prepare.size
        image = torch.zeros(1, 3, side, side, device=self.device)
        mean, std = normalisation(self.backbone)
        return {
            "features": features,
            **self.identity,
            "size": side,
            "crop": self.prepare.crop,
            "resampling": self.prepare.resampling,
            "blocks": self.blocks,
            "norm": self.norm,
            "positions": positions,
            "mean": mean,
            "deviation": std,
            "parameters": sum(parameter.numel() for parameter in self.backbone.parameters()),
            "multiply_adds": multiply_adds_of(lambda: self.backbone(image)),
        }


def build_encoder(
    backbone: str,
    *,
    weights: str,
    seed: int,
    weights_folder: Path,
    positions: str,
    size: int,
    crop: int | None,
    resampling: str,
    blocks: int,
    norm: bool,
    device: str | None,
    adapter: Path | None = None,
    manifest: str = "",
) -> Encoder:
    """Build the network that makes features.

    Args:
        backbone: timm's name of a vision transformer.
        weights: `random`, `pretrained`, or the path of a checkpoint.
        seed: Seed of the random weights.
        weights_folder: Folder in which pretrained weights are looked for before timm's hub is asked.
        positions: How position embeddings are interpolated, `timm` or `reference`.
        size: Pixels on a side of the backbone's input.
        crop: Pixels on a side of the centre crop of the stored picture; None takes the whole picture.
        resampling: `bicubic`, `bilinear` or `area`.
        blocks: Number of last blocks whose CLS tokens are concatenated.
        norm: Whether the final layer norm is applied to each of them.
        device: As `pick_device` takes it; None chooses.
        adapter: Folder of a tuned adapter, which is merged into the weights; None for none.
        manifest: SHA-256 of the split manifest, which has to be the adapter's.

    Raises:
        InputError: The backbone, its weights or the adapter cannot be had or do not fit.
    """
    make_deterministic()
    forbid_tf32()
    where = pick_device(device)
    network, identity = build_backbone(backbone, weights=weights, seed=seed, weights_folder=weights_folder)
    if adapter is not None:
        description = merge_saved(network, adapter, manifest=manifest)
        identity |= {
            "adapter_sha256": description.sha256,
            "change": dict(description.change),
            "collapsed": description.collapsed,
        }
    check_size(network, size)
    fix_positions(network, size=size, method=positions)
    mean, std = normalisation(network)
    prepare = Preparation(size=size, crop=crop, resampling=resampling, mean=mean, std=std)
    network = network.eval().to(where)
    return Encoder(backbone=network, prepare=prepare, blocks=blocks, norm=norm, identity=identity)


def embed_galaxies(
    encoder: Encoder,
    ids: NDArray[np.str_],
    *,
    store: Path,
    batch_size: int,
    processes: int,
    network: Mapping[str, Any],
    folder: Path,
    title: str,
) -> NDArray[np.float32]:
    """Compute the features of galaxies.

    Args:
        encoder: The network.
        ids: (M,) ids of the galaxies.
        store: Folder of the image store.
        batch_size: Galaxies at a time.
        processes: With more than one, each takes a share and builds the network for itself.
        network: The arguments of `build_encoder`, for those processes.
        folder: Where their parts lie meanwhile.
        title: Label of the progress bar.

    Returns:
        (M, D) float32, the same whatever the number of processes.
    """
    if processes == 1:
        images = open_store(store)
        rows = images.rows_of(ids)
        return extract(encoder, images.images, rows, batch_size=batch_size, device=encoder.device, title=title)
    work = partial(_embed_share, dict(network), ids, store, batch_size, title)
    return gather_parts(work, len(ids), processes=processes, folder=folder)


def _embed_share(
    network: dict[str, Any],
    ids: NDArray[np.str_],
    store: Path,
    batch_size: int,
    title: str,
    share: NDArray[np.int64],
    rank: int,
    target: Path,
) -> None:
    count = torch.cuda.device_count()
    if count > 1 and network["device"] in {None, "", "cuda"}:
        network["device"] = f"cuda:{rank % count}"
    encoder, images = build_encoder(**network), open_store(store)
    rows = images.rows_of(ids[share])
    found = extract(encoder, images.images, rows, batch_size=batch_size, device=encoder.device, title=title)
    np.save(target, found)


@torch.inference_mode()
def write_attention(path: Path, encoder: Encoder, galaxies: Manifest, *, store: Path) -> None:
    """Write the last block's attention maps of one test galaxy of each class.

    Args:
        path: The .npz file to write.
        encoder: The network.
        galaxies: All galaxies, with their split and class.
        store: Folder of the image store.
    """
    test, stored = galaxies.where("test"), open_store(store)
    ids = test.id[one_of_each(test.id, test.label)]
    images = np.ascontiguousarray(stored.images[stored.rows_of(ids)])
    maps = cls_attention(encoder.backbone, encoder.prepare(torch.from_numpy(images).to(encoder.device)))
    save_attention(path, ids=ids, images=images, attention=maps.float().cpu().numpy())
