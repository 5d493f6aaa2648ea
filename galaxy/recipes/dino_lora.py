"""Fine-tunes a DINO backbone on the training galaxies, without their labels, with low-rank adapters."""

import copy
import shutil
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from timm.models.vision_transformer import VisionTransformer

from galaxy.counted import counted
from galaxy.features.change import embedding_change
from galaxy.models.adapter_file import TENSORS, AdapterDescription, check_saved, save_adapter
from galaxy.recipes.dino_build import backbone_of, make_step
from galaxy.recipes.dino_curves import dino_epoch_curves, dino_schedules, write_dino_history
from galaxy.recipes.dino_probe import probe_embeddings
from galaxy.recipes.tracker import NoTracker, Tracker
from galaxy.training.batches import batch_sizes
from galaxy.training.checkpoint import CheckpointFolder
from galaxy.training.collapse import collapse_reason
from galaxy.training.distributed import World
from galaxy.training.loop import fit
from galaxy.training.precision import Precision
from galaxy.training.seeding import make_deterministic
from galaxy.training.state_folder import folder_of, state_folder

_ALONE = World()
_NO_TRACKER = NoTracker()
_PROBED = 64  # training galaxies on which the embeddings before and after are compared


@dataclass(frozen=True, kw_only=True)
class Tuned:
    """Result of a fine-tuning.

    Attributes:
        seconds: Time of all updates, including those before a resumption.
        change: Distances by which fine-tuning moved the embeddings, by name of the measure.
        collapsed: Text that says how the self-distillation has collapsed; None if it has not collapsed.
    """

    seconds: float
    change: Mapping[str, float]
    collapsed: str | None


def finetune_lora(
    backbone: VisionTransformer,
    *,
    base: Mapping[str, Any],
    manifest: str,
    images: NDArray[np.uint8],
    rows: NDArray[np.int64],
    device: torch.device,
    state: Path,
    identity: Mapping[str, Any],
    output: Path,
    history: Path,
    interpolation: str,
    epochs: int,
    batch_size: int,
    seed: int,
    schedules: Mapping[str, Any],
    clip_norm: float | None,
    clip_per_tensor: bool,
    drop_last: bool,
    drop_path: float,
    student_temperature: float,
    center_momentum: float,
    freeze_last_layer: int,
    decay_last_layer: bool,
    keep: str,
    lora: Mapping[str, Any],
    head: Mapping[str, Any],
    head_learns: bool,
    crops: Mapping[str, Any],
    tracker: Tracker = _NO_TRACKER,
    world: World = _ALONE,
) -> Tuned | None:
    """Fine-tune a backbone and write the adapter and the learning curves.

    A run of the same `identity` that was stopped is resumed. The saved state is removed once the files have been
    written and read back.

    Args:
        backbone: The transformer, from `build_backbone`; adapters are attached to it.
        base: Identity of the backbone, from `build_backbone`.
        manifest: SHA-256 of the split manifest, which the adapter's description names.
        images: (N, s, s, 3) pixels, possibly a memory map.
        rows: (M,) rows of `images` to train on.
        device: Device of this process.
        state: Folder for unfinished trainings.
        identity: JSON values of everything that decides the result.
        output: Folder to write the adapter to.
        history: CSV file to write the curves to.
        interpolation: Interpolation of position embeddings, `timm` or `reference`.
        epochs: Number of passes over the galaxies.
        batch_size: Number of galaxies per update, over all processes.
        seed: Seed of everything that is drawn at random.
        schedules: Arguments of `dino_schedules` except `epochs`, `per_epoch` and `batch_size`.
        clip_norm: Largest Euclidean norm of the gradients; None does not clip.
        clip_per_tensor: Whether `clip_norm` applies to the gradient of each parameter, or to all of them together.
        drop_last: Whether galaxies that do not fill the last batch of an epoch are left out of it.
        drop_path: Rate of stochastic depth in the student's last block.
        student_temperature: Number by which the student's logits are divided.
        center_momentum: Momentum of the centre's moving average.
        freeze_last_layer: Number of epochs in which the head's last layer does not learn.
        decay_last_layer: Whether weight decay applies to the head's last layer.
        keep: Network whose adapter is written, `teacher` or `student`.
        lora: Arguments of `attach_adapters` except the seed.
        head: Arguments of `DinoHead` except the width and the seed.
        head_learns: Whether all parameters of the head are trained; otherwise only its biases are trained.
        crops: Arguments of `MultiCrop`.
        tracker: Receives learning curves and final figures.
        world: Processes that train together; only the leading one writes files.

    Returns:
        The result in the leading process, and None in the others.

    Raises:
        InputError: If adapters or crops do not fit, fine-tuning has changed nothing, or the disk is full.
        DivergedError: If a loss or a weight becomes infinite or NaN.
        Interrupted: If SIGTERM or Ctrl-C has come; the state has been saved.
    """
    make_deterministic()
    side, probed = crops["global_size"], images[rows[:_PROBED]]
    untuned = copy.deepcopy(backbone)
    backbone.to(device)
    before = probe_embeddings(backbone, probed, size=side, interpolation=interpolation)
    step, trainable = make_step(
        backbone,
        interpolation=interpolation,
        images=images,
        rows=rows,
        device=device,
        seed=seed,
        lora=lora,
        head=head,
        head_learns=head_learns,
        crops=crops,
        student_temperature=student_temperature,
        center_momentum=center_momentum,
        freeze_last_layer=freeze_last_layer,
        decay_last_layer=decay_last_layer,
        clip_each=clip_norm if clip_per_tensor else None,
        drop_path=drop_path,
    )
    per_epoch = len(batch_sizes(len(rows), batch_size, drop_last=drop_last))
    name = "dino-lora"
    folder_context = (
        state_folder(state, name, identity) if world.leads else nullcontext(folder_of(state, name, identity))
    )
    with folder_context as folder:
        world.wait()
        records = fit(
            step,
            items=len(rows),
            epochs=epochs,
            batch_size=batch_size,
            seed=seed,
            schedules=dino_schedules(epochs=epochs, per_epoch=per_epoch, batch_size=batch_size, **schedules),
            precision=Precision.of(device),
            clip_norm=None if clip_per_tensor else clip_norm,
            drop_last=drop_last,
            checkpoints=CheckpointFolder(folder),
            on_epoch=lambda record: tracker.log(dino_epoch_curves(record), step=record.epoch, seed=seed),
            title="DINO, LoRA",
            world=world,
        )
        if not world.leads:
            return None
        kept = backbone_of(step, keep)
        change = embedding_change(before, probe_embeddings(kept, probed, size=side, interpolation=interpolation))
        reason = collapse_reason(records[-1].train, prototypes=head["prototypes"])
        collapsed = reason and f"after {counted(len(records) * per_epoch, 'update')} {reason}"
        description = AdapterDescription(
            backbone=base["backbone"],
            base_sha256=base["sha256"],
            **lora,
            trainable_parameters=trainable,
            manifest=manifest,
            change=change,
            collapsed=collapsed,
        )
        shutil.rmtree(output, ignore_errors=True)  # left by an earlier run, because DVC does not remove this out
        save_adapter(output, kept, description)
        check_saved(output, kept, untuned)
        write_dino_history(history, records, seed=seed)
        seconds = sum(record.seconds for record in records)
        if collapsed:
            tracker.tags({"collapsed": collapsed})
        tracker.summary({**change, "training_seconds": seconds, "trainable_parameters": float(trainable)})
        tracker.outputs([output / TENSORS])
    return Tuned(seconds=seconds, change=change, collapsed=collapsed)
