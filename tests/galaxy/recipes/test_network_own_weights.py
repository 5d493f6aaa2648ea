"""A supervised row that starts from the project's own weights."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from galaxy.errors import InputError
from galaxy.models.own_weights import find_own_weights
from galaxy.recipes.network import NetworkPlan, plan_network

VGG = {"kind": "vgg", "depth": 11, "channels": 32, "batch_norm": False, "grid": 2, "head": [16], "dropout": 0.0}
IMAGES = np.random.default_rng(0).integers(0, 256, (8, 64, 64, 3), dtype=np.uint8)


def _plan(architecture: dict[str, object], **changes: object) -> NetworkPlan:
    settings = {"classes": 3, "weights": "fractals", "normalise": None, "images": IMAGES, "rows": np.arange(8)}
    return plan_network(architecture, **{**settings, "root": Path("nowhere"), "verbose": False, **changes})  # type: ignore[arg-type]


def test_weights_and_normalisation_are_those_of_the_file() -> None:
    own = find_own_weights("fractals", VGG)
    plan = _plan({**VGG, "freeze": 8})
    network = plan.build(seed=5)
    for name, tensor in load_file(own.path).items():
        assert torch.equal(network.network.state_dict()[name], tensor.float())
    assert network.normalise.mean == own.mean
    assert plan.checkpoint_sha256 == own.sha256
    assert plan.origin == f"fractals, learnt from {own.learnt_from} (SHA-256 {own.sha256})"


def test_the_file_by_its_path_gives_the_same_weights_and_normalisation(tmp_path: Path) -> None:
    own = find_own_weights("fractals", VGG)
    copy = Path(shutil.copy(own.path, tmp_path / "mine.safetensors"))
    plan = _plan({**VGG, "freeze": 8}, weights=str(copy))
    assert (plan.mean, plan.std) == (list(own.mean), list(own.std))
    assert plan.mean == _plan({**VGG, "freeze": 8}).mean != [0.485, 0.456, 0.406]
    assert plan.checkpoint_sha256 == own.sha256


def test_given_numbers_are_the_normalisation() -> None:
    plan = _plan(VGG, normalise={"mean": (0.1, 0.2, 0.3), "std": (0.4, 0.5, 0.6)})
    assert plan.build(seed=0).normalise.mean == (0.1, 0.2, 0.3)
    assert plan.build(seed=0).normalise.std == (0.4, 0.5, 0.6)


def test_layers_that_the_file_lacks_are_named_as_random(capsys: pytest.CaptureFixture[str]) -> None:
    plan = _plan({**VGG, "freeze": 8}, verbose=True)
    taken, normalised = capsys.readouterr().err.splitlines()
    assert taken.startswith("16 of 16 tensors are taken from ")
    assert taken.endswith(
        "; initialised at random: classifier.0.bias, classifier.0.weight, classifier.3.bias, classifier.3.weight"
    )
    mean, deviation = (" ".join(f"{value:.3g}" for value in values) for values in (plan.mean, plan.std))
    assert normalised == f"pixels are normalised with mean {mean} and deviation {deviation}"


def test_the_training_images_statistics_can_be_asked_for() -> None:
    mean = _plan(VGG, normalise="training").mean
    np.testing.assert_allclose(mean, IMAGES.mean(axis=(0, 1, 2)) / 255, atol=1e-9)


def test_another_width_is_refused_in_one_line() -> None:
    with pytest.raises(
        InputError, match=r"^there are no weights fractals for the network .*channels None.*channels 32"
    ):
        _plan({**VGG, "channels": None})
