import json
from pathlib import Path

import pytest
import torch

from galaxy.errors import InputError
from galaxy.models.saved_network import Description, load_network, read_description, save_network, write_description
from tests.galaxy.models.classifiers import ARCHITECTURES, CLASSES, MEAN, SIZE, STD, build, images


def store(folder: Path, name: str) -> None:
    digest = save_network(folder, build(name), seed=3)
    write_description(
        folder,
        Description(
            row="custom",
            architecture=ARCHITECTURES[name],
            weights="random",
            classes=[f"class {number}" for number in range(CLASSES)],
            size=SIZE,
            crop=None,
            mean=MEAN,
            std=STD,
            manifest="0" * 64,
            files={"seed-3.safetensors": digest},
            parameters=1,
            trainable_parameters=1,
            multiply_adds=1,
        ),
    )


@pytest.mark.parametrize("name", ["deep", "batch-norm", "custom-norm-relu", "timm-two"])
def test_a_folder_is_enough_to_build_the_network_again(tmp_path: Path, name: str) -> None:
    store(tmp_path, name)
    classifier, description = load_network(tmp_path, seed=3)
    assert description.size == SIZE
    assert not classifier.training
    with torch.no_grad():
        assert torch.equal(classifier(images()), build(name).eval()(images()))


def test_a_folder_of_an_earlier_version_is_read(tmp_path: Path) -> None:
    store(tmp_path, "custom")
    new = read_description(tmp_path)
    content = json.loads((tmp_path / "model.json").read_text())
    content["deviation"] = content.pop("std")
    (tmp_path / "model.json").write_text(json.dumps(content))
    assert read_description(tmp_path) == new
    assert new.std == list(STD)


def test_equal_networks_give_equal_bytes(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        store(tmp_path / folder, "custom")
    for file in ("seed-3.safetensors", "model.json"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ("flip", r"does not match its SHA-256 in model\.json; train, export or fetch the row again"),
        ("cut", "cannot be read as tensors"),
        ("no weights", r"which model\.json names, does not exist; train, export or fetch the row again"),
        ("no json", "cannot be read"),
        ("other json", "not a description of a model"),
        ("other seed", "has no training with seed 4; it has seed-3"),
    ],
)
def test_damaged_folders_are_refused(tmp_path: Path, damage: str, message: str) -> None:
    store(tmp_path, "custom")
    weights, description = tmp_path / "seed-3.safetensors", tmp_path / "model.json"
    content = weights.read_bytes()
    if damage == "flip":
        weights.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    elif damage == "cut":
        weights.write_bytes(content[:-50])
    elif damage == "no weights":
        weights.unlink()
    elif damage == "no json":
        description.unlink()
    elif damage == "other json":
        description.write_text(json.dumps({"row": "custom"}))
    with pytest.raises(InputError, match=message):
        load_network(tmp_path, seed=4 if damage == "other seed" else 3)


@pytest.mark.parametrize(
    ("name", "value"), [("std", ["0.1"] * 3), ("classes", "abc"), ("size", 64.0), ("crop", "64"), ("files", ["a"])]
)
def test_values_of_another_type_are_refused(tmp_path: Path, name: str, value: object) -> None:
    store(tmp_path, "custom")
    path = tmp_path / "model.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {name: value}))
    with pytest.raises(InputError, match=rf"model.json is not a description of a model \(.*{name} "):
        read_description(tmp_path)
