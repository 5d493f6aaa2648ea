import json
import logging
import os
import shutil
import signal
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import timm
import torch
from safetensors.torch import save_file

from galaxy.data.manifest import read_manifest
from galaxy.data.store import open_store
from galaxy.errors import InputError
from galaxy.models.saved_network import load_network
from galaxy.predictions import load_predictions
from galaxy.recipes import supervised, train_network
from galaxy.training import frozen_feature_cache
from galaxy.training.checkpoint import CheckpointFolder
from galaxy.training.supervised import SupervisedStep, balanced_class_weights
from stages.train import cache_bytes
from tests.processes import kill_until_done, start
from tests.stages.tiny import CLASSES, ENTRIES, VGG, outs, tiny_plan, train_tiny, write_tiny

EVERY = pytest.mark.parametrize("name", list(ENTRIES))


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tiny")
    write_tiny(folder)
    return folder


@EVERY
def test_a_row_leaves_networks_history_and_predictions_and_no_state(tiny: Path, tmp_path: Path, name: str) -> None:
    run = train_tiny(tiny, tmp_path, ENTRIES[name], seeds=[3, 1], epochs=2)
    found = load_predictions(tmp_path / "predictions.npz")
    assert found.probability.shape == (2, 19, 3)
    assert list(found.seed) == [3, 1]
    assert not np.array_equal(found.probability[0], found.probability[1])
    lines = (tmp_path / "history.csv").read_text().splitlines()
    assert lines[0] == "seed,epoch,train_loss,train_accuracy,validation_loss,validation_accuracy,learning_rate"
    assert [line.split(",")[:2] for line in lines[1:]] == [["3", "0"], ["3", "1"], ["1", "0"], ["1", "1"]]
    assert lines[2].split(",")[-1] == "1e-06"
    assert [(entry["seed"], entry["step"]) for entry in run.logged] == [(3, 0), (3, 1), (1, 0), (1, 1)]
    assert {"images_per_second", "memory_mib", "learning_rate"} <= set(run.logged[0])
    assert not list((tmp_path / ".state" / "training").iterdir())
    # The files alone give the predictions again.
    store = open_store(tiny / "store")
    classifier, description = load_network(tmp_path / "model", seed=1)
    assert tuple(description.classes) == CLASSES
    assert description.manifest == found.manifest == read_manifest(tiny / "manifest.csv").sha256
    images = torch.from_numpy(store.images[store.rows_of(found.id)])
    with torch.no_grad():
        again = torch.softmax(classifier(images), dim=1).numpy()
    np.testing.assert_allclose(again, found.probability[1], rtol=1e-4, atol=1e-6)


@EVERY
def test_two_runs_give_the_same_bytes(tiny: Path, tmp_path: Path, name: str) -> None:
    for folder in ("a", "b"):
        train_tiny(tiny, tmp_path / folder, ENTRIES[name], epochs=2)
    assert outs(tmp_path / "a") == outs(tmp_path / "b")


@pytest.mark.parametrize("name", ["deep", "shallow", "timm"])
def test_stored_features_give_the_bytes_of_training_end_to_end(
    tiny: Path, tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed: list[Path] = []
    compute = frozen_feature_cache._compute_all

    def recorded(network: Any, source: Any, items: int, path: Path, **options: Any) -> Any:
        computed.append(path)
        return compute(network, source, items, path, **options)

    monkeypatch.setattr(frozen_feature_cache, "_compute_all", recorded)
    train_tiny(tiny, tmp_path / "kept", ENTRIES[name], seeds=[0, 1])
    assert len(computed) == 1  # for both seeds
    assert [path.name for path in computed[0].parent.iterdir()] == ["lock"]  # removed when the row is done
    with caplog.at_level(logging.WARNING):
        train_tiny(tiny, tmp_path / "whole", ENTRIES[name], seeds=[0, 1], cache_bytes=0)
    assert "they are computed again in every step" in caplog.text
    assert not list((tmp_path / "whole" / ".state" / "features").glob("*.npy"))
    assert outs(tmp_path / "kept") == outs(tmp_path / "whole")


@pytest.mark.parametrize("given", ["inf", "nan", "much"])
def test_an_impossible_limit_of_stored_features_is_refused(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("GALAXY_CACHE_GIB", given)
    with pytest.raises(InputError, match=f"GALAXY_CACHE_GIB is '{given}'; give a number of GiB"):
        cache_bytes()


def test_rows_over_one_checkpoint_keep_their_own_features(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervised, "remove_features", lambda *_: None)
    train_tiny(tiny, tmp_path / "first", ENTRIES["scratch"], epochs=1)
    weights = str(tmp_path / "first" / "model" / "seed-0.safetensors")
    for grid in (1, 2):
        entry = {**VGG, "freeze": 8, "reinit": 0, "weights": weights, "normalise": "imagenet", "grid": grid}
        train_tiny(tiny, tmp_path / "one", entry, epochs=1)
        train_tiny(tiny, tmp_path / f"grid-{grid}", entry, epochs=1)
        assert outs(tmp_path / "one") == outs(tmp_path / f"grid-{grid}")
    assert len(list((tmp_path / "one" / ".state" / "features").glob("*.npy"))) == 2


@pytest.mark.parametrize("name", ["history.csv", "predictions.npz"])
def test_state_and_features_stay_until_the_outs_have_been_read_back(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    replace = Path.replace

    def damaging(path: Path, target: Path) -> Path:
        if Path(target).name == name:
            path.write_bytes(path.read_bytes()[:-1])
        return replace(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", damaging)
        with pytest.raises((OSError, InputError)):
            train_tiny(tiny, tmp_path, ENTRIES["shallow"], epochs=1)
    assert list((tmp_path / ".state" / "features").glob("*.npy"))
    assert any(path.is_dir() for path in (tmp_path / ".state" / "training").iterdir())
    monkeypatch.setattr(SupervisedStep, "loss", None)  # nothing is trained again
    train_tiny(tiny, tmp_path, ENTRIES["shallow"], epochs=1)
    assert not any(path.is_dir() for path in (tmp_path / ".state" / "training").iterdir())


def test_a_transformer_takes_weights_of_another_image_size_and_its_own_normalisation(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = {"kind": "timm", "name": "test_vit", "tune": 1}
    weights = tmp_path / "weights.safetensors"
    save_file(timm.create_model("test_vit", num_classes=7).state_dict(), weights)  # at 160 px
    plan = tiny_plan(tiny, {**entry, "weights": str(weights)})
    assert "; initialised at random: head.bias, head.weight" in capsys.readouterr().err
    assert plan.mean == plan.std == [0.5, 0.5, 0.5]


def test_weights_of_a_trained_row_bring_the_normalisation_that_they_were_trained_with(
    tiny: Path, tmp_path: Path
) -> None:
    train_tiny(tiny, tmp_path, ENTRIES["scratch"], epochs=1)
    trained = load_network(tmp_path / "model", seed=0)[1]
    weights = shutil.copy(tmp_path / "model" / "seed-0.safetensors", tmp_path / "moved.safetensors")
    entry = {**ENTRIES["deep"], "weights": str(weights)}
    plan = tiny_plan(tiny, entry)
    assert (plan.mean, plan.std) == (trained.mean, trained.std)
    assert tiny_plan(tiny, {**entry, "normalise": "imagenet"}).mean == [0.485, 0.456, 0.406]
    tensors = load_network(tmp_path / "model", seed=0)[0].network.state_dict()
    save_file(tensors, weights)  # by another program, which records nothing
    assert tiny_plan(tiny, entry).mean == [0.485, 0.456, 0.406]


def test_rows_learn(tiny: Path, tmp_path: Path) -> None:
    train_tiny(tiny, tmp_path, ENTRIES["custom"], epochs=8, lr=5e-3)
    found = load_predictions(tmp_path / "predictions.npz").where("test")
    assert (found.probability[0].argmax(1) == found.label).mean() >= 0.8


OPTIONS: dict[str, dict[str, Any]] = {
    "flips": {"flips": True},
    "rotations": {"rotations": True},
    "mixup": {"mixup": 0.4},
    "label_smoothing": {"label_smoothing": 0.1},
    "clip_norm": {"clip_norm": 0.01},
    "average": {"average": 0.9},
    "warmup": {"warmup_epochs": 1},
    "best-loss": {"keep": "best-loss"},
    "weight_decay": {"weight_decay": 0.5},
}


@pytest.mark.parametrize("option", list(OPTIONS))
def test_options_change_the_training_and_resume_like_the_rest(
    tiny: Path, tmp_path: Path, option: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes = {"lr": 2e-2, "epochs": 3, **OPTIONS[option]}
    train_tiny(tiny, tmp_path / "whole", ENTRIES["deep"], **changes)
    if option not in {"best-loss"}:
        train_tiny(tiny, tmp_path / "plain", ENTRIES["deep"], lr=2e-2, epochs=3)
        assert outs(tmp_path / "plain") != outs(tmp_path / "whole")
    interrupt_after(monkeypatch, 8)
    with pytest.raises(KeyboardInterrupt):
        train_tiny(tiny, tmp_path / "cut", ENTRIES["deep"], **changes)
    monkeypatch.undo()
    assert not outs(tmp_path / "cut")
    train_tiny(tiny, tmp_path / "cut", ENTRIES["deep"], **changes)
    assert outs(tmp_path / "cut") == outs(tmp_path / "whole")


def interrupt_after(monkeypatch: pytest.MonkeyPatch, updates: int) -> None:
    """Press Ctrl-C in the middle of an update."""
    before = SupervisedStep.loss
    count = iter(range(updates + 1))

    def loss(self: Any, positions: torch.Tensor, moment: Any) -> Any:
        if next(count, None) == updates - 1:
            os.kill(os.getpid(), signal.SIGINT)
        return before(self, positions, moment)

    monkeypatch.setattr(SupervisedStep, "loss", loss)


def test_patience_ends_the_training_epochs_after_the_best_one(tiny: Path, tmp_path: Path) -> None:
    train_tiny(tiny, tmp_path, ENTRIES["custom"], epochs=30, lr=5e-2, lr_min=0.0, patience=2)
    losses = [float(line.split(",")[4]) for line in (tmp_path / "history.csv").read_text().splitlines()[1:]]
    assert len(losses) < 30
    assert losses.index(min(losses)) == len(losses) - 3


def test_balanced_class_weights_are_inverse_to_counts_with_mean_one() -> None:
    labels = np.array([0] * 6 + [1] * 3 + [2])
    weights = balanced_class_weights(labels)
    torch.testing.assert_close(weights, torch.tensor([10 / 18, 10 / 9, 10 / 3]))
    assert float(weights[labels].mean()) == pytest.approx(1.0)


@pytest.mark.parametrize("change", ["params", "entry", "image", "manifest"])
def test_changed_inputs_never_resume_from_old_state(
    tiny: Path, tmp_path: Path, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    write_tiny(data)
    entry, changes = dict(ENTRIES["custom"]), dict[str, Any]()
    interrupt_after(monkeypatch, 8)
    with pytest.raises(KeyboardInterrupt):
        train_tiny(data, tmp_path / "cut", entry)
    monkeypatch.undo()
    if change == "params":
        changes["lr"] = 2e-3
    elif change == "entry":
        entry["order"] = "norm-relu"
    elif change == "image":
        images = np.load(data / "store" / "images.npy")
        images[0, 0, 0, 0] ^= 1
        np.save(data / "store" / "images.npy", images)
    else:
        text = (data / "manifest.csv").read_text()
        (data / "manifest.csv").write_text(text.replace(",10,train\n", ",999,train\n"))
    train_tiny(data, tmp_path / "cut", entry, **changes)
    train_tiny(data, tmp_path / "whole", entry, **changes)
    assert outs(tmp_path / "cut") == outs(tmp_path / "whole")


def _train_saving_always(tiny: Path, out: Path, name: str, log: str) -> None:
    vars(train_network)["CheckpointFolder"] = partial(CheckpointFolder, interval=0.0)
    train_tiny(tiny, out, ENTRIES[name], seeds=[0, 1])
    Path(log).write_text("done")


def _kill_until_done(tiny: Path, out: Path, name: str, *, kills: int, seed: int) -> int:
    done = out.with_suffix(".done")

    def begin() -> BaseProcess:
        return start(_train_saving_always, tiny, out, name, str(done))

    return kill_until_done(begin, done, out / ".state" / "training", kills=kills, seed=seed)


@pytest.mark.parametrize("name", ["shallow", "custom"])
def test_killed_trainings_resume_to_the_same_bytes(tiny: Path, tmp_path: Path, name: str) -> None:
    train_tiny(tiny, tmp_path / "whole", ENTRIES[name], seeds=[0, 1])
    assert _kill_until_done(tiny, tmp_path / "killed", name, kills=3, seed=0) >= 1
    assert outs(tmp_path / "killed") == outs(tmp_path / "whole")


@pytest.mark.fault
@pytest.mark.timeout(1800)
@EVERY
def test_twenty_kills_per_kind(tiny: Path, tmp_path: Path, name: str) -> None:
    train_tiny(tiny, tmp_path / "whole", ENTRIES[name], seeds=[0, 1])
    total = 0
    for attempt in range(40):
        out = tmp_path / f"killed-{attempt}"
        total += _kill_until_done(tiny, out, name, kills=8, seed=attempt)
        assert outs(out) == outs(tmp_path / "whole")
        if total >= 20:
            return
    pytest.fail(f"only {total} kills hit")


@pytest.mark.parametrize(
    ("entry", "changes", "message"),
    [
        ({}, {"batch_size": 43}, "batch_size is 43; it must be at most 42"),
        (
            {"weights": "nowhere.pth"},
            {},
            "weights is 'nowhere.pth', and there is no such file",
        ),
        ({"weights": "imagenet"}, {}, "set channels to null"),
    ],
)
def test_impossible_rows_are_refused(
    tiny: Path, tmp_path: Path, entry: dict[str, Any], changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        train_tiny(tiny, tmp_path, {**VGG, **entry}, **changes)
    assert not outs(tmp_path)


def test_a_class_absent_from_training_is_refused(tmp_path: Path) -> None:
    write_tiny(tmp_path)
    lines = (tmp_path / "manifest.csv").read_text().splitlines()
    kept = [line for line in lines if not (line.split(",")[4] == "2" and line.endswith("train"))]
    (tmp_path / "manifest.csv").write_text("\n".join(kept) + "\n")
    with pytest.raises(InputError, match="class 'striped' has no galaxy in the training split"):
        train_tiny(tmp_path, tmp_path / "out", ENTRIES["custom"])


def test_grey_images_and_pretrained_weights_do_not_go_together(tiny: Path, tmp_path: Path) -> None:
    write_tiny(tmp_path)
    images = np.load(tmp_path / "store" / "images.npy")
    np.save(tmp_path / "store" / "images.npy", np.repeat(images[..., :1], 3, axis=3))
    train_tiny(tiny, tmp_path / "first", ENTRIES["scratch"], epochs=1)
    weights = str(tmp_path / "first" / "model" / "seed-0.safetensors")
    with pytest.raises(InputError, match="expect colour images, but all training images are grey"):
        train_tiny(tmp_path, tmp_path / "second", {**ENTRIES["shallow"], "weights": weights})


def test_a_checkpoint_s_frozen_bytes_are_in_the_trained_network(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train_tiny(tiny, tmp_path / "first", ENTRIES["scratch"], epochs=1)
    weights = tmp_path / "first" / "model" / "seed-0.safetensors"
    entry = {**ENTRIES["deep"], "weights": str(weights), "normalise": "imagenet"}
    train_tiny(tiny, tmp_path / "second", entry, epochs=2)
    given = load_network(tmp_path / "first" / "model", seed=0)[0].network.state_dict()
    trained, description = load_network(tmp_path / "second" / "model", seed=0)
    for name, tensor in trained.frozen_tensors().items():
        assert torch.equal(tensor, given[name])
    assert description.weights.startswith(f"{weights} (SHA-256 ")
    replaced = [name for name in given if not torch.equal(given[name], trained.network.state_dict()[name])]
    assert sorted(description.replaced) == sorted(replaced)
    said = capsys.readouterr().err
    assert (
        f"8 of 20 tensors are taken from {weights}; initialised at random: classifier.0.bias, classifier.0.weight"
        in said
    )
    assert json.loads((tmp_path / "second" / "model" / "model.json").read_text())["mean"] == [0.485, 0.456, 0.406]
