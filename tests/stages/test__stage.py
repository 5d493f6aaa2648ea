import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field

from galaxy.errors import InputError
from galaxy.sections.section import Section
from galaxy.workbench.read_section import read_section


class Vgg(Section):
    kind: Literal["vgg"]
    width: int | None = None


class Custom(Section):
    kind: Literal["custom"]


Entry = Annotated[Vgg | Custom, Field(discriminator="kind")]


class Train(Section):
    lr: float = Field(gt=0)
    seeds: tuple[int, ...] = Field(min_length=1)


@pytest.fixture
def params(tmp_path: Path) -> Path:
    path = tmp_path / "params.yaml"
    path.write_text("train:\n  lr: 5e-4\n  seeds: [0, 1]\nmodels:\n  a: {kind: vgg, width: 32}\n")
    return path


def test_numbers_are_read_as_dvc_reads_them(params: Path) -> None:
    section = read_section(params, "train", Train)
    assert section == Train(lr=5e-4, seeds=(0, 1))


def test_unions_and_nested_keys(params: Path) -> None:
    assert read_section(params, "models.a", Entry) == Vgg(kind="vgg", width=32)
    assert set(read_section(params, "models", dict[str, Any])) == {"a"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("train: {lr: -1, seeds: [0]}", ["train.lr", "-1", "greater than 0"]),
        ("train: {lr: fast, seeds: [0]}", ["train.lr", '"fast"', "number"]),
        ('train: {lr: "1", seeds: [0]}', ["train.lr", '"1"', "number"]),
        ("train: {lr: .nan, seeds: [0]}", ["train.lr", "finite"]),
        ("train: {lr: .inf, seeds: [0]}", ["train.lr", "finite"]),
        ("train: {lr: true, seeds: [0]}", ["train.lr", "true", "number"]),
        ("train: {lr: 1, seeds: []}", ["train.seeds", "[]", "at least 1"]),
        ("train: {lr: 1, seeds: [0.5]}", ["train.seeds.0", "0.5", "integer"]),
        ("train: {lr: 1, sedes: [0], seeds: [0]}", ["train.sedes", "unknown key"]),
        ("train: {lr: 1}", ["train.seeds", "missing"]),
        ("train: null", ["train", "null"]),
        ("split: {}", ["'train' is missing", "split"]),
        ("trian: {}", ["unknown section 'trian'", "download, split"]),
        ("- 1", ["list", "mapping"]),
        ("", ["is empty", "mapping"]),
        ("train: {lr: 1", ["not valid YAML"]),
        ("train: 1\ntrain: 2", ["not valid YAML", "duplicate"]),
        ("1: 2", ["unknown section 1"]),
        ("[a]: 2", ["unknown section"]),
        ("train: {lr: 1, seeds: [0], [a, b]: 2}", ["train has a key that is not text"]),
    ],
)
def test_bad_parameters_are_one_line(tmp_path: Path, text: str, words: list[str]) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        read_section(path, "train", Train)
    message = str(caught.value)
    assert "\n" not in message
    assert all(word in message for word in [*words, "params.yaml"]), message


def test_an_entry_of_an_unknown_kind_names_the_known_ones(params: Path) -> None:
    params.write_text("models:\n  a: {kind: resnet}\n")
    with pytest.raises(InputError, match=r"models\.a.*'vgg', 'custom'"):
        read_section(params, "models.a", Entry)


def test_input_errors_leave_one_line_and_status_1(tmp_path: Path) -> None:
    script = (
        "from galaxy.errors import InputError\nfrom stages._stage import run_stage\n"
        "def main() -> None:\n    raise InputError('two\\nlines')\nrun_stage(main)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "error: two lines\n")
