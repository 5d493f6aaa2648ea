"""Composition of stage `embed`: store, backbone and files."""

import os
from collections.abc import Callable
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
from galaxy.features.preparation import Preparation, flat_pixels
from galaxy.features.storage import save_embeddings, sorted_embeddings
from stages.dino_section import DinoSection

if TYPE_CHECKING:
    from timm.models.vision_transformer import VisionTransformer

    from stages.embed import EmbedSection


class Job:
    """One run of the stage."""

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
        self.section = section
        self.galaxies, self.store = read_manifest(manifest), open_store(store)
        self.device = pick_device(os.environ.get("GALAXY_DEVICE"))
        self.features = features
        self.backbone: VisionTransformer | None = None
        self.source: dict[str, Any] = {"features": features}
        if features == "pixels":
            self.source |= {"size": section.pixels, "blocks": 1}
        else:
            self._build(dino, adapter)

    def _build(self, dino: DinoSection, adapter: Path | None) -> None:
        # timm takes seconds to import; the pixels do without.
        from galaxy.models.adapter_file import merge_saved
        from galaxy.models.normalise import IMAGENET_DEVIATION, IMAGENET_MEAN
        from galaxy.models.positions import fix_positions
        from stages.dino_build import build_backbone

        section = self.section
        control = section.control_seed if self.features == "random-init" else None
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
        self.source |= identity | section.model_dump(exclude={"batch_size", "control_seed", "pixels"})
        self.source["positions"] = dino.positions

    def _encoder(self) -> Callable[[Tensor], Tensor]:
        backbone, section = self.backbone, self.section
        if backbone is None:
            return lambda images: flat_pixels(images, size=section.pixels)
        from galaxy.models.dino_backbone import cls_tokens

        return lambda images: cls_tokens(backbone, self.prepare(images), blocks=section.blocks, norm=section.norm)

    def write_embeddings(self, path: Path) -> None:
        """Embed every galaxy and write the file."""
        ids = self.galaxies.id
        embedding = extract(
            self._encoder(),
            self.store.images,
            self.store.rows_of(ids),
            batch_size=self.section.batch_size,
            device=self.device,
            title=f"embed {self.features}",
        )
        save_embeddings(path, sorted_embeddings(ids, embedding, source=self.source, manifest=self.galaxies.sha256))

    @torch.inference_mode()
    def write_attention(self, path: Path) -> None:
        """Write the attention maps of one test galaxy of each class."""
        if self.backbone is None:
            raise ValueError("pixels have no attention")
        from galaxy.models.dino_backbone import cls_attention

        test = self.galaxies.where("test")
        ids = test.id[one_of_each(test.id, test.label)]
        images = np.ascontiguousarray(self.store.images[self.store.rows_of(ids)])
        maps = cls_attention(self.backbone, self.prepare(torch.from_numpy(images).to(self.device)))
        save_attention(path, ids=ids, images=images, attention=maps.float().cpu().numpy())
