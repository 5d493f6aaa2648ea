"""Composition of stage `embed` for the networks: store, backbone, adapter and files."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from galaxy.data.manifest import read_manifest
from galaxy.data.store import open_store
from galaxy.device import pick_device
from galaxy.features.attention_file import one_of_each, save_attention
from galaxy.features.extract import extract
from galaxy.features.preparation import Preparation
from galaxy.features.storage import save_embeddings, sorted_embeddings
from galaxy.models.adapter_file import merge_saved
from galaxy.models.dino_backbone import cls_attention, cls_tokens
from galaxy.models.normalise import IMAGENET_DEVIATION, IMAGENET_MEAN
from galaxy.models.positions import fix_positions
from stages.dino_build import build_backbone
from stages.dino_section import DinoSection

if TYPE_CHECKING:
    from stages.embed import EmbedSection


class Job:
    """One run of the stage: the network that makes the embeddings and draws the attention maps."""

    def __init__(
        self,
        features: str,
        dino: DinoSection,
        section: "EmbedSection",
        *,
        manifest: Path,
        store: Path,
        adapter: Path | None,
    ) -> None:
        self.features, self.section = features, section
        self.galaxies, self.store = read_manifest(manifest), open_store(store)
        self.device = pick_device(os.environ.get("GALAXY_DEVICE"))
        control = section.control_seed if features == "random-init" else None
        backbone, identity = build_backbone(dino, control_seed=control)
        if adapter is not None:
            description = merge_saved(backbone, adapter)
            identity |= {"adapter_sha256": description.sha256, "change": dict(description.change)}
        fix_positions(backbone, size=section.size, method=dino.positions)
        self.backbone = backbone.eval().to(self.device)
        self.prepare = Preparation(
            size=section.size,
            crop=section.crop,
            resampling=section.resampling,
            mean=IMAGENET_MEAN,
            deviation=IMAGENET_DEVIATION,
        )
        settings = section.model_dump(exclude={"batch_size", "control_seed", "pixels"})
        self.source: dict[str, Any] = {"features": features, **identity, **settings, "positions": dino.positions}

    def write_embeddings(self, path: Path) -> None:
        """Embed every galaxy and write the file."""
        ids, section = self.galaxies.id, self.section

        def encode(images: Tensor) -> Tensor:
            return cls_tokens(self.backbone, self.prepare(images), blocks=section.blocks, norm=section.norm)

        embedding = extract(
            encode,
            self.store.images,
            self.store.rows_of(ids),
            batch_size=section.batch_size,
            device=self.device,
            title=f"embed {self.features}",
        )
        save_embeddings(path, sorted_embeddings(ids, embedding, source=self.source, manifest=self.galaxies.sha256))

    @torch.inference_mode()
    def write_attention(self, path: Path) -> None:
        """Write the attention maps of one test galaxy of each class."""
        test = self.galaxies.where("test")
        ids = test.id[one_of_each(test.id, test.label)]
        images = np.ascontiguousarray(self.store.images[self.store.rows_of(ids)])
        maps = cls_attention(self.backbone, self.prepare(torch.from_numpy(images).to(self.device)))
        save_attention(path, ids=ids, images=images, attention=maps.float().cpu().numpy())
