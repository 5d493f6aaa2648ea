"""Each bad value of params.yaml gives one line that names the key, the value and what is allowed."""

import re
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import h5py
import numpy as np
import pytest
import torch
from ruamel.yaml import YAML
from safetensors.torch import save_file
from typer.testing import CliRunner

from galaxy.cli import app
from galaxy.data.fetch import galaxy10
from galaxy.data.manifest import Manifest, galaxy_ids, write_manifest
from galaxy.digest import file_sha256
from galaxy.errors import InputError
from galaxy.workbench.check import check_params, section_kinds
from galaxy.workbench.check_data import source_problems
from galaxy.workbench.disk_needs import disk_needs, frozen_values, vgg_parameters
from galaxy.workbench.input_records import write_records
from galaxy.workbench.params_error import ParamsError
from galaxy.workbench.params_file import load_params, validated

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def _a_large_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that suffices for all parameters, because a full one would be named as well."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=10**12))


def write(folder: Path, changes: dict[str, Any]) -> Path:
    """params.yaml as committed, with values at dotted keys replaced."""
    params: Any = YAML(typ="safe", pure=True).load(ROOT / "params.yaml")
    for dotted, value in changes.items():
        *parents, key = dotted.split(".")
        section = params
        for parent in parents:
            section = section[parent]
        section[key] = value
    path = folder / "params.yaml"
    YAML().dump(params, path)
    return path


def test_the_committed_file_and_the_paper_profile_are_right(tmp_path: Path) -> None:
    path = write(tmp_path, {})
    check_params(path)
    assert CliRunner().invoke(app, ["profile", "paper", "--params", str(path)]).exit_code == 0
    check_params(path, environment=False)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"train.lr": -1}, "train.lr is -1: input should be greater than 0"),
        ({"train.lr": "fast"}, 'train.lr is "fast": input should be a valid number'),
        ({"train.epochs": 0}, "train.epochs is 0: input should be greater than or equal to 1"),
        ({"train.epoch": 3}, "unknown key 'train.epoch'"),
        ({"train.lr_min": 1.0}, "lr_min is 1; it must be at most lr, which is 0.0005"),
        ({"split.size": 7}, "split.size is 7: input should be greater than or equal to 8"),
        ({"split.size": 16}, "models.vgg11-scratch cannot take images of 16 px: give split.size 32 or more"),
        ({"split.size": 129}, "split.size is 129; it must be at most 128"),
        ({"split.crop": 300}, "split.crop is 300; it must be at most 256"),
        ({"download.source": "galaxy10", "split.crop": 300}, "split.crop is 300; it must be at most 256"),
        ({"embed.crop": 65}, "embed.crop is 65; it must be at most split.size, which is 64"),
        ({"models": {}}, "models is empty"),
        ({"models": {"../x": {"kind": "custom"}}}, "a row is named by a letter, then letters, digits, - and _"),
        ({"models": {"18": {"kind": "custom"}}}, "call it 'row-18'"),
        ({"models": {True: {"kind": "custom"}}}, "models has True; a row is named by a letter"),
        ({"models": {"x" * 101: {"kind": "custom"}}}, "of 101 letters; a row's name has at most 100: shorten it"),
        ({"models": {"resnet18.a1_in1k": {"kind": "custom"}}}, "call it 'resnet18-a1_in1k'"),
        ({"models": {"x-kmeans": {"kind": "custom"}}}, "a name that the pipeline uses itself"),
        ({"models.custom": {"kind": "costum"}}, "costum"),
        ({"models.custom.blocks": [1] * 6}, "models.custom cannot take images of 64 px: give split.size 128 or more"),
        ({"models.custom.channels": 10**9}, "models.custom.channels is 1000000000"),
        ({"models.vgg11-deep.freeze": 6}, "freeze 6 and reinit 4 name more than the 8 convolutions of VGG11"),
        ({"models.new": {"kind": "timm", "name": "resnet81"}}, "timm has no model 'resnet81'; similar names: resnet"),
        ({"dino_finetune.lr_min": 1.0}, "lr_min is 1; it must be at most lr"),
        ({"kmeans.clusters": 1}, "clusters is 1, but gaussian-mixture, agglomerative, spectral need at least 2"),
        ({"dino_finetune.crops.global_size": 10**9}, "dino_finetune.crops.global_size is 1000000000"),
        ({"dino_finetune.crops.global_scale": [1.0, 0.4]}, "global_scale is [1, 0.4]; give the smaller share first"),
        (
            {"embed.blocks": 7},
            "embed.blocks is 7; it must be at most 6, the number of blocks of galaxy_vit",
        ),
        ({"pca.variance": 1.5}, "pca.variance is 1.5: input should be less than or equal to 1"),
        ({"evaluate_clusters.null_draws": 0}, "evaluate_clusters.null_draws is 0"),
        ({"surprise": 1}, "unknown section 'surprise'; allowed are download, split"),
    ],
)
def test_a_bad_value_is_one_line(tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    path = write(tmp_path, changes)
    with pytest.raises(InputError, match=re.escape(words)) as error:
        check_params(path)
    assert "\n" not in str(error.value)


def survey(path: Path, *, count: int = 60, size: int = 64) -> Path:
    """Write a user's own file with three classes."""
    with h5py.File(path, "w") as file:
        file["images"] = np.random.default_rng(0).integers(0, 255, (count, size, size, 3), dtype=np.uint8)
        file["ans"] = (np.arange(count) % 3).astype(np.uint8)
        file.attrs["class_names"] = ["ring", "disc", "other"]
    return path


def problems(path: Path, **options: Any) -> tuple[str, ...]:
    with pytest.raises(ParamsError) as error:
        check_params(path, **options)
    return error.value.problems


def test_every_problem_is_named_at_once_with_its_remedy(tmp_path: Path) -> None:
    changes = {"train.lr": -1, "split.size": 7, "models.custom.channel": 3, "models.18": {"kind": "custom"}, "x": {}}
    found = problems(write(tmp_path, changes))
    for words in ("train.lr is -1", "split.size is 7", "unknown key 'models.custom.channel'", "models has '18'", "'x'"):
        assert any(words in line for line in found), words
    assert len(found) == 5
    assert not any("more)" in line for line in found)


def test_files_that_are_not_there_are_named(tmp_path: Path) -> None:
    changes = {
        "download.source": "survey.h5",
        "split.manifest": "given.csv",
        "models.custom.weights": "mine.pth",
        "dino.weights": "dino.pth",
    }
    found = problems(write(tmp_path, changes))
    for key, name in changes.items():
        assert any(f"{key} is {name!r}, and there is no file" in line for line in found), key
    assert len(found) == 4


def test_classes_that_are_too_small_for_the_split_are_all_named(tmp_path: Path) -> None:
    source = survey(tmp_path / "survey.h5")
    with h5py.File(source, "r+") as file:
        file["ans"][...] = [0] * 57 + [1] * 2 + [2]
    found = problems(write(tmp_path, {"download.source": str(source)}))
    for name, count in (("disc", "2 galaxies"), ("other", "1 galaxy")):
        assert any(f"download.source: class {name!r} has {count}; at least 3 are needed" in line for line in found)


def test_links_that_lead_to_no_file_are_named_as_links(tmp_path: Path) -> None:
    (tmp_path / "circle.h5").symlink_to("circle.h5")
    (tmp_path / "gone.csv").symlink_to("moved.csv")
    changes = {"download.source": str(tmp_path / "circle.h5"), "split.manifest": str(tmp_path / "gone.csv")}
    found = problems(write(tmp_path, changes))
    assert [line.split(", ")[1].split(": ")[0] for line in found] == ["which is a link that leads to no file"] * 2


def test_the_training_galaxies_of_a_manifest_are_counted(tmp_path: Path) -> None:
    source = survey(tmp_path / "survey.h5", count=60, size=128)
    rows = np.arange(60)
    columns = {"row": rows, "label": rows % 3, "group": rows, "ra": np.full(60, np.nan), "dec": np.full(60, np.nan)}
    split = np.array(["train"] * 20 + ["validation"] * 20 + ["test"] * 20)
    manifest = Manifest(id=galaxy_ids(file_sha256(source), rows), split=split, sha256="", **columns)
    write_manifest(tmp_path / "given.csv", manifest)
    changes = {"download.source": str(source), "split.manifest": str(tmp_path / "given.csv"), "train.batch_size": 21}
    found = problems(write(tmp_path, changes))
    assert any(
        f"train.batch_size is 21; it must be at most 20, the number of training galaxies in {tmp_path}" in line
        for line in found
    )


def test_published_weights_that_lie_in_the_folder_weights_are_inputs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    row = {"kind": "timm", "name": "resnet18.a1_in1k", "weights": "imagenet", "tune": "head"}
    changes = {"models.warm": row, "models.cold": {**row, "weights": "random"}, "dino.weights": "pretrained"}
    changes["dino.backbone"] = "vit_small_patch8_224.dino"
    path = write(tmp_path, changes)
    assert check_params(path, environment=False).keys() & {"models/warm", "dino"} == set()
    (tmp_path / "weights").mkdir()
    for name in ("resnet18.a1_in1k.safetensors", "vit_small_patch8_224.dino.pth"):
        (tmp_path / "weights" / name).write_text(name)
    found = check_params(path, environment=False)
    assert found["models/warm"] == tmp_path / "weights" / "resnet18.a1_in1k.safetensors"
    assert found["dino"] == tmp_path / "weights" / "vit_small_patch8_224.dino.pth"
    assert "models/cold" not in found
    write_records(load_params(path), tmp_path / "inputs", own=found)
    assert (tmp_path / "inputs" / "models" / "warm").readlink() == Path("../../weights/resnet18.a1_in1k.safetensors")
    assert (tmp_path / "inputs" / "dino").read_text() == "vit_small_patch8_224.dino.pth"


def test_checkpoints_of_other_networks_are_named_before_anything_runs(tmp_path: Path) -> None:
    (custom,) = (ROOT / "galaxy" / "weights").glob("custom-*.safetensors")
    (tmp_path / "damaged.safetensors").write_bytes(b"\x00" * 50)
    shutil.copy(custom, tmp_path / "custom.safetensors")
    changes = {
        "models.vgg11-deep.weights": str(tmp_path / "custom.safetensors"),
        "models.vgg11-shallow.weights": str(tmp_path / "damaged.safetensors"),
        "models.custom.weights": str(tmp_path / "custom.safetensors"),
        "dino.weights": str(tmp_path / "custom.safetensors"),
    }
    deep, shallow, dino = problems(write(tmp_path, changes))
    assert re.search(r"models\.vgg11-deep\.weights: weights .*custom.* do not fit the network: none of its names", deep)
    assert re.search(r"models\.vgg11-shallow\.weights: weights .*damaged.* cannot be read as tensors", shallow)
    assert re.search(r"dino\.weights: weights .*custom.* do not fit the network", dino)


def test_sizes_of_a_file_of_ones_own_are_read_from_it(tmp_path: Path) -> None:
    path = survey(tmp_path / "survey.h5")
    found = problems(write(tmp_path, {"download.source": str(path), "split.crop": None, "split.size": 300}))
    assert any("split.size is 300; it must be at most 64, the width of the images" in line for line in found)
    found = problems(write(tmp_path, {"download.source": str(path), "split.crop": 48, "split.size": 300}))
    assert any("split.size is 300; it must be at most 48, the width of the cropped images" in line for line in found)


def test_a_small_file_is_refused_for_all_its_reasons_at_once(tmp_path: Path) -> None:
    path = survey(tmp_path / "survey.h5")
    changes = {"download.source": str(path), "split.crop": None, "evaluate_clusters.neighbours": 50}
    found = problems(write(tmp_path, {**changes, "dino_best.dimensions": [60, 90]}))
    keys = {line.split(": ")[1].split(" is ")[0] for line in found}
    best = {"dino_best.clusters", "dino_best.dimensions"}
    assert keys == {"train.batch_size", "dino_finetune.images", *best, "evaluate_clusters.neighbours"}
    assert all(
        "it must be at most 45, the largest number of training galaxies that 60 galaxies can have" in line
        for line in found
    )
    fitting = {
        "train.batch_size": 16,
        "dino_finetune.images": 32,
        "evaluate_clusters.neighbours": 20,
        "dino_best.clusters": 30,
    }
    check_params(write(tmp_path, {**changes, **fitting}))


def test_a_file_in_another_layout_is_refused(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "survey.h5", "w") as file:
        file["pictures"] = np.zeros((3, 8, 8, 3), np.uint8)
    (line,) = problems(write(tmp_path, {"download.source": str(tmp_path / "survey.h5")}))
    assert "survey.h5" in line


@pytest.mark.parametrize(
    ("key", "size", "advice"),
    [
        ("embed.size", 50, "give embed.size 48 or 64"),
        ("dino_finetune.crops.global_size", 40, "give dino_finetune.crops.global_size 32 or 48"),
        ("dino_finetune.crops.local_size", 24, "give dino_finetune.crops.local_size 16 or 32"),
    ],
)
def test_patches_tile_what_the_transformer_sees(tmp_path: Path, key: str, size: int, advice: str) -> None:
    sixteen = {"dino.backbone": "vit_small_patch16_224.dino", "dino.weights": "random"}
    (line,) = problems(write(tmp_path, {**sixteen, key: size}))
    assert f"{key} is {size}: images of {size} px cannot be divided into the patches of" in line
    assert advice in line


@pytest.mark.parametrize(
    ("backbone", "words"),
    [
        (
            "vit_smal_patch16_224",
            "timm has no vision transformer 'vit_smal_patch16_224'; similar names: vit_small",
        ),
        ("resnet18", "resnet18 is not a plain vision transformer; DINO needs one"),
    ],
)
def test_a_backbone_that_cannot_be_built_is_named_whatever_its_weights(
    tmp_path: Path, backbone: str, words: str
) -> None:
    changes = {"dino.backbone": backbone, "dino.weights": "random", "embed.size": 48, "dino_best.size": 32}
    (line,) = problems(write(tmp_path, {**changes, "dino_finetune.crops.local_size": 16}))
    assert f"dino.backbone: {words}" in line


def test_the_blocks_of_any_backbone_are_counted(tmp_path: Path) -> None:
    changes = {"dino.backbone": "vit_small_patch8_224", "dino.weights": "random", "embed.blocks": 13}
    (line,) = problems(write(tmp_path, changes))
    assert "embed.blocks is 13; it must be at most 12, the number of blocks of vit_small_patch8_224" in line


@pytest.mark.parametrize("content", ["damaged", "of another network"])
@pytest.mark.parametrize("published", [True, False])
def test_weights_that_cannot_be_loaded_are_named_before_anything_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, published: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "weights" / "test_vit.r160_in1k.safetensors"
    path.parent.mkdir()
    path.write_bytes(b"nothing")
    if content == "of another network":
        save_file({"other.weight": torch.zeros(3)}, path)
    said = "cannot be read" if content == "damaged" else "do not fit"
    given = "pretrained" if published else str(path)
    timm_row = {"kind": "timm", "name": "test_vit.r160_in1k", "weights": given}
    dino = {"backbone": "test_vit.r160_in1k", "weights": given, "seed": 0, "positions": "timm"}
    sizes = {"embed.size": 48, "dino_best.size": 32, "dino_finetune.crops.local_size": 16}
    changes = {"models.other": timm_row, "models.custom.weights": str(path), "dino": dino, **sizes}
    found = problems(write(tmp_path, changes), root=tmp_path)
    for key in ("models.other.weights", "models.custom.weights", "dino.weights"):
        assert any(f"{key}: weights" in line and said in line for line in found), key
    assert len(found) == 3


def test_a_data_set_with_other_bytes_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "mine.h5"
    path.write_bytes(b"galaxies")
    monkeypatch.setenv("GALAXY10_FILE", str(path))
    monkeypatch.setattr(galaxy10, "BYTES", 8)
    found = problems(write(tmp_path, {"download.source": "galaxy10"}))
    assert any("mine.h5 has SHA-256 " in line and "GALAXY10_FILE" in line for line in found)
    monkeypatch.setattr(galaxy10, "SHA256", file_sha256(path))
    assert source_problems({"download": SimpleNamespace(source="galaxy10")}) == []


def test_a_full_disk_is_named_with_what_takes_the_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=10**6))
    (line,) = problems(write(tmp_path, {}))
    assert "has 0.0 GB free; these parameters need about" in line
    assert "data 0.6" in line  # 3,000 pictures of 256 px, uncompressed


def test_a_device_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GALAXY_DEVICE", "cuda:77")
    (line,) = problems(write(tmp_path, {}))
    assert line.startswith("GALAXY_DEVICE is 'cuda:77', a device that is not here; allowed are cpu")


def test_the_paper_profile_needs_27_gigabytes(tmp_path: Path) -> None:
    path = write(tmp_path, {})
    CliRunner().invoke(app, ["profile", "paper", "--params", str(path)])
    content = load_params(path)
    sections = {key: validated(path, key, content[key], kind) for key, kind in section_kinds().items()}
    needs = disk_needs(sections, number_bytes=2)
    assert sum(needs.values()) == pytest.approx(26.8e9, rel=0.01)
    on_cpu = disk_needs(sections, number_bytes=4)
    assert on_cpu["features of frozen layers"] == 2 * needs["features of frozen layers"]
    assert {name for name in needs if on_cpu[name] != needs[name]} == {"features of frozen layers"}
    # By hand: 17,736 images of 256 px with 3 bytes a pixel; 129 million parameters of VGG11 with ten classes.
    assert needs["store"] == 17_736 * 256 * 256 * 3
    assert vgg_parameters(sections["models"]["vgg11-deep"]) == pytest.approx(128.8e6, rel=0.01)
    # Four frozen convolutions end in 256 maps of 32 px, all eight in 512 maps of 8 px.
    assert frozen_values(sections["models"]["vgg11-deep"], 256) == 256 * 32 * 32
    assert frozen_values(sections["models"]["vgg11-shallow"], 256) == 512 * 8 * 8
