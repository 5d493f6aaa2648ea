"""The files of a fine-tuning, and the parameters that it trains."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from galaxy.data.manifest import read_manifest
from galaxy.errors import InputError
from galaxy.features.embeddings_file import load_embeddings
from galaxy.features.preparation import Preparation
from galaxy.models.adapter_file import merge_saved, save_adapter
from galaxy.models.dino_backbone import cls_attention, cls_tokens, normalisation
from galaxy.models.lora import attach_adapters
from galaxy.models.position_embeddings import fix_positions
from galaxy.npz import read_npz
from galaxy.recipes import dino_build, dino_lora
from galaxy.recipes.dino_build import build_backbone
from galaxy.recipes.dino_probe import probe_embeddings
from galaxy.training.dino_step import DinoStep
from tests.stages.branch import Notes, folder, notes, run_embed, settings, tune, write_params

__all__ = ["folder", "notes"]  # fixtures


def test_tuning_changes_the_embeddings_and_says_by_how_much(folder: Path, notes: Notes) -> None:
    adapter = tune(folder)
    assert len(notes.logged) == 2
    assert {"train_loss", "train_teacher_entropy", "train_spread", "images_per_second"} <= notes.logged[0].keys()
    assert notes.said["trainable_parameters"] == 6 * 3 * 2 * 8 * 64
    assert not any(path.is_dir() for path in (folder / ".state" / "training").iterdir())
    assert sorted(path.name for path in adapter.iterdir()) == ["adapter.json", "adapter.safetensors"]
    content = json.loads((adapter / "adapter.json").read_text(encoding="utf-8"))
    assert content["trainable_parameters"] == 6 * 3 * 2 * 8 * 64
    assert content["change"]["relative_change"] > 0
    lines = (folder / "dino-lora.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("seed,epoch,train_loss,train_teacher_entropy")
    assert len(lines) == 3
    plain = load_embeddings(run_embed(folder, "dino", "plain.npz", attention=folder / "plain-a.npz"))
    tuned = load_embeddings(
        run_embed(folder, "dino-lora", "tuned.npz", adapter=adapter, attention=folder / "tuned-a.npz")
    )
    assert np.abs(plain.embedding - tuned.embedding).max() > 1e-4
    assert tuned.source["change"] == content["change"]
    assert tuned.source["collapsed"] == content["collapsed"] == notes.said.get("collapsed")
    with np.load(folder / "plain-a.npz") as one, np.load(folder / "tuned-a.npz") as other:
        np.testing.assert_array_equal(one["id"], other["id"])
        assert one["attention"].shape == (3, 2, 2, 2)
        assert not np.array_equal(one["attention"], other["attention"])
    again = tune(folder, "again")
    assert (again / "adapter.safetensors").read_bytes() == (adapter / "adapter.safetensors").read_bytes()


def test_a_collapsed_run_says_so(folder: Path, notes: Notes, capfd: pytest.CaptureFixture[str]) -> None:
    write_params(folder, dino_finetune__teacher_temperature=100.0, dino_finetune__teacher_temperature_start=100.0)
    adapter = tune(folder)
    said = "after 4 updates the teacher's outputs are uniform"
    written = capfd.readouterr().err
    assert "dino-finetune-lora: training on " in written
    assert f"the self-distillation has collapsed: {said}" in written
    assert notes.said["collapsed"].startswith(said)
    source = load_embeddings(run_embed(folder, "dino-lora", "tuned.npz", adapter=adapter)).source
    assert source["collapsed"] == notes.said["collapsed"]


def test_maps_and_embeddings_come_from_the_same_merged_model(folder: Path) -> None:
    adapter = tune(folder)
    path = run_embed(folder, "dino-lora", "tuned.npz", adapter=adapter, attention=folder / "maps.npz")
    backbone, _ = build_backbone("test_vit", weights="random", seed=0, weights_folder=folder)
    merge_saved(backbone, adapter, manifest=read_manifest(folder / "manifest.csv").sha256)
    fix_positions(backbone, size=32, method="timm")
    maps: dict[str, Any] = read_npz(folder / "maps.npz", ("id", "image", "attention"), writer="embed")
    mean, std = normalisation(backbone)
    prepare = Preparation(size=32, crop=None, resampling="bicubic", mean=mean, std=std)
    pixels = prepare(torch.from_numpy(maps["image"]))
    with torch.inference_mode():
        attention, tokens = cls_attention(backbone, pixels), cls_tokens(backbone, pixels, blocks=2)
    np.testing.assert_allclose(maps["attention"], attention.numpy(), rtol=0, atol=1e-6)
    given = load_embeddings(path)
    np.testing.assert_allclose(given.of(maps["id"], manifest=given.manifest), tokens.numpy(), rtol=0, atol=1e-5)


def test_an_adapter_over_other_weights_is_refused(folder: Path) -> None:
    adapter = tune(folder)
    write_params(folder, dino__seed=5)
    with pytest.raises(InputError, match="run the fine-tuning again"):
        run_embed(folder, "dino-lora", "tuned.npz", adapter=adapter)
    assert not (folder / "tuned.npz").exists()


def test_an_adapter_tuned_on_another_split_is_refused(folder: Path) -> None:
    adapter = tune(folder)
    text = (folder / "manifest.csv").read_text(encoding="utf-8")
    (folder / "manifest.csv").write_text(text.replace(",test", ",train", 1), encoding="utf-8")
    with pytest.raises(
        InputError, match=r"\A[^\n]* split manifest [0-9a-f]{12}, not of this one, [^\n]*run the fine-tuning again\Z"
    ):
        run_embed(folder, "dino-lora", "tuned.npz", adapter=adapter)
    assert not (folder / "tuned.npz").exists()


def test_embedding_computes_in_whole_float32_and_deterministically(folder: Path) -> None:
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = True
    torch.set_deterministic_debug_mode("default")
    run_embed(folder, "dino", "plain.npz")
    assert not torch.backends.cudnn.allow_tf32
    assert not torch.backends.cuda.matmul.allow_tf32
    assert torch.are_deterministic_algorithms_enabled()


def test_positions_count_in_tuning(folder: Path) -> None:
    timm = tune(folder, "timm")
    write_params(folder, dino__positions="reference")
    reference = tune(folder, "reference")
    pixels = np.load(folder / "store" / "images.npy")[:4]
    backbone, _ = build_backbone("test_vit", weights="random", seed=0, weights_folder=folder)
    one, other = (probe_embeddings(backbone, pixels, size=48, interpolation=name) for name in ("timm", "reference"))
    assert not np.array_equal(one, other)
    assert backbone.patch_embed.grid_size == (10, 10)
    assert (reference / "adapter.safetensors").read_bytes() != (timm / "adapter.safetensors").read_bytes()


def test_adapters_and_head_learn_and_nothing_else(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[DinoStep, dict[str, torch.Tensor]]] = []

    def make_step(*arguments: Any, **settings: Any) -> tuple[DinoStep, int]:
        step, count = dino_build.make_step(*arguments, **settings)
        seen.append((step, {name: p.detach().clone() for name, p in step.student.named_parameters()}))
        return step, count

    monkeypatch.setattr(dino_lora, "make_step", make_step)
    write_params(folder, dino_finetune__lora={"targets": ["q", "fc1"], "rank": 2, "alpha": 2.0, "also": ["norm1"]})
    tune(folder)
    ((step, before),) = seen
    for name, parameter in step.student.named_parameters():
        learns = any(part in name for part in (".down.", ".up.", "norm1", "head.mlp", "head.directions"))
        assert torch.equal(parameter, before[name]) != learns, name
        assert torch.equal(step.teacher.get_parameter(name), before[name]) != learns, name


@pytest.mark.parametrize("keep", ["teacher", "student"])
@pytest.mark.parametrize("also", [[], ["bias"], ["norm"], ["bias", "norm1.weight"]])
def test_all_that_was_tuned_is_saved_whoever_is_kept(folder: Path, keep: str, also: list[str]) -> None:
    lora: dict[str, Any] = {"targets": ["q", "v", "proj"], "rank": 2, "alpha": 1.0, "also": also}
    write_params(folder, dino_finetune__keep=keep, dino_finetune__lora=lora)
    adapter = tune(folder)
    saved = load_file(adapter / "adapter.safetensors")
    expected, _ = build_backbone("test_vit", weights="random", seed=0, weights_folder=folder)
    attach_adapters(expected, **lora, seed=0)
    assert saved.keys() == {name for name, parameter in expected.named_parameters() if parameter.requires_grad}
    assert (
        sum(tensor.size for tensor in saved.values())
        == json.loads((adapter / "adapter.json").read_text())["trainable_parameters"]
    )
    for name, tensor in saved.items():
        assert not np.array_equal(tensor, expected.get_parameter(name).detach().numpy()), f"{name} has not learnt"
    assert load_embeddings(run_embed(folder, "dino-lora", "tuned.npz", adapter=adapter)).embedding.any()


def test_the_state_stays_until_the_adapter_has_been_read_back(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def damaged(output: Path, model: Any, description: Any) -> None:
        save_adapter(output, model, description)
        tensors = output / "adapter.safetensors"
        tensors.write_bytes(tensors.read_bytes()[:-4] + bytes(4))

    with monkeypatch.context() as patch:
        patch.setattr(dino_lora, "save_adapter", damaged)
        with pytest.raises(InputError, match="is damaged"):
            tune(folder)
    assert any(path.is_dir() for path in (folder / ".state" / "training").iterdir())
    monkeypatch.setattr(DinoStep, "loss", None)
    assert (tune(folder) / "adapter.json").exists()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"dino_finetune__batch_size": 31, "dino_finetune__images": None}, "must be at most 30"),
        ({"dino_finetune__images": 4}, "images is 4"),
        ({"dino_finetune__images": 40}, "dino_finetune.images is 40; it must be at most 30"),
        ({"dino_finetune__lora": {"targets": ["q"], "rank": 1, "alpha": 1.0, "also": [""]}}, r"also.0"),
        (
            {"dino_finetune__head": settings()["dino_finetune"]["head"] | {"freeze_last_layer": 2}},
            "freeze_last_layer is 2; it must be less than epochs, which is 2",
        ),
        ({"dino_finetune__warmup_epochs": 2}, "warmup_epochs"),
        ({"dino_finetune__lr": -1.0}, "dino_finetune.lr"),
        ({"dino_finetune__lora": {"targets": ["q"], "rank": 65, "alpha": 1.0, "also": []}}, "must be between 1 and 64"),
        ({"dino_finetune__lora": {"targets": ["z"], "rank": 1, "alpha": 1.0, "also": []}}, "targets"),
    ],
)
def test_bad_settings_of_tuning_are_one_line(folder: Path, changes: dict[str, Any], said: str) -> None:
    write_params(folder, **changes)
    with pytest.raises(InputError, match=said) as caught:
        tune(folder)
    assert "\n" not in str(caught.value)
    assert not (folder / "dino-lora").exists()
