"""Estimates of memory and disk, beside what the code really keeps."""

import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from galaxy.recipes.dino_build import build_backbone, make_step
from galaxy.training.distributed import World
from galaxy.training.precision import Precision
from galaxy.training.step import Moment
from galaxy.workbench import check_machine
from galaxy.workbench.check_machine import bytes_below, finetune_bytes, machine_problems

BACKBONE, CPU = "galaxy_vit_tiny_patch8_64", torch.device("cpu")


def settings(*, batch: int, targets: tuple[str, ...], prototypes: int) -> dict[str, Any]:
    finetune = SimpleNamespace(
        batch_size=batch,
        lora=SimpleNamespace(targets=targets),
        head=SimpleNamespace(prototypes=prototypes),
        crops=SimpleNamespace(global_size=64, local_size=32, local_count=4),
    )
    return {"dino": SimpleNamespace(backbone=BACKBONE), "dino_finetune": finetune}


def kept_bytes(precision: Precision, *, batch: int, targets: tuple[str, ...], prototypes: int) -> int:
    """The bytes of all tensors that autograd keeps of one step, but the parameters."""
    backbone, _ = build_backbone(BACKBONE, weights="random", seed=0, weights_folder=Path("none"))
    step, _ = make_step(
        backbone,
        interpolation="reference",
        images=np.zeros((batch, 64, 64, 3), dtype=np.uint8),
        rows=np.arange(batch),
        device=CPU,
        seed=0,
        lora={"targets": targets, "rank": 2, "alpha": 1.0, "also": ("bias",)},
        head={"prototypes": prototypes, "hidden": 16, "bottleneck": 8, "norm_last_layer": True},
        head_learns=True,
        crops={
            "augmentation": "reference",
            "global_size": 64,
            "global_scale": (0.4, 1.0),
            "local_count": 4,
            "local_size": 32,
            "local_scale": (0.1, 0.4),
        },
        student_temperature=0.1,
        center_momentum=0.9,
        freeze_last_layer=0,
        decay_last_layer=False,
        clip_each=None,
        drop_path=0.0,
    )
    known = {parameter.untyped_storage().data_ptr() for parameter in step.student.parameters()}
    kept: list[torch.Tensor] = []

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        kept.append(tensor)
        return tensor

    moment = Moment(0, 0, 0, batch, {"teacher_temperature": 0.04}, torch.Generator().manual_seed(0), World())
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor), precision.casting():
        step.loss(torch.arange(batch), moment)
    stored = {tensor.untyped_storage().data_ptr(): tensor.untyped_storage().nbytes() for tensor in kept}
    return sum(size for place, size in stored.items() if place not in known)


@pytest.mark.parametrize("targets", [("q", "v", "proj"), ("q", "fc1"), ("v", "proj", "fc1", "fc2")])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_memory_of_the_fine_tune_is_what_autograd_keeps(
    monkeypatch: pytest.MonkeyPatch, targets: tuple[str, ...], dtype: torch.dtype
) -> None:
    monkeypatch.setattr(check_machine, "_number_bytes", lambda: dtype.itemsize)
    precision = Precision(CPU, dtype)
    # The difference of two batches leaves out what does not grow with the batch, such as weights in bfloat16.
    small, large = (kept_bytes(precision, batch=n, targets=targets, prototypes=8192) for n in (2, 4))
    estimated = finetune_bytes(settings(batch=2, targets=targets, prototypes=8192))
    assert estimated == pytest.approx(large - small, rel=0.1)


def test_a_fine_tune_is_refused_where_its_memory_does_not_suffice(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sections = settings(batch=64, targets=("q", "v"), prototypes=65_536)
    needed = finetune_bytes(sections)
    monkeypatch.setattr(check_machine, "disk_needs", lambda _, **__: {})
    monkeypatch.setenv("GALAXY_DEVICE", "cpu")
    monkeypatch.setattr(check_machine, "_memory_bytes", lambda: needed)
    assert machine_problems(sections, tmp_path) == []
    monkeypatch.setattr(check_machine, "_memory_bytes", lambda: needed - 1)
    (line,) = machine_problems(sections, tmp_path)
    assert line.startswith(f"dino_finetune keeps about {needed / 1e9:.0f} GB for its backward pass")


def record_number_bytes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Let the check find enough disk and memory; return a list that gets the bytes of a number that it counts with."""
    given: list[int] = []

    def disk_needs(_: Any, *, number_bytes: int) -> dict[str, float]:
        given.append(number_bytes)
        return {}

    monkeypatch.setattr(check_machine, "disk_needs", disk_needs)
    monkeypatch.setattr(check_machine, "_memory_bytes", lambda: 0)
    return given


@pytest.mark.parametrize(
    ("asked", "capability", "expected"), [("cpu", (9, 0), 4), ("", (9, 0), 2), ("cuda", (8, 0), 2), ("cuda", (7, 5), 4)]
)
def test_disk_and_memory_are_counted_in_the_device_s_number_format(
    monkeypatch: pytest.MonkeyPatch, asked: str, capability: tuple[int, int], expected: int
) -> None:
    monkeypatch.setattr(check_machine, "has_nvidia_driver", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: capability)
    monkeypatch.setattr(torch.cuda, "get_arch_list", lambda: ["sm_75", "sm_80", "sm_90"])
    monkeypatch.setenv("GALAXY_DEVICE", asked)
    given = record_number_bytes(monkeypatch)
    sections = settings(batch=2, targets=("q", "v"), prototypes=64)
    machine_problems(sections, Path())
    assert given == [expected]
    kept = finetune_bytes(sections)
    monkeypatch.setattr(check_machine, "_number_bytes", lambda: expected)
    assert kept == finetune_bytes(sections)
    monkeypatch.setattr(check_machine, "_number_bytes", lambda: 6 - expected)
    assert kept != finetune_bytes(sections)


def test_the_number_format_of_a_gpu_that_torch_cannot_use_is_float32(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_machine, "has_nvidia_driver", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setenv("GALAXY_DEVICE", "cuda")
    given = record_number_bytes(monkeypatch)
    (line,) = machine_problems(settings(batch=2, targets=("q", "v"), prototypes=64), Path())
    assert "GALAXY_DEVICE" in line
    assert given == [4]


def test_a_file_that_has_several_names_is_counted_once(tmp_path: Path) -> None:
    for name in ("data", "downloads"):
        (tmp_path / name).mkdir()
    (tmp_path / "downloads" / "galaxies.h5").write_bytes(bytes(1000))
    (tmp_path / "data" / "galaxies.h5").hardlink_to(tmp_path / "downloads" / "galaxies.h5")
    (tmp_path / "data" / "again.h5").symlink_to(tmp_path / "downloads" / "galaxies.h5")
    (tmp_path / "data" / "other").write_bytes(bytes(10))
    assert bytes_below([tmp_path / "data", tmp_path / ".state", tmp_path / "downloads"]) == 1010


def test_a_file_that_is_removed_meanwhile_is_not_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "left").write_bytes(bytes(10))
    walk = os.walk

    def remove_after_listing(folder: Path) -> Iterator[tuple[str, list[str], list[str]]]:
        for place, folders, names in walk(folder):
            yield place, folders, [*names, "gone"]

    monkeypatch.setattr(os, "walk", remove_after_listing)
    assert bytes_below([tmp_path]) == 10
