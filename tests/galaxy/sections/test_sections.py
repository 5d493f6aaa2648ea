"""Sections of params.yaml whose values do not fit each other are refused, with what to change."""

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from galaxy.errors import InputError
from galaxy.sections.clustering import KmeansSection
from galaxy.sections.dino_best import BestSection
from galaxy.sections.dino_finetune import FinetuneSection
from galaxy.sections.models import ModelEntry
from galaxy.sections.split import SplitSection
from galaxy.sections.train import TrainSection
from galaxy.workbench.params_error import ParamsError
from stages._stage import read_section
from tests.root import ROOT


def changed(folder: Path, key: str, value: Any) -> Path:
    params = YAML().load(ROOT / "params.yaml")
    section = params
    *parts, last = key.split(".")
    for part in parts:
        section = section[part]
    assert last in section or parts[0] == "models"
    section[last] = value
    YAML().dump(params, folder / "params.yaml")
    return folder / "params.yaml"


@pytest.mark.parametrize(
    ("kind", "key", "value", "message"),
    [
        (KmeansSection, "kmeans.seeds", [0, 1, 0], "the same value is given twice"),
        (KmeansSection, "kmeans.also", ["spectral", "spectral"], "the same value is given twice"),
        (KmeansSection, "kmeans.clusters", 1, "clusters is 1, but gaussian-mixture, .* need at least 2"),
        (SplitSection, "split.test", 0.9, "validation 0.1 and test 0.9 leave no galaxies for training"),
        (TrainSection, "train.lr_min", 1.0, "lr_min is 1; it must be at most lr, which is 0.0005"),
        (TrainSection, "train.warmup_epochs", 8, "warmup_epochs is 8; it must be less than epochs, which is 8"),
        (TrainSection, "train.seeds", [1, 1], r"seeds is .*1, 1.*; each seed must be given once"),
        (FinetuneSection, "dino_finetune.lr_min", 1.0, "lr_min is 1; it must be at most lr, which is 0.001"),
        (FinetuneSection, "dino_finetune.teacher_warmup_epochs", 3, "teacher_warmup_epochs is 3; it must be at most"),
        (FinetuneSection, "dino_finetune.warmup_epochs", 2, "warmup_epochs is 2; it must be less than epochs"),
        (FinetuneSection, "dino_finetune.images", 15, "images is 15; it must be at least batch_size, which is 16"),
        (FinetuneSection, "dino_finetune.head.freeze_last_layer", 2, "the last layer would never be trained"),
        (FinetuneSection, "dino_finetune.crops.local_scale", [0.5, 0.1], "give the smaller share first"),
        (FinetuneSection, "dino_finetune.crops.sampling", "torchvision", "goes with augmentation reference"),
        (ModelEntry, "models.vgg11-deep.freeze", 5, "freeze 5 and reinit 4 name more than the 8 convolutions of VGG11"),
        (
            ModelEntry,
            "models.custom.normalise",
            {"mean": [0.5, 0.5, 124], "std": [0.2, 0.2, 0.2]},
            "less than or equal",
        ),
        (ModelEntry, "models.custom.normalise", {"mean": [0.5, 0.5, 0.5], "std": [0.2, 0, 0.2]}, "greater than 0"),
    ],
)
def test_values_that_do_not_fit_are_refused(tmp_path: Path, kind: Any, key: str, value: Any, message: str) -> None:
    section = ".".join(key.split(".")[:2]) if kind is ModelEntry else key.split(".")[0]
    read_section(ROOT / "params.yaml", section, kind)
    with pytest.raises(InputError, match=message):
        read_section(changed(tmp_path, key, value), section, kind)


def test_a_wrong_item_of_a_list_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ParamsError) as caught:
        read_section(changed(tmp_path, "dino_best.dimensions", [0]), "dino_best", BestSection)
    (line,) = caught.value.problems
    assert line.endswith("dino_best.dimensions.0 is 0: input should be greater than or equal to 1")


@pytest.mark.parametrize(
    ("entry", "smallest"),
    [
        ({"kind": "vgg"}, 32),
        ({"kind": "custom", "pool": 4, "blocks": [1, 2]}, 16),
        ({"kind": "gcnn", "pool": 1, "blocks": [1, 1, 1]}, 8),
        ({"kind": "timm", "name": "resnet10t"}, 1),
    ],
)
def test_the_smallest_images_are_known_before_the_network_is_built(
    tmp_path: Path, entry: dict[str, Any], smallest: int
) -> None:
    path = changed(tmp_path, "models.other", entry)
    assert read_section(path, "models.other", ModelEntry).smallest_size() == smallest
