"""Composition of stage `dino-finetune-lora`: galaxies, backbone, loop and files."""

import os
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from timm.models.vision_transformer import VisionTransformer

from galaxy.data.manifest import read_manifest
from galaxy.data.store import IMAGES, open_store
from galaxy.device import pick_device
from galaxy.digest import file_sha256
from galaxy.errors import InputError
from galaxy.features.change import embedding_change
from galaxy.models.adapter_file import AdapterDescription, save_adapter
from galaxy.models.dino_backbone import check_size
from galaxy.models.dino_network import DinoNetwork
from galaxy.recipes.dino_build import build_backbone
from galaxy.recipes.dino_history import curves, write_history
from galaxy.recipes.dino_schedules import schedules
from galaxy.recipes.dino_student import make_step
from galaxy.recipes.embedding_probe import watched_embeddings
from galaxy.training.batches import batch_sizes
from galaxy.training.checkpoint import Checkpoints
from galaxy.training.code_digest import code_sha256
from galaxy.training.collapse import collapse_reason
from galaxy.training.dino_step import DinoStep
from galaxy.training.distributed import World, device_of
from galaxy.training.loop import fit
from galaxy.training.precision import Precision
from galaxy.training.record import EpochRecord
from galaxy.training.seeding import make_deterministic
from galaxy.training.state_folder import folder_of, state_folder
from galaxy.workbench.stage_log import record_cost
from stages.sections.dino import DinoSection
from stages.sections.dino_finetune import FinetuneSection

_ALONE = World()
_WATCHED = 64  # training galaxies on which tuned and untuned embeddings are compared


class Tuning:
    """One run of the stage."""

    def __init__(self, dino: DinoSection, section: FinetuneSection, *, manifest: Path, store: Path) -> None:
        self.dino, self.section = dino, section
        self.galaxies, self.store = read_manifest(manifest), open_store(store)
        self.device = device_of(pick_device(os.environ.get("GALAXY_DEVICE")))
        self.rows = self._choose_rows()
        self.backbone, self.base = build_backbone(dino)
        for name in ("global_size", "local_size"):
            check_size(self.backbone, getattr(section.crops, name), name=f"dino_finetune.crops.{name}")
        self.records: list[EpochRecord] = []
        self.identity = {
            "dino": dino.model_dump(),
            "dino_finetune": section.model_dump(),
            "base": self.base,
            "manifest": self.galaxies.sha256,
            "store": file_sha256(store / IMAGES),
            "code": code_sha256("galaxy", "stages"),
            "torch": torch.__version__,
            "device": self.device.type,
        }

    def _choose_rows(self) -> Any:
        train, section = self.galaxies.where("train"), self.section
        wanted = len(train) if section.images is None else section.images
        if wanted > len(train):
            raise InputError(
                f"dino_finetune.images is {wanted}; there are {len(train)} training galaxies: give fewer, or null"
            )
        if section.batch_size > wanted:
            raise InputError(f"dino_finetune.batch_size is {section.batch_size}; there are {wanted} training galaxies")
        chosen = np.random.default_rng(section.seed).permutation(len(train))[:wanted]
        return self.store.rows_of(train.id[np.sort(chosen)])

    def train(self, run: Any, *, state: Path, world: World = _ALONE, write: Callable[[], None] | None = None) -> None:
        """Tune, resuming from `state` where a run of the same identity was stopped.

        Args:
            run: Where curves go.
            state: The ignored folder for unfinished trainings.
            world: The processes that tune together; the one that leads logs, keeps state and writes.
            write: Called after the last update; the state is removed once it returns.
        """
        make_deterministic()
        section = self.section
        self.backbone.to(self.device)
        before = self._watch(self.backbone)
        step, self.trainable = make_step(
            self.backbone,
            section,
            positions=self.dino.positions,
            images=self.store.images,
            rows=self.rows,
            device=self.device,
        )
        per_epoch = len(batch_sizes(len(self.rows), section.batch_size))
        leading = state_folder(state, "dino-lora", self.identity)
        following = nullcontext(folder_of(state, "dino-lora", self.identity))
        with leading if world.leads else following as folder:
            world.wait()
            self.records = fit(
                step,
                items=len(self.rows),
                epochs=section.epochs,
                batch_size=section.batch_size,
                seed=section.seed,
                schedules=schedules(section, per_epoch=per_epoch),
                precision=Precision.of(self.device),
                clip_norm=section.clip_norm,
                checkpoints=Checkpoints(folder),
                on_epoch=lambda record: run.log(curves(record), step=record.epoch, seed=section.seed),
                title="DINO, LoRA",
                world=world,
            )
            if world.leads:
                self._conclude(step, before, run)
                if write:
                    write()

    def _conclude(self, step: DinoStep, before: NDArray[np.float32], run: Any) -> None:
        kept = step.teacher if self.section.keep == "teacher" else step.student
        if not isinstance(kept, DinoNetwork):
            raise TypeError(f"the step holds {type(kept).__name__}, not the network that it was given")
        self.kept = kept.backbone
        self.change = embedding_change(before, self._watch(self.kept))
        updates = len(self.records) * len(batch_sizes(len(self.rows), self.section.batch_size))
        reason = collapse_reason(self.records[-1].train, prototypes=self.section.head.prototypes)
        self.collapsed = reason and f"after {updates} updates {reason}"
        if self.collapsed:
            print(f"dino-finetune-lora: the self-distillation has collapsed: {self.collapsed}", file=sys.stderr)
            run.tags({"collapsed": self.collapsed})

    def _watch(self, backbone: VisionTransformer) -> NDArray[np.float32]:
        images = self.store.images[self.rows[:_WATCHED]]
        return watched_embeddings(backbone, images, size=self.section.crops.global_size, positions=self.dino.positions)

    def write(self, run: Any, *, output: Path, history: Path) -> None:
        """Write the adapter alone, what it belongs to, and the curves."""
        lora = self.section.lora
        description = AdapterDescription(
            backbone=self.dino.backbone,
            base_sha256=self.base["sha256"],
            targets=lora.targets,
            rank=lora.rank,
            alpha=lora.alpha,
            also=lora.also,
            trainable_parameters=self.trainable,
            manifest=self.galaxies.sha256,
            change=self.change,
            collapsed=self.collapsed,
        )
        save_adapter(output, self.kept, description)
        write_history(history, self.records, seed=self.section.seed)
        seconds = sum(record.seconds for record in self.records)
        record_cost("dino-lora", training_seconds=seconds)
        figures = {"training_seconds": seconds, "trainable_parameters": float(self.trainable)}
        run.summary({**self.change, **figures})
        run.outputs([output / "adapter.safetensors"])
