import argparse
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from timm.models.vision_transformer import VisionTransformer
from torch import Tensor

from galaxy.errors import InputError
from galaxy.models.dino_backbone import create_backbone, normalisation
from galaxy.models.dino_weights import load_backbone_weights
from galaxy.models.own_weights import find_own_weights
from galaxy.models.state_digest import state_sha256

NAME = "test_vit"


@pytest.fixture(scope="module")
def wanted() -> dict[str, Tensor]:
    return create_backbone(NAME, seed=7).state_dict()


@pytest.fixture
def model() -> VisionTransformer:
    return create_backbone(NAME, seed=0)


def full_checkpoint(wanted: dict[str, Tensor]) -> dict[str, object]:
    """Return a checkpoint as the release writes it: student (with `module.`) and teacher, and the command line."""
    other = {name: tensor + 1 for name, tensor in wanted.items()}
    head = {"head.mlp.0.weight": torch.ones(2, 2), "head.last_layer.weight_v": torch.ones(2, 2)}
    student = {f"module.backbone.{name}": tensor for name, tensor in other.items()}
    teacher = {f"backbone.{name}": tensor for name, tensor in wanted.items()}
    return {
        "student": {**student, **{f"module.{name}": tensor for name, tensor in head.items()}},
        "teacher": {**teacher, **head},
        "optimizer": {"state": {}},
        "epoch": 100,
        "args": argparse.Namespace(arch="vit_tiny", lr=5e-4),
        "dino_loss": {"center": torch.zeros(1, 2)},
    }


@pytest.mark.parametrize(
    "layout", ["plain", "module", "backbone", "state_dict", "full", "student", "flat", "safetensors"]
)
def test_every_layout_gives_the_same_backbone(
    tmp_path: Path, model: VisionTransformer, wanted: dict[str, Tensor], layout: str
) -> None:
    path = tmp_path / ("weights.safetensors" if layout == "safetensors" else "weights.pth")
    contents: dict[str, object] = {
        "plain": wanted,
        "module": {f"module.{name}": tensor for name, tensor in wanted.items()},
        "backbone": {f"module.backbone.{name}": tensor for name, tensor in wanted.items()},
        "state_dict": {"state_dict": wanted},
        "full": full_checkpoint(wanted),
        "student": {"student": {f"module.backbone.{name}": tensor for name, tensor in wanted.items()}},
        "flat": {
            **{f"teacher.backbone.{name}": tensor for name, tensor in wanted.items()},
            **{f"student.backbone.{name}": tensor + 1 for name, tensor in wanted.items()},
            "teacher.head.mlp.0.weight": torch.ones(2, 2),
        },
    }
    if layout == "safetensors":
        save_file(wanted, path)
    else:
        torch.save(contents[layout], path)
    load_backbone_weights(model, NAME, str(path), folder=tmp_path)
    assert state_sha256(model.state_dict()) == state_sha256(wanted)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda state: state.pop("norm.bias"), "norm.bias is missing"),
        (lambda state: state.update({"head.weight": torch.ones(2, 2)}), "head.weight is foreign"),
        (lambda state: state.update({"pos_embed": torch.ones(1, 5, 64)}), "pos_embed is"),
    ],
)
def test_anything_left_over_missing_or_misshapen_is_loud_and_changes_nothing(
    tmp_path: Path, model: VisionTransformer, wanted: dict[str, Tensor], change: object, said: str
) -> None:
    state = dict(wanted)
    assert callable(change)
    change(state)
    torch.save(state, tmp_path / "weights.pth")
    before = state_sha256(model.state_dict())
    with pytest.raises(InputError, match=said):
        load_backbone_weights(model, NAME, str(tmp_path / "weights.pth"), folder=tmp_path)
    assert state_sha256(model.state_dict()) == before


@pytest.mark.parametrize("content", [b"row,label,ra\n0,1,2.5\n", b"q\x00text", b"(lp0\n", b"\x89PNG\r\n\x1a\n"])
def test_a_file_of_another_kind_is_one_line(tmp_path: Path, model: VisionTransformer, content: bytes) -> None:
    (tmp_path / "w.pth").write_bytes(content)
    with pytest.raises(InputError, match=r"w\.pth [^\n]+$"):
        load_backbone_weights(model, "vit_tiny_patch16_224", str(tmp_path / "w.pth"), folder=tmp_path)


def test_a_missing_and_a_damaged_file_are_one_line(tmp_path: Path, model: VisionTransformer) -> None:
    with pytest.raises(InputError, match="do not exist"):
        load_backbone_weights(model, NAME, str(tmp_path / "none.pth"), folder=tmp_path)
    (tmp_path / "bad.pth").write_bytes(b"\x80\x02nonsense")
    with pytest.raises(InputError, match="cannot be read"):
        load_backbone_weights(model, NAME, str(tmp_path / "bad.pth"), folder=tmp_path)


def test_a_teacher_that_holds_nan_is_refused(
    tmp_path: Path, model: VisionTransformer, wanted: dict[str, Tensor]
) -> None:
    diverged = {name: tensor * float("nan") for name, tensor in wanted.items()}
    torch.save(full_checkpoint(diverged), tmp_path / "full.pth")
    with pytest.raises(InputError, match=r"full\.pth hold NaN in \d+ tensors"):
        load_backbone_weights(model, NAME, str(tmp_path / "full.pth"), folder=tmp_path)


def test_a_pickle_that_would_run_code_is_refused(tmp_path: Path, model: VisionTransformer) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return (exec, ("raise SystemExit(3)",))

    torch.save({"teacher": Evil()}, tmp_path / "evil.pth")
    with pytest.raises(InputError, match="hold more than tensors, 'teacher' for one"):
        load_backbone_weights(model, NAME, str(tmp_path / "evil.pth"), folder=tmp_path)


def test_a_name_without_pretrained_weights_says_so(tmp_path: Path, model: VisionTransformer) -> None:
    with pytest.raises(InputError, match="no pretrained weights"):
        load_backbone_weights(model, "vit_giant_patch14_224", "pretrained", folder=tmp_path)


def test_published_weights_that_a_person_put_there(
    tmp_path: Path, model: VisionTransformer, wanted: dict[str, Tensor]
) -> None:
    """The published file also has the classifier, which is not used; all other tensors must fit."""
    classifier = {"head.weight": torch.ones(1000, 64), "head.bias": torch.ones(1000)}
    save_file({**wanted, **classifier}, tmp_path / "test_vit.r160_in1k.safetensors")
    load_backbone_weights(model, "test_vit.r160_in1k", "pretrained", folder=tmp_path)
    assert state_sha256(model.state_dict()) == state_sha256(wanted)
    missing = {name: tensor for name, tensor in wanted.items() if name != "norm.weight"}
    save_file(missing, tmp_path / "test_vit.r160_in1k.safetensors")
    with pytest.raises(InputError, match=r"norm\.weight"):
        load_backbone_weights(model, "test_vit.r160_in1k", "pretrained", folder=tmp_path)


def test_the_projects_own_file_by_its_path_also_sets_the_normalisation(tmp_path: Path) -> None:
    name = "galaxy_vit_tiny_patch8_64"
    own = find_own_weights("fractals", {"kind": "dino", "backbone": name})
    copy = shutil.copy(own.path, tmp_path / "mine.safetensors")
    by_name, by_path = create_backbone(name, seed=0), create_backbone(name, seed=0)
    load_backbone_weights(by_name, name, "fractals", folder=tmp_path)
    assert load_backbone_weights(by_path, name, str(copy), folder=tmp_path) == "checkpoint mine.safetensors"
    assert normalisation(by_path) == normalisation(by_name) == (own.mean, own.std)
    assert state_sha256(by_path.state_dict()) == state_sha256(by_name.state_dict())
