"""Pretraining: the pictures on disk, and both kinds of training on them, including resumption."""

import errno
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from galaxy.errors import InputError
from galaxy.recipes.pretrain_dino import pretrain_dino
from galaxy.recipes.pretrain_pictures import PictureSet, open_pictures, write_fractals
from galaxy.recipes.pretrain_supervised import averaged, pretrain_supervised
from galaxy.recipes.pretrained import Pretrained, pretrain
from galaxy.training.dino_step import DinoStep
from galaxy.training.record import EpochRecord

FORMATS = (None, "float32", "bfloat16")
VGG = {"kind": "vgg", "channels": 4, "batch_norm": True, "grid": 1, "head": [], "dropout": 0.0}


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> PictureSet:
    folder = tmp_path_factory.mktemp("pictures")
    write_fractals(folder, classes=4, per_class=12, size=64, seed=3)
    return open_pictures(folder)


def _supervised(pictures: PictureSet, state: Path, **changes: Any) -> Pretrained:
    settings: dict[str, Any] = {
        "architecture": VGG,
        "size": 32,
        "classes": 4,
        "held_out": 8,
        "epochs": 2,
        "batch_size": 16,
        "lr": 1e-3,
        "weight_decay": 0.01,
        "warmup_epochs": 0.5,
        "label_smoothing": 0.0,
        "seed": 0,
        "device": torch.device("cpu"),
    }
    return pretrain_supervised(pictures, state=state, **{**settings, **changes})


def _dino(pictures: PictureSet, state: Path, **changes: Any) -> Pretrained:
    crops = {
        "augmentation": "galaxy",
        "global_size": 16,
        "global_scale": (0.5, 1.0),
        "local_count": 1,
        "local_size": 8,
        "local_scale": (0.2, 0.5),
    }
    settings: dict[str, Any] = {
        "backbone": "galaxy_vit_tiny_patch8_64",
        "count": 16,
        "crops": crops,
        "prototypes": 32,
        "hidden": 16,
        "bottleneck": 8,
        "epochs": 2,
        "batch_size": 8,
        "lr": 1e-3,
        "warmup_epochs": 0.0,
        "weight_decay": 0.04,
        "weight_decay_end": 0.2,
        "teacher_momentum": 0.5,
        "teacher_temperature": 0.04,
        "student_temperature": 0.1,
        "center_momentum": 0.9,
        "seed": 0,
        "device": torch.device("cpu"),
    }
    return pretrain_dino(pictures, state=state, **{**settings, **changes})


def test_averaging_keeps_means() -> None:
    images = torch.arange(4 * 4 * 3, dtype=torch.uint8).reshape(1, 4, 4, 3)
    small = averaged(lambda _: images, 2)(torch.tensor([0]))
    assert small.shape == (1, 2, 2, 3)
    assert small[0, 0, 0].tolist() == [round(float(v)) for v in images[0, :2, :2].float().mean(dim=(0, 1))]
    assert averaged(lambda _: images, 4)(torch.tensor([0])) is images


@pytest.mark.parametrize("train", [_supervised, _dino])
def test_a_stopped_training_ends_as_one_that_was_not(train: Any, pictures: PictureSet, tmp_path: Path) -> None:
    whole = train(pictures, tmp_path / "whole")

    def stop(record: EpochRecord) -> None:
        raise KeyboardInterrupt if record.epoch == 0 else AssertionError("stops after the first epoch")

    with pytest.raises(KeyboardInterrupt):
        train(pictures, tmp_path / "stopped", on_epoch=stop)
    resumed = train(pictures, tmp_path / "stopped")
    assert whole.tensors.keys() == resumed.tensors.keys()
    for name, tensor in whole.tensors.items():
        assert torch.equal(tensor, resumed.tensors[name]), name
    assert [record.epoch for record in resumed.records] == [0, 1]


@pytest.mark.parametrize("train", [_supervised, _dino])
def test_all_weights_learn_and_begin_where_they_are_told(train: Any, pictures: PictureSet, tmp_path: Path) -> None:
    first = train(pictures, tmp_path / "first", epochs=1)
    again = train(pictures, tmp_path / "again", epochs=1, start=first.tensors, lr=1e-9)
    other = train(pictures, tmp_path / "other", epochs=1)
    learning = [name for name, t in first.tensors.items() if t.is_floating_point() and "running" not in name]
    for name in learning:
        torch.testing.assert_close(again.tensors[name], first.tensors[name], atol=1e-5, rtol=1e-4)
        assert torch.equal(other.tensors[name], first.tensors[name])
    drawn = train(pictures, tmp_path / "drawn", epochs=1, lr=1e-9)
    changed = [name for name in learning if not torch.equal(drawn.tensors[name], first.tensors[name])]
    assert len(changed) > 0.9 * len(learning)


def test_bfloat16_rounds_products_and_keeps_the_weights_float32(pictures: PictureSet, tmp_path: Path) -> None:
    found = {name: _dino(pictures, tmp_path / str(name), epochs=1, number_format=name) for name in FORMATS}
    plain, exact, rounded = (found[name].tensors for name in FORMATS)
    assert all(torch.equal(plain[name], tensor) for name, tensor in exact.items())  # a CPU's choice is float32
    assert {tensor.dtype for tensor in rounded.values()} == {torch.float32}
    weight = "blocks.0.attn.qkv.weight"
    assert not torch.equal(rounded[weight], exact[weight])
    torch.testing.assert_close(rounded[weight], exact[weight], rtol=0, atol=0.01)


def test_what_the_classes_decide_stays_behind(pictures: PictureSet, tmp_path: Path) -> None:
    found = _supervised(pictures, tmp_path, epochs=1)
    assert all(name.startswith("features.") for name in found.tensors)
    assert set(found.records[0].validation) == {"loss", "accuracy"}
    few = pictures.images[pictures.labels < 4][:40] / 255.0
    np.testing.assert_allclose(found.mean, few.mean(axis=(0, 1, 2)), atol=1e-6)


def test_a_full_disk_is_said_before_anything_is_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("galaxy.reserved_memmap.os.posix_fallocate", full)
    with pytest.raises(InputError, match=r"images\.npy cannot be written \(No space left on device\).*make room"):
        write_fractals(tmp_path / "pictures", classes=2, per_class=2, size=32, seed=0)
    assert not list((tmp_path / "pictures").iterdir())


def test_weight_decay_reaches_the_head_s_last_layer(
    pictures: PictureSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The weights of the repository were trained so, with which the settings of the step must agree.
    steps: list[DinoStep] = []

    def keep(step: DinoStep, items: int, **given: Any) -> list[EpochRecord]:
        steps.append(step)
        return pretrain(step, items, **given)

    monkeypatch.setattr("galaxy.recipes.pretrain_dino.pretrain", keep)
    _dino(pictures, tmp_path, epochs=1)
    decayed, others = steps[0].groups()
    directions = dict(steps[0].student.named_parameters())["head.directions"]
    assert any(parameter is directions for parameter in decayed.parameters)
    assert all(parameter.ndim < 2 for parameter in others.parameters)
