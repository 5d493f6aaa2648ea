"""Weights that come with the repository are found by the network that they fit, and refused when damaged."""

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from galaxy.errors import InputError
from galaxy.models.own_weights import SUMS, find_own_weights, list_own_weights
from galaxy.models.recorded_normalisation import recorded_normalisation
from galaxy.models.save_own_weights import save_own_weights

NETWORK = {"kind": "vgg", "depth": 11, "channels": 32}


OF_OTHERS = (
    "of another project",
    "[1, 2]",
    '{"mean": 0.5, "deviation": 0.2}',
    '{"mean": [0.5], "deviation": [0.2]}',
    '{"mean": [0.5, 0.5, 0.5], "deviation": [0.2, 0, 0.2]}',
    '{"mean": [0.5, NaN, 0.5], "deviation": [0.2, 0.2, 0.2]}',
    '{"mean": [0.5, 0.5, 0.5], "deviation": [0.2, NaN, Infinity]}',
    '{"mean": [123.7, 116.3, 103.5], "deviation": [58.4, 57.1, 57.4]}',
    f'{{"mean": [{"9" * 400}, 0.5, 0.5], "deviation": [0.2, 0.2, 0.2]}}',
    "[" * 100_000,
)
"""Descriptions of weights that other programs may have written."""


def _save(folder: Path, name: str = "first", **changes: Any) -> None:
    tensors = {"features.0.weight": torch.linspace(-1, 1, 10).view(2, 5), "count": torch.tensor(3)}
    description = {
        "weights": "fractals",
        "network": NETWORK,
        "mean": (0.25, 0.5, 0.75),
        "std": (0.1, 0.2, 0.3),
        "learnt_from": "ten pictures",
    }
    save_own_weights(folder, name, tensors, **{**description, **changes})


def test_what_was_saved_is_found(tmp_path: Path) -> None:
    _save(tmp_path)
    _save(tmp_path, "second", weights="rendered")
    own = find_own_weights("fractals", {**NETWORK, "freeze": 8, "head": [128]}, folder=tmp_path)
    assert (own.name, own.mean, own.std) == ("first", (0.25, 0.5, 0.75), (0.1, 0.2, 0.3))
    tensors = load_file(own.path)
    assert tensors["features.0.weight"].dtype == torch.float16
    torch.testing.assert_close(
        tensors["features.0.weight"].flatten().float(), torch.linspace(-1, 1, 10), atol=5e-4, rtol=0
    )
    assert tensors["count"] == 3
    assert find_own_weights("rendered", NETWORK, folder=tmp_path).name == "second"


def test_a_file_at_any_path_says_how_pixels_are_normalised(tmp_path: Path) -> None:
    _save(tmp_path)
    moved = (tmp_path / "first.safetensors").rename(tmp_path / "elsewhere.safetensors")
    assert recorded_normalisation(moved) == ((0.25, 0.5, 0.75), (0.1, 0.2, 0.3))
    save_file({"a": torch.zeros(1)}, tmp_path / "bare.safetensors")
    for number, text in enumerate(OF_OTHERS):
        save_file({"a": torch.zeros(1)}, tmp_path / f"{number}.safetensors", metadata={"description": text})
    torch.save({"a": torch.zeros(1)}, tmp_path / "torch.pth")
    others = [f"{number}.safetensors" for number in range(len(OF_OTHERS))]
    for name in ("bare.safetensors", "torch.pth", "absent.safetensors", *others):
        assert recorded_normalisation(tmp_path / name) is None, name


def test_the_same_weights_give_the_same_bytes(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        _save(tmp_path / folder)
    first, second = ((tmp_path / folder / "first.safetensors").read_bytes() for folder in ("a", "b"))
    assert first == second


def test_another_network_is_refused(tmp_path: Path) -> None:
    _save(tmp_path)
    with pytest.raises(InputError, match="fractals for the network kind vgg, depth 11, channels None; .*channels 32"):
        find_own_weights("fractals", {**NETWORK, "channels": None}, folder=tmp_path)
    with pytest.raises(InputError, match="network kind custom"):
        find_own_weights("fractals", {"kind": "custom"}, folder=tmp_path)
    with pytest.raises(InputError, match="there are for: none"):
        find_own_weights("rendered", NETWORK, folder=tmp_path)
    with pytest.raises(InputError, match="allowed are fractals, rendered"):
        find_own_weights("imagenet", NETWORK, folder=tmp_path)


def test_a_flipped_bit_is_refused(tmp_path: Path) -> None:
    _save(tmp_path)
    file = tmp_path / "first.safetensors"
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    with pytest.raises(InputError, match="damaged.*restore it from git"):
        find_own_weights("fractals", NETWORK, folder=tmp_path)


def test_a_missing_or_foreign_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=f"{SUMS} is missing"):
        list_own_weights(tmp_path)
    _save(tmp_path)
    (tmp_path / "first.safetensors").write_bytes(b"not tensors")
    with pytest.raises(InputError, match="not a file of the project's weights"):
        list_own_weights(tmp_path)
    (tmp_path / "first.safetensors").unlink()
    with pytest.raises(InputError, match="not a file of the project's weights"):
        list_own_weights(tmp_path)


def test_values_beyond_float16_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="float16 cannot hold"):
        save_own_weights(
            tmp_path,
            "large",
            {"w": torch.tensor([1e6])},
            weights="fractals",
            network=NETWORK,
            mean=[0.5],
            std=[0.5],
            learnt_from="",
        )
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("content", [b"", b"x\n", b"\xff\xfe\n", b"0" * 63 + b"  first.safetensors\n"])
def test_a_damaged_list_of_hashes_is_one_line(tmp_path: Path, content: bytes) -> None:
    _save(tmp_path)
    (tmp_path / SUMS).write_bytes(content)
    with pytest.raises(InputError, match="SHA256SUMS is not a list of hashes; restore it from git"):
        find_own_weights("fractals", NETWORK, folder=tmp_path)
