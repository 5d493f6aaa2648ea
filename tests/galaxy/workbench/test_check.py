"""Each bad value of params.yaml is one line that names the key, what it is and what is allowed."""

import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from galaxy.cli import app
from galaxy.errors import InputError
from galaxy.workbench.check import check_params

ROOT = Path(__file__).resolve().parents[3]


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
    check_params(path)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"train.lr": -1}, "train.lr is -1: input should be greater than 0"),
        ({"train.lr": "fast"}, 'train.lr is "fast": input should be a valid number'),
        ({"train.epochs": 0}, "train.epochs is 0: input should be greater than or equal to 1"),
        ({"train.epoch": 3}, "unknown key 'train.epoch'"),
        ({"train.lr_min": 1.0}, "lr_min 1 is above lr 0.0005"),
        ({"split.size": 7}, "split.size is 7: input should be greater than or equal to 8"),
        ({"split.size": 16}, "models.vgg11-scratch cannot take images of 16 px: give split.size 32 or more"),
        ({"split.size": 129}, "split.size is 129; what is resampled has 128 px"),
        ({"split.crop": 300}, "split.crop is 300; the images have 256 px"),
        ({"download.source": "galaxy10", "split.crop": 300}, "split.crop is 300; the images have 256 px"),
        ({"embed.crop": 65}, "embed.crop is 65; stored images have split.size, 64 px"),
        ({"models": {}}, "models is empty"),
        ({"models": {"../x": {"kind": "custom"}}}, "a row is named by letters, digits, - and _"),
        ({"models": {"x-kmeans": {"kind": "custom"}}}, "a name that the pipeline uses itself"),
        ({"models.custom": {"kind": "costum"}}, "costum"),
        ({"models.custom.blocks": [1] * 6}, "models.custom cannot take images of 64 px: give split.size 128 or more"),
        ({"models.custom.channels": 10**9}, "models.custom.channels is 1000000000"),
        ({"models.vgg11-deep.freeze": 6}, "freeze 6 and reinit 4 name more than the 8 convolutions of VGG11"),
        ({"models.new": {"kind": "timm", "name": "resnet81"}}, "timm has no model 'resnet81'; near names: resnet"),
        ({"dino_finetune.lr_min": 1.0}, "lr_min 1 is above lr"),
        ({"dino_finetune.crops.global_size": 10**9}, "dino_finetune.crops.global_size is 1000000000"),
        ({"dino_finetune.crops.global_scale": [1.0, 0.4]}, "global_scale is [1, 0.4]; give the smaller share first"),
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


def test_sizes_of_a_file_of_ones_own_show_when_it_is_read(tmp_path: Path) -> None:
    check_params(write(tmp_path, {"download.source": "survey.h5", "split.crop": None, "split.size": 300}))
