import argparse
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from galaxy.errors import InputError
from galaxy.models.read_checkpoint import read_checkpoint


class Harmful:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return print, ("code of a checkpoint was executed",)


WRAPPED: dict[str, Callable[[dict[str, torch.Tensor]], object]] = {
    "bare": lambda tensors: tensors,
    "state_dict": lambda tensors: {"state_dict": tensors},
    "model": lambda tensors: {"model": tensors, "epoch": 3},
    "torch's tutorial": lambda tensors: {
        "epoch": 3,
        "model_state_dict": tensors,
        "optimizer_state_dict": {"state": {}, "param_groups": [{"lr": 0.1}]},
        "loss": torch.tensor(0.5),
    },
    "DeepSpeed": lambda tensors: {"module": tensors, "dp_world_size": 1},
    "averaged weights": lambda tensors: {
        "ema": tensors,
        "model": {name: tensor + 1 for name, tensor in tensors.items()},
    },
    "averages that have not begun": lambda tensors: {
        "ema_state_dict": {},
        "ema": {"decay": 0.99, "updates": 0},
        "model": tensors,
    },
    "settings": lambda tensors: {"params": {"lr": 0.1, "epochs": 3}, "weights": tensors},
    "net": lambda tensors: {"net": tensors, "acc": 71.5, "epoch": 3},
    "one in another": lambda tensors: {"state_dict": {"model": tensors, "step": 3}, "epoch": 3},
    "timm's train.py": lambda tensors: {
        "epoch": 3,
        "arch": "resnet18",
        "state_dict": {name: tensor + 1 for name, tensor in tensors.items()},
        "state_dict_ema": tensors,
        "optimizer": {"state": {}, "param_groups": [{"lr": 0.1}]},
        "args": argparse.Namespace(model="resnet18"),
        "metric": np.float64(71.5),
    },
    "Lightning": lambda tensors: {
        "epoch": 3,
        "pytorch-lightning_version": "2.5.0",
        "state_dict": tensors,
        "callbacks": {"ModelCheckpoint": {"dirpath": Path("x"), "best_model_score": torch.tensor(0.5)}},
        "hyper_parameters": {"loss": Harmful()},
    },
}


@pytest.mark.parametrize("wrap", WRAPPED)
@pytest.mark.parametrize("prefix", ["", "module.", "_orig_mod.", "model._orig_mod.", "model.encoder.", "net."])
def test_checkpoints_of_whole_trainings_are_unpacked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], wrap: str, prefix: str
) -> None:
    torch.save(WRAPPED[wrap]({f"{prefix}a.b": torch.arange(3.0), f"{prefix}c": torch.ones(2)}), tmp_path / "w.ckpt")
    found = read_checkpoint(tmp_path / "w.ckpt")
    assert set(found) == {"a.b", "c"}
    assert torch.equal(found["a.b"], torch.arange(3.0))
    assert "executed" not in capsys.readouterr().out


def test_the_counter_beside_averaged_weights_is_left_out(tmp_path: Path) -> None:
    averaged = torch.optim.swa_utils.AveragedModel(torch.nn.Linear(2, 3))
    torch.save({"model": averaged.state_dict()}, tmp_path / "w.pth")
    assert set(read_checkpoint(tmp_path / "w.pth")) == {"weight", "bias"}
    torch.save({"n_averaged": torch.ones(1), "a": torch.ones(1)}, tmp_path / "w.pth")
    assert set(read_checkpoint(tmp_path / "w.pth")) == {"n_averaged", "a"}  # not an averaged network


def test_a_pickled_network_is_refused_with_what_to_do(tmp_path: Path) -> None:
    for content in (torch.nn.Linear(2, 2), {"model": torch.nn.Linear(2, 2), "epoch": 3}):
        torch.save(content, tmp_path / "w.pth")
        with pytest.raises(InputError, match=r"w\.pth hold a whole network, .*save its state_dict\(\) alone"):
            read_checkpoint(tmp_path / "w.pth")


def test_a_dictionary_that_contains_itself_is_refused(tmp_path: Path) -> None:
    content: dict[str, Any] = {"epoch": 3}
    content |= {"state_dict": content, "model": content}
    torch.save(content, tmp_path / "w.pth")
    with pytest.raises(InputError, match="hold more than tensors, 'epoch' for one"):
        read_checkpoint(tmp_path / "w.pth")


def test_what_wrappers_insert_into_names_is_removed(tmp_path: Path) -> None:
    inserted = ("_fsdp_wrapped_module.a.weight", "b._orig_mod.weight", "b._checkpoint_wrapped_module.0._orig_mod.bias")
    torch.save(dict.fromkeys(inserted, torch.ones(1)), tmp_path / "w.pth")
    assert list(read_checkpoint(tmp_path / "w.pth")) == ["a.weight", "b.weight", "b.0.bias"]


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty; copy the file again"),
        (
            b"\n<!DOCTYPE html><html>404</html>",
            "is a web page, not the file itself; download the file that the page offers",
        ),
        (b"\xef\xbb\xbf<html>404</html>", "is a web page, not the file itself; .*"),
        (b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', "is an XML document, .*; download .* again"),
        (b"version https://git-lfs.github.com/spec/v1\n", "is a pointer of Git LFS, .* git lfs pull"),
    ],
)
def test_what_was_saved_in_place_of_a_checkpoint_is_named(
    tmp_path: Path, suffix: str, content: bytes, said: str
) -> None:
    (tmp_path / f"w{suffix}").write_bytes(content)
    with pytest.raises(InputError, match=rf"w{suffix} {said}$"):
        read_checkpoint(tmp_path / f"w{suffix}")


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_any_other_bytes_are_one_line(tmp_path: Path, suffix: str) -> None:
    path, chance = tmp_path / f"w{suffix}", np.random.default_rng(0)
    starts = [b"row,label,ra,dec\n0,1,2.5,3.5\n", b"id;class\n", *(bytes([first]) for first in range(256))]
    for start in starts:  # each byte is an instruction of pickle, or none
        path.write_bytes(start + chance.bytes(30))
        with pytest.raises(InputError) as error:
            read_checkpoint(path)
        assert "\n" not in str(error.value)


@pytest.mark.parametrize("content", [b"lr: 3\n", b"\x80\x04\x95" + bytes(8)])
def test_another_file_is_named_without_torch_s_advice(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "w.pth").write_bytes(content)
    with pytest.raises(InputError, match=r"w\.pth cannot be read as tensors .*or save .* with torch.save") as error:
        read_checkpoint(tmp_path / "w.pth")
    assert "weights_only" not in str(error.value)


def test_a_program_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "w.pt", "w") as archive:
        archive.writestr("w/constants.pkl", pickle.dumps(()))
        archive.writestr("w/data.pkl", pickle.dumps({}))
        archive.writestr("w/version", "3\n")
    with pytest.raises(InputError, match=r"w\.pt hold a TorchScript program, .* state_dict\(\) alone"):
        read_checkpoint(tmp_path / "w.pt")


def test_safetensors_are_read(tmp_path: Path) -> None:
    save_file({"a": torch.arange(3.0)}, tmp_path / "w.safetensors")
    assert torch.equal(read_checkpoint(tmp_path / "w.safetensors")["a"], torch.arange(3.0))


@pytest.mark.parametrize("kind", ["harmful", "text", "empty", "cut", "number", "missing"])
def test_other_files_are_refused_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str) -> None:
    path = tmp_path / "w.pth"
    torch.save({"a": torch.arange(300.0), **({"b": Harmful()} if kind == "harmful" else {})}, path)
    if kind == "text":
        path.write_text("no checkpoint")
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "cut":
        path.write_bytes(path.read_bytes()[:-200])
    elif kind == "number":
        torch.save({"a": torch.ones(1), "epoch": 3}, path)
    elif kind == "missing":
        path.unlink()
    with pytest.raises(InputError, match=r"w\.pth") as caught:
        read_checkpoint(path)
    assert str(caught.value).isprintable()
    assert "executed" not in capsys.readouterr().out


@pytest.mark.parametrize(("content", "kind"), [([torch.zeros(2)], "list"), ({}, "nothing"), (torch.zeros(2), "Tensor")])
def test_files_without_tensors_by_name_are_refused_with_what_to_do(tmp_path: Path, content: object, kind: str) -> None:
    torch.save(content, tmp_path / "w.pth")
    with pytest.raises(InputError, match=rf"hold {kind} instead of tensors by name; save a network's state_dict\(\)"):
        read_checkpoint(tmp_path / "w.pth")


def test_weights_of_a_training_that_diverged_are_refused(tmp_path: Path) -> None:
    masked = torch.tensor([0.0, -torch.inf])  # as attention masks have it
    torch.save({"a": torch.tensor([1.0, torch.nan]), "b": masked, "c": torch.tensor([3])}, tmp_path / "w.pth")
    with pytest.raises(InputError, match=r"w\.pth hold NaN in 1 tensor, 'a' for one, .*; give a checkpoint"):
        read_checkpoint(tmp_path / "w.pth")
    torch.save({"b": masked, "c": torch.tensor([3])}, tmp_path / "w.pth")
    assert read_checkpoint(tmp_path / "w.pth").keys() == {"b", "c"}
