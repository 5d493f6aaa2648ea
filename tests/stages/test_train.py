import errno
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest
from ruamel.yaml import YAML

from galaxy.errors import InputError
from stages.train import main
from tests.stages.imports import run_and_list_modules
from tests.stages.tiny import ENTRIES, SECTION, VGG, write_tiny


def write_params(folder: Path, models: dict[str, Any], **changes: Any) -> Path:
    path = folder / "params.yaml"
    with path.open("w") as file:
        YAML().dump({"split": {"crop": None}, "models": models, "train": {**SECTION, **changes}}, file)
    return path


def run(folder: Path, row: str, params: Path) -> None:
    main(
        row,
        folder / "manifest.csv",
        folder / "classes.json",
        folder / "store",
        folder / "model",
        folder / "history.csv",
        folder / "predictions.npz",
        params=params,
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"lr": -1}, "train.lr is -1: .*greater than 0"),
        ({"lr": "5e-4"}, 'train.lr is "5e-4": .*number'),
        ({"epochs": 0}, "train.epochs is 0: .*greater than or equal to 1"),
        ({"batch_size": 1}, "train.batch_size is 1"),
        ({"seeds": []}, "train.seeds is .*at least 1"),
        ({"seeds": [1, 1]}, "each seed must be given once"),
        ({"lr_min": 1.0}, "lr_min is 1; it must be at most lr"),
        ({"warmup_epochs": 3}, "warmup_epochs is 3; it must be less than epochs, which is 3"),
        ({"learning_rate": 1}, "unknown key 'train.learning_rate'"),
        ({"keep": "best"}, "train.keep is \"best\": .*'last', 'best-accuracy' or 'best-loss'"),
        ({"batch_size": 43}, "train.batch_size is 43; it must be at most 42"),
    ],
)
def test_impossible_trainings_are_refused(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    write_tiny(tmp_path)
    with pytest.raises(InputError, match=message):
        run(tmp_path, "custom", write_params(tmp_path, ENTRIES, **changes))
    assert not (tmp_path / "model").exists()


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"kind": "resnet"}, "models.tiny.*vgg.*custom.*timm"),
        ({**VGG, "depth": 12}, "models.tiny.*depth is 12"),
        ({**VGG, "widht": 3}, "unknown key 'models.tiny.*widht'"),
        ({"kind": "timm", "name": "resnet10"}, "timm has no model 'resnet10'"),
        (
            {"kind": "custom", "blocks": [1, 1, 1, 1, 1]},
            "models.tiny with split.size 32: .* cannot take images of 32 px; give images of 64 px or more",
        ),
    ],
)
def test_impossible_models_are_refused(tmp_path: Path, entry: dict[str, Any], message: str) -> None:
    write_tiny(tmp_path)
    with pytest.raises(InputError, match=message):
        run(tmp_path, "tiny", write_params(tmp_path, {"tiny": entry}))


def test_an_unknown_row_names_the_known_ones(tmp_path: Path) -> None:
    write_tiny(tmp_path)
    with pytest.raises(InputError, match="'models.vgg12' is missing; models has scratch, deep, shallow, custom, timm"):
        run(tmp_path, "vgg12", write_params(tmp_path, ENTRIES))


@pytest.mark.parametrize(("name", "value"), [("GALAXY_DEVICE", "tpu"), ("GALAXY_PROCESSES", "0")])
def test_an_impossible_environment_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    write_tiny(tmp_path)
    monkeypatch.setenv(name, value)
    with pytest.raises(InputError, match=f"{value}.*{name}|{name}.*{value}"):
        run(tmp_path, "custom", write_params(tmp_path, ENTRIES))


def test_a_full_disk_is_one_line_and_the_training_is_not_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_tiny(tmp_path)
    params = write_params(tmp_path, ENTRIES, epochs=1)
    monkeypatch.setattr("stages.train.ROOT", tmp_path)
    monkeypatch.setattr("galaxy.tracking.track.track", untracked)

    def full(*arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("galaxy.recipes.supervised.save_predictions", full)
        with pytest.raises(InputError, match="the disk is full .*No space left.*make room and start again"):
            run(tmp_path, "custom", params)
    assert not (tmp_path / "model").exists()
    monkeypatch.setattr("galaxy.training.supervised.SupervisedStep.loss", None)  # nothing is trained again
    run(tmp_path, "custom", params)
    assert (tmp_path / "model" / "model.json").exists()
    assert not list((tmp_path / ".state" / "training").iterdir())


@contextmanager
def untracked(**settings: object) -> Iterator[MagicMock]:
    yield MagicMock()


def test_the_command_prints_one_line_and_no_traceback(tmp_path: Path) -> None:
    params = write_params(tmp_path, ENTRIES)
    files = ["--manifest", "m.csv", "--classes", "c.json", "--store", "s", "--output", "o"]
    rest = ["--history", "h.csv", "--predictions", "p.npz", "--params", str(params)]
    found = subprocess.run(
        [sys.executable, "-m", "stages.train", "--model", "custom", *files, *rest],
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 1
    assert found.stderr.startswith("error: m.csv")
    assert found.stderr.count("\n") == 1


def test_the_custom_row_imports_nothing_that_takes_seconds_but_torch(tmp_path: Path) -> None:
    write_tiny(tmp_path)
    names = {"store": "store", "manifest": "manifest.csv", "classes": "classes.json", "output": "model"}
    names |= {"history": "history.csv", "predictions": "predictions.npz"}
    options = {option: tmp_path / name for option, name in names.items()}
    params = write_params(tmp_path, ENTRIES)
    modules, _ = run_and_list_modules("train", {"model": "custom", **options, "params": params})
    slow = {"torch", "torch._dynamo", "torchvision", "timm", "scipy", "sklearn", "mlflow", "pandas", "matplotlib"}
    assert modules & slow == {"torch"}
    assert (tmp_path / "predictions.npz").is_file()
