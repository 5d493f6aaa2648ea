"""The outs of a row that was removed from params.yaml are found in dvc.lock, and only these are removed."""

import hashlib
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from galaxy.cli import app
from galaxy.errors import InputError
from galaxy.workbench.stale_outs import leftovers, remove_stale_outs

PIPELINE = {
    "stages": {
        "split": {"cmd": "true", "outs": ["data/store"]},
        "train": {"matrix": {"model": "${models}"}, "cmd": "true", "outs": ["data/models/${item.model}"]},
        "pca": {"matrix": {"features": ["dino"]}, "cmd": "true", "outs": ["data/pca/${item.features}.npz"]},
    }
}
MADE = {
    "split": ["data/store"],
    "train@custom": ["data/models/custom"],
    "train@gone": ["data/models/gone", "data/history/gone.csv"],
    "pca@dino": ["data/pca/dino.npz"],
    "renamed": ["data/pca/dino.npz", "data/never-made.npz"],
}


def recorded(path: str) -> str:
    """What DVC records of an empty file, and of a folder that holds an empty file called `file`."""
    empty = "d41d8cd98f00b204e9800998ecf8427e"
    if "." in path:
        return empty
    return (
        hashlib.md5(f'[{{"md5": "{empty}", "relpath": "file"}}]'.encode(), usedforsecurity=False).hexdigest() + ".dir"
    )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    yaml = YAML()
    yaml.dump(PIPELINE, tmp_path / "dvc.yaml")
    lock = {
        name: {"cmd": "true", "outs": [{"path": path, "md5": recorded(path)} for path in paths]}
        for name, paths in MADE.items()
    }
    yaml.dump({"schema": "2.0", "stages": lock}, tmp_path / "dvc.lock")
    yaml.dump({"models": {"custom": {"kind": "custom"}}}, tmp_path / "params.yaml")
    for path in [*MADE["split"], *MADE["train@custom"], "data/models/gone", "data/models/of-my-own"]:
        (tmp_path / path).mkdir(parents=True)
        (tmp_path / path / "file").write_text("")
    for path in ("data/history/gone.csv", "data/pca/dino.npz"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("")
    return tmp_path


def test_outs_of_a_row_that_is_gone_are_removed_and_nothing_else(root: Path) -> None:
    files = {path for path in root.rglob("*") if path.is_file()}
    output = CliRunner().invoke(app, ["tidy", "--root", str(root)]).output
    assert output.splitlines() == [
        f"{path} was removed: no stage writes it any more" for path in ("data/history/gone.csv", "data/models/gone")
    ]
    left = {path for path in root.rglob("*") if path.is_file()}
    assert files - left == {root / "data/history/gone.csv", root / "data/models/gone/file"}
    assert not leftovers(root)


@pytest.mark.parametrize("mine", ["data/models/gone/notes.txt", "data/models/gone/file", "data/history/gone.csv"])
def test_what_a_person_has_changed_stays(root: Path, mine: str) -> None:
    (root / mine).write_text("mine")
    done = CliRunner().invoke(app, ["tidy", "--root", str(root)])
    assert (root / mine).read_text() == "mine"
    assert "was kept: no stage writes it any more, but it was changed by hand" in done.stderr
    assert len(leftovers(root)) == 1


def test_before_the_first_run_there_is_nothing_to_tidy(root: Path) -> None:
    (root / "dvc.lock").unlink()
    assert not leftovers(root)


@pytest.mark.parametrize("models", ["models:", "models: {}", "models: 5", "{}"])
def test_nothing_is_removed_where_the_parameters_name_no_row(root: Path, models: str) -> None:
    (root / "params.yaml").write_text(models)
    files = {path for path in root.rglob("*") if path.is_file()}
    with pytest.raises(InputError, match=r"params\.yaml names no row, so that the files of all rows would be removed"):
        remove_stale_outs(root)
    assert {path for path in root.rglob("*") if path.is_file()} == files
