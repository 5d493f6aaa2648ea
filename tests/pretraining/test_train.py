"""The stage that pretrains the repository's own weights: how it ends early, and what its saved state depends on."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from galaxy.errors import InputError
from galaxy.recipes.pretrain_pictures import write_fractals
from galaxy.training.interrupt import Interrupted
from pretraining.train import main
from tests.root import ROOT

ENTRY: dict[str, Any] = {
    "pictures": "fractals",
    "architecture": {"kind": "vgg", "channels": 4, "batch_norm": True, "grid": 1, "head": [], "dropout": 0.0},
    "size": 32,
    "classes": 4,
    "held_out": 8,
    "epochs": 2,
    "batch_size": 8,
    "lr": 1e-3,
    "weight_decay": 0.01,
    "warmup_epochs": 1,
    "label_smoothing": 0.0,
    "seed": 0,
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GALAXY_DEVICE", "cpu")
    write_fractals(tmp_path / "pictures", classes=4, per_class=8, size=32, seed=0)
    return tmp_path


def train(folder: Path, **changes: Any) -> None:
    params = folder / "params.yaml"
    sections = {"fractals": {}, "rendered": {}, "supervised": {"few": ENTRY | changes}, "dino": {}, "pack": {}}
    params.write_text(yaml.safe_dump(sections))
    main(name="few", kind="supervised", pictures=folder / "pictures", output=folder / "out", params=params)


def test_it_writes_weights_and_removes_its_state(folder: Path) -> None:
    train(folder)
    assert sorted(path.name for path in (folder / "out").iterdir()) == ["about.json", "tensors.safetensors"]
    assert not list((folder / ".state/pretraining").iterdir())


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"held_out": 32}, r"supervised\.few\.held_out is 32; it must be less than 32, the number of pictures"),
        ({"batch_size": 25}, r"supervised\.few\.batch_size is 25; it must be at most 24, the number of training"),
        ({"warmup_epochs": 2}, r"warmup_epochs is 2; it must be less than epochs, which is 2"),
    ],
)
def test_settings_that_do_not_fit_the_pictures_are_named(folder: Path, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        train(folder, **changes)
    assert not (folder / "out").exists()


def test_a_signal_ends_it_with_one_line_and_the_status_of_the_signal(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped(*_: Any, **__: Any) -> None:
        raise Interrupted(15, "after batch 3 of epoch 1 of 2")

    monkeypatch.setattr("galaxy.recipes.pretrain_supervised.pretrain_supervised", stopped)
    with pytest.raises(SystemExit) as caught:
        train(folder)
    assert caught.value.code == 143
    assert (
        capsys.readouterr().err
        == "few: stopped by SIGTERM after batch 3 of epoch 1 of 2; start again to go on from there\n"
    )


def test_state_of_other_code_is_not_resumed_from(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    states = []

    def stopped(*_: Any, state: Path, **__: Any) -> None:
        states.append(state)
        raise Interrupted(2, "after epoch 1 of 2")

    monkeypatch.setattr("galaxy.recipes.pretrain_supervised.pretrain_supervised", stopped)
    for digest in ("one", "one", "other"):
        monkeypatch.setattr("galaxy.training.code_digest.code_sha256", lambda *_, digest=digest: digest)
        with pytest.raises(SystemExit):
            train(folder)
    assert states[0] == states[1] != states[2]


def test_it_sets_what_torch_reads_when_it_starts() -> None:
    code = (
        "import os, runpy, stages._stage\n"
        "stages._stage.run_stage = lambda *_, **__: print(os.environ.get('CUBLAS_WORKSPACE_CONFIG'))\n"
        "runpy.run_module('pretraining.train', run_name='__main__')\n"
    )
    environment = {name: value for name, value in os.environ.items() if name != "CUBLAS_WORKSPACE_CONFIG"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT, env=environment
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, ":4096:8\n", "")
