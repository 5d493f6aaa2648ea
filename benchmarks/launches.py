"""How many operators an update of the DINO fine-tune calls, each of which a GPU gets as one or more kernels.

    python -m benchmarks.launches

counts them on the CPU for the views and the adapters of the paper profile on a small backbone, operators that only
look at the same memory in another shape left out: all of the update, and of them those that make the views.
"""

from typing import Any

import numpy as np
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from benchmarks.rehearsal_table import protocol_sections
from galaxy.data.multicrop import MultiCrop
from galaxy.models.dino_backbone import create_backbone
from galaxy.recipes.dino_build import make_step
from galaxy.training.distributed import World
from galaxy.training.precision import Precision
from galaxy.training.schedules import constant
from galaxy.training.update import Updater

BATCH = 4


class Counter(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts operators that compute or copy."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.calls = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.calls += not func.is_view
        return func(*args, **(kwargs or {}))


def main() -> None:
    """Count and print."""
    section = protocol_sections()["dino_finetune"]
    given = section.arguments()
    crops = {**given["crops"], "global_size": 32, "local_size": 16}
    images = np.random.default_rng(0).integers(0, 256, (BATCH, 64, 64, 3), dtype=np.uint8)
    names = ("lora", "head_learns", "student_temperature", "center_momentum", "freeze_last_layer", "decay_last_layer")
    step, _ = make_step(
        create_backbone("vit_tiny_patch16_224", seed=0),
        interpolation="reference",
        images=images,
        rows=np.arange(BATCH),
        device=torch.device("cpu"),
        seed=0,
        head={**given["head"], "prototypes": 64, "hidden": 16, "bottleneck": 8},
        crops=crops,
        clip_each=given["clip_norm"],
        drop_path=given["drop_path"],
        **{name: given[name] for name in names},
    )
    schedules = {"lr": 1e-4, "weight_decay": 0.04, "teacher_momentum": 0.99, "teacher_temperature": 0.04}
    update = Updater(
        step,
        schedules={name: constant(value) for name, value in schedules.items()},
        seed=0,
        per_epoch=10,
        precision=Precision(torch.device("cpu")),
        betas=(0.9, 0.999),
        clip_norm=None,
        world=World(),
    )
    update(torch.arange(BATCH), epoch=1, number=0)  # the first one fills AdamW's state
    with Counter() as whole:
        update(torch.arange(BATCH), epoch=1, number=1)
    with Counter() as views:
        generator = torch.Generator().manual_seed(0)
        MultiCrop(**crops)(torch.from_numpy(images), items=BATCH, generator=generator, share=lambda rows: rows)
    print(f"an update: {whole.calls} operators, {views.calls} of them for the views")


if __name__ == "__main__":
    main()
