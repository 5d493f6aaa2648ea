from pathlib import Path
from typing import Any

import pytest

from galaxy.errors import InputError
from galaxy.sections.models import ModelEntry
from galaxy.workbench.params_error import ParamsError
from galaxy.workbench.params_file import read_params, validated


def test_missing_and_binary_files(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        read_params(tmp_path / "params.yaml")
    (tmp_path / "params.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="not valid YAML"):
        read_params(tmp_path / "params.yaml")


def test_a_folder_is_no_file_of_parameters(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot be read \(Is a directory\)"):
        read_params(tmp_path)


@pytest.mark.parametrize(
    ("entry", "problems"),
    [
        (
            {"normalise": "imagnet"},
            ["{row}.normalise is \"imagnet\": input should be 'imagenet' or 'training', or a mapping"],
        ),
        (
            {"normalise": {"mean": [0.2, 0.2], "std": [0.1] * 3}},
            ["{row}.normalise.mean is [0.2, 0.2]: value 3 is missing"],
        ),
        (
            {"normalise": {"mean": 0.2, "std": [0.1, 0.1, 0]}},
            [
                "{row}.normalise.mean is 0.2: input should be a list",
                "{row}.normalise.std.2 is 0: input should be greater than 0",
            ],
        ),
        ({"normalise": {"mean": [0.2] * 3}}, ["'{row}.normalise.std' is missing; docs/own-model.md describes it"]),
        ({"tune": 0}, ["{row}.tune is 0: input should be 'all' or 'head', or greater than or equal to 1"]),
        (
            {"name": None, "tune": "al"},
            [
                "{row}.name is null: input should be a valid string",
                "{row}.tune is \"al\": input should be 'all' or 'head', or a valid integer",
            ],
        ),
    ],
)
def test_a_value_of_several_possible_types_is_one_problem_at_its_own_key(
    tmp_path: Path, entry: dict[str, Any], problems: list[str]
) -> None:
    params = tmp_path / "params.yaml"
    with pytest.raises(ParamsError) as caught:
        validated(params, "models.mine", {"kind": "timm", "name": "resnet18", **entry}, ModelEntry)
    assert list(caught.value.problems) == [f"{params}: {problem.format(row='models.mine')}" for problem in problems]


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({}, "'models.mine.kind' is missing; docs/own-model.md describes it"),
        ({"kind": None}, "models.mine.kind is null: input should be one of 'vgg', 'custom', 'gcnn', 'timm'"),
        ({"kind": "resnet"}, "models.mine.kind is \"resnet\": input should be one of 'vgg', 'custom', 'gcnn', 'timm'"),
    ],
)
def test_a_row_without_a_known_kind_is_told_the_key(tmp_path: Path, entry: dict[str, Any], said: str) -> None:
    with pytest.raises(ParamsError) as caught:
        validated(tmp_path / "params.yaml", "models.mine", entry, ModelEntry)
    assert list(caught.value.problems) == [f"{tmp_path / 'params.yaml'}: {said}"]
