"""Composition of stage `embed`: store, backbone, adapter and files."""

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from galaxy.data.manifest import read_manifest
from galaxy.data.store import open_store
from galaxy.device import pick_device
from galaxy.features.attention_file import one_of_each, save_attention
from galaxy.features.extract import extract
from galaxy.features.preparation import Preparation
from galaxy.features.storage import save_embeddings, sorted_embeddings
from galaxy.models.adapter_file import merge_saved
from galaxy.models.dino_backbone import check_size, cls_attention, cls_tokens, normalisation
from galaxy.models.multiply_adds import multiply_adds_of
from galaxy.models.positions import fix_positions
from galaxy.recipes.dino_build import build_backbone
from galaxy.recipes.embed_processes import gather_parts
from galaxy.recipes.processes import process_count
from galaxy.training.precision import forbid_tf32
from galaxy.training.seeding import make_deterministic
from stages.sections.dino import DinoSection

if TYPE_CHECKING:
    from stages.sections.embed import EmbedSection


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
        make_deterministic()
        forbid_tf32()
        self.arguments = (features, dino, section, manifest, store, adapter)
        self.features, self.section = features, section
        self.galaxies, self.store = read_manifest(manifest), open_store(store)
        self.device = pick_device(os.environ.get("GALAXY_DEVICE"))
        control = section.control_seed if features == "random-init" else None
        backbone, identity = build_backbone(dino, control_seed=control)
        if adapter is not None:
            description = merge_saved(backbone, adapter, manifest=self.galaxies.sha256)
            identity |= {"adapter_sha256": description.sha256, "change": dict(description.change)}
            identity |= {"collapsed": description.collapsed}
        check_size(backbone, section.size, name="embed.size")
        fix_positions(backbone, size=section.size, method=dino.positions)
        self.backbone = backbone.eval().to(self.device)
        mean, deviation = normalisation(backbone)
        self.prepare = Preparation(
            size=section.size,
            crop=section.crop,
            resampling=section.resampling,
            mean=mean,
            deviation=deviation,
        )
        settings = section.model_dump(exclude={"batch_size", "control_seed"})
        self.source: dict[str, Any] = {"features": features, **identity, **settings, "positions": dino.positions}
        image = torch.zeros(1, 3, section.size, section.size, device=self.device)
        self.source |= {
            "mean": mean,
            "deviation": deviation,
            "parameters": sum(parameter.numel() for parameter in self.backbone.parameters()),
            "multiply_adds": multiply_adds_of(lambda: self.backbone(image)),
        }

    def write_embeddings(self, path: Path) -> None:
        """Embed every galaxy, with as many processes as the environment asks for, and write the file."""
        ids, processes = self.galaxies.id, process_count()
        if processes == 1:
            embedding = self.embed(np.arange(len(ids)))
        else:
            work = partial(_embed_share, self.arguments)
            embedding = gather_parts(work, len(ids), processes=processes, folder=path.parent)
        save_embeddings(path, sorted_embeddings(ids, embedding, source=self.source, manifest=self.galaxies.sha256))

    def embed(self, galaxies: NDArray[np.int64]) -> NDArray[np.float32]:
        """Embeddings (n, D) of the galaxies of these numbers in the manifest."""
        section = self.section

        def encode(images: Tensor) -> Tensor:
            return cls_tokens(self.backbone, self.prepare(images), blocks=section.blocks, norm=section.norm)

        return extract(
            encode,
            self.store.images,
            self.store.rows_of(self.galaxies.id[galaxies]),
            batch_size=section.batch_size,
            device=self.device,
            title=f"embed {self.features}",
        )

    @torch.inference_mode()
    def write_attention(self, path: Path) -> None:
        """Write the attention maps of one test galaxy of each class."""
        test = self.galaxies.where("test")
        ids = test.id[one_of_each(test.id, test.label)]
        images = np.ascontiguousarray(self.store.images[self.store.rows_of(ids)])
        maps = cls_attention(self.backbone, self.prepare(torch.from_numpy(images).to(self.device)))
        save_attention(path, ids=ids, images=images, attention=maps.float().cpu().numpy())


def _embed_share(
    arguments: tuple[str, DinoSection, "EmbedSection", Path, Path, Path | None],
    galaxies: NDArray[np.int64],
    rank: int,
    target: Path,
) -> None:
    features, dino, section, manifest, store, adapter = arguments
    count = torch.cuda.device_count()
    if count > 1 and os.environ.get("GALAXY_DEVICE") in {None, "", "cuda"}:
        os.environ["GALAXY_DEVICE"] = f"cuda:{rank % count}"
    job = Job(features, dino, section, manifest=manifest, store=store, adapter=adapter)
    np.save(target, job.embed(galaxies))
