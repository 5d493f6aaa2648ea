"""Composition of stage `dino-finetune-lora`: student, teacher, crops, loop and files."""

import os
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from galaxy.atomic import write_text
from galaxy.data.manifest import read_manifest
from galaxy.data.multicrop import MultiCrop
from galaxy.data.store import IMAGES, open_store
from galaxy.device import pick_device
from galaxy.digest import file_sha256
from galaxy.errors import InputError
from galaxy.features.change import embedding_change
from galaxy.features.preparation import Preparation
from galaxy.models.adapter_file import AdapterDescription, save_adapter
from galaxy.models.dino_backbone import check_size, cls_tokens
from galaxy.models.dino_head import DinoHead
from galaxy.models.dino_network import DinoNetwork
from galaxy.models.lora import attach_adapters
from galaxy.models.normalise import IMAGENET_DEVIATION, IMAGENET_MEAN
from galaxy.training.batches import batch_sizes
from galaxy.training.checkpoint import Checkpoints
from galaxy.training.code_digest import code_sha256
from galaxy.training.collapse import collapse_reason
from galaxy.training.dino_step import DinoStep
from galaxy.training.distributed import World, device_of
from galaxy.training.loop import fit
from galaxy.training.precision import Precision
from galaxy.training.record import EpochRecord
from galaxy.training.seeding import derive_seed, make_deterministic
from galaxy.training.sources import array_source
from galaxy.training.state_folder import folder_of, state_folder
from stages.dino_build import build_backbone
from stages.dino_finetune_section import FinetuneSection
from stages.dino_schedules import schedules
from stages.dino_section import DinoSection

_ALONE = World()
_WATCHED = 64  # training galaxies on which tuned and untuned embeddings are compared
_METRICS = ("loss", "teacher_entropy", "marginal_entropy", "spread")


class Tuning:
    """One run of the stage."""

    def __init__(self, dino: DinoSection, section: FinetuneSection, *, manifest: Path, store: Path) -> None:
        self.dino, self.section = dino, section
        self.galaxies, self.store = read_manifest(manifest), open_store(store)
        self.device = device_of(pick_device(os.environ.get("GALAXY_DEVICE")))
        self.rows = self._choose_rows()
        self.backbone, self.base = build_backbone(dino)
        for size in (section.crops.global_size, section.crops.local_size):
            check_size(self.backbone, size)
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
        wanted = len(train) if section.images is None else min(section.images, len(train))
        if section.batch_size > wanted:
            raise InputError(f"dino_finetune.batch_size is {section.batch_size}; there are {wanted} training galaxies")
        chosen = np.random.default_rng(section.seed).permutation(len(train))[:wanted]
        return self.store.rows_of(train.id[np.sort(chosen)])

    def _make_step(self) -> DinoStep:
        section, seed = self.section, self.section.seed
        self.trainable = attach_adapters(
            self.backbone,
            targets=section.lora.targets,
            rank=section.lora.rank,
            alpha=section.lora.alpha,
            seed=derive_seed("adapters", seed),
            also=section.lora.also,
        )
        head = DinoHead(
            self.backbone.embed_dim,
            prototypes=section.head.prototypes,
            hidden=section.head.hidden,
            bottleneck=section.head.bottleneck,
            norm_last_layer=section.head.norm_last_layer,
            seed=derive_seed("head", seed),
        )
        if not section.head.learns:
            head.requires_grad_(requires_grad=False)
        mean, deviation = (
            torch.tensor(v, device=self.device).view(1, 3, 1, 1) for v in (IMAGENET_MEAN, IMAGENET_DEVIATION)
        )
        return DinoStep(
            DinoNetwork(self.backbone, head).to(self.device),
            last_layer="head.directions",
            source=array_source(self.store.images, self.rows, self.device),
            crops=MultiCrop(section.crops.augmentation, **section.crops.model_dump(exclude={"augmentation"})),
            normalise=lambda view: (view - mean) / deviation,
            prototypes=section.head.prototypes,
            student_temperature=section.student_temperature,
            center_momentum=section.center_momentum,
            freeze_last_layer=section.head.freeze_last_layer,
        )

    def train(self, run: Any, *, state: Path, world: World = _ALONE) -> None:
        """Tune, resuming from `state` where a run of the same identity was stopped.

        Args:
            run: Where curves go.
            state: The ignored folder for unfinished trainings.
            world: The processes that tune together; the one that leads logs and keeps state.
        """
        make_deterministic()
        section = self.section
        self.backbone.to(self.device)
        before = self._watch(self.backbone)
        step = self._make_step()
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
                on_epoch=lambda record: run.log(_curves(record), step=record.epoch, seed=section.seed),
                title="DINO, LoRA",
                world=world,
            )
        if not world.leads:
            return
        kept = step.teacher if section.keep == "teacher" else step.student
        if not isinstance(kept, DinoNetwork):
            raise TypeError(f"the step holds {type(kept).__name__}, not the network that it was given")
        self.kept = kept.backbone
        self.change = embedding_change(before, self._watch(self.kept))
        reason = collapse_reason(self.records[-1].train, prototypes=section.head.prototypes)
        if reason:
            print(f"dino-finetune-lora: the self-distillation has collapsed: {reason}", file=sys.stderr)
            run.tags({"collapsed": reason})

    @torch.inference_mode()
    def _watch(self, backbone: Any) -> Any:
        prepare = Preparation(
            size=self.section.crops.global_size,
            crop=None,
            resampling="bicubic",
            mean=IMAGENET_MEAN,
            deviation=IMAGENET_DEVIATION,
        )
        images: Tensor = torch.from_numpy(self.store.images[self.rows[:_WATCHED]]).to(self.device)
        tokens = cls_tokens(backbone.eval(), prepare(images), blocks=min(4, len(backbone.blocks)))
        return tokens.float().cpu().numpy()

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
        )
        save_adapter(output, self.kept, description)
        lines = [",".join(["seed,epoch", *(f"train_{name}" for name in _METRICS), "learning_rate"])]
        for record in self.records:
            values = [*(record.train[name] for name in _METRICS), record.values["lr"]]
            lines.append(",".join([str(self.section.seed), str(record.epoch), *(f"{value:.7g}" for value in values)]))
        write_text(history, "\n".join(lines) + "\n")
        run.summary({**self.change, "trainable_parameters": float(self.trainable)})
        run.outputs([output / "adapter.safetensors"])


def _curves(record: EpochRecord) -> dict[str, float]:
    values = {f"train_{name}": record.train[name] for name in _METRICS}
    values |= {"learning_rate": record.values["lr"], "teacher_momentum": record.values["teacher_momentum"]}
    return values | {"images_per_second": record.items_per_second, "memory_mib": record.memory_bytes / 2**20}
