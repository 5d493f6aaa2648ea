"""Everything that the settings need from the network is requested, and failures are named at the end."""

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from galaxy.errors import InputError
from galaxy.workbench import fetch as module
from galaxy.workbench.fetch import fetch
from galaxy.workbench.params_error import ParamsError

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """Replace the functions that fetch, and return the list of names that they are called with."""
    found: list[str] = []

    def vgg(depth: int, *, batch_norm: bool, folder: Path) -> Path:
        found.append(f"vgg{depth}")
        return folder / f"vgg{depth}.pth"

    def timm(name: str, *, folder: Path) -> Path:
        found.append(name)
        if "resnet" in name:
            raise InputError(f"timm's weights of {name} cannot be fetched")
        return folder / f"{name}.safetensors"

    def data(place: Path, *, progress: bool) -> None:
        found.append(place.name)

    monkeypatch.setenv("DVC_ROOT", str(tmp_path))
    monkeypatch.delenv("GALAXY10_FILE", raising=False)
    monkeypatch.setattr("galaxy.recipes.vgg_weights.vgg_checkpoint", vgg)
    monkeypatch.setattr("galaxy.models.timm_weights.timm_checkpoint", timm)
    monkeypatch.setattr(module, "fetch_galaxy10", data)
    return found


def _params(folder: Path, **changes: Any) -> Path:
    content = YAML(typ="safe").load((ROOT / "params.yaml").read_text())
    content["download"]["source"] = changes.pop("source", "rendered")
    content["dino"]["weights"] = changes.pop("dino", "random")
    content["dino"]["backbone"] = "vit_small_patch16_224.dino"
    content["models"] = changes.pop("models", {"a": {"kind": "custom"}})
    with (folder / "params.yaml").open("w") as file:
        YAML().dump(content, file)
    return folder / "params.yaml"


def test_nothing_is_fetched_that_is_not_named(tmp_path: Path, asked: list[str]) -> None:
    fetch(_params(tmp_path), say=lambda _: None)
    assert asked == []


def test_everything_is_fetched_and_failures_are_named_at_the_end(tmp_path: Path, asked: list[str]) -> None:
    rows = {
        "deep": {"kind": "vgg", "weights": "imagenet"},
        "shallow": {"kind": "vgg", "weights": "imagenet", "freeze": 8},
        "res": {"kind": "timm", "name": "resnet18.a1_in1k", "weights": "pretrained"},
        "own": {"kind": "custom", "weights": "imagenet"},
        "plain": {"kind": "vgg"},
    }
    lines: list[str] = []
    expected = r"weights of res: timm's weights of resnet18.*; weights of own: there are no published"
    with pytest.raises(ParamsError, match=expected):
        fetch(_params(tmp_path, source="galaxy10", dino="pretrained", models=rows), say=lines.append)
    assert asked == ["Galaxy10_DECals.h5", "vgg11", "resnet18.a1_in1k", "vit_small_patch16_224.dino"]
    assert lines == [
        f"Galaxy10 DECaLS: {tmp_path}/downloads/Galaxy10_DECals.h5",
        f"weights of deep, shallow: {tmp_path}/weights/vgg11.pth",
        f"weights of dino: {tmp_path}/weights/vit_small_patch16_224.dino.safetensors",
    ]


def test_a_stopped_download_of_weights_says_how_to_go_on(
    tmp_path: Path, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object, **__: object) -> None:
        asked.append("stopped")
        raise KeyboardInterrupt

    monkeypatch.setattr("galaxy.recipes.vgg_weights.vgg_checkpoint", stop)
    path = _params(tmp_path, models={"deep": {"kind": "vgg", "weights": "imagenet"}})
    with pytest.raises(KeyboardInterrupt, match="the download of the weights of deep was stopped; run the same"):
        fetch(path, say=lambda _: None)
    assert asked == ["stopped"]


def test_an_incomplete_file_in_the_place_of_the_data_is_named(tmp_path: Path, asked: list[str]) -> None:
    (tmp_path / "downloads").mkdir()
    (tmp_path / "downloads" / "Galaxy10_DECals.h5").write_bytes(b"short")
    with pytest.raises(InputError, match=r"has 5 bytes, not 2735267419; remove it and run again"):
        fetch(_params(tmp_path, source="galaxy10"), say=lambda _: None)
    assert asked == []


def test_an_incomplete_file_that_a_person_names_is_not_to_be_removed(
    tmp_path: Path, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own.h5").write_bytes(b"short")
    monkeypatch.setenv("GALAXY10_FILE", str(tmp_path / "own.h5"))
    with pytest.raises(InputError, match=r"has 5 bytes, not 2735267419; give GALAXY10_FILE the path of the whole file"):
        fetch(_params(tmp_path, source="galaxy10"), say=lambda _: None)
    assert (tmp_path / "own.h5").exists()
    assert asked == []
