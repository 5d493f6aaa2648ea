from pathlib import Path

import pytest
import torch
from huggingface_hub.errors import LocalEntryNotFoundError

from galaxy.errors import InputError
from galaxy.models import efficientnet_lite0, timm_weights
from galaxy.models.load_weights import load_weights
from galaxy.models.read_checkpoint import read_checkpoint
from galaxy.models.timm_weights import timm_checkpoint
from tests.galaxy.models.classifiers import build

installed = pytest.mark.skipif(not efficientnet_lite0.is_installed(), reason="the group imagenet is not installed")


@pytest.fixture
def no_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*_: object, **__: object) -> str:
        raise LocalEntryNotFoundError("no network")

    monkeypatch.setattr(timm_weights, "hf_hub_download", unreachable)


@installed
@pytest.mark.usefixtures("no_hub")
def test_the_package_is_taken_where_the_hub_cannot_be_reached(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = timm_checkpoint("efficientnet_lite0", folder=tmp_path)
    assert path == efficientnet_lite0.weights_file()
    assert (
        f"the hub cannot be reached; the weights of efficientnet_lite0 are those in {path}" in capsys.readouterr().err
    )
    with pytest.raises(InputError, match="or take random weights"):  # a tag asks for certain weights
        timm_checkpoint("efficientnet_lite0.ra_in1k", folder=tmp_path)


@pytest.mark.usefixtures("no_hub")
def test_without_the_package_the_message_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(efficientnet_lite0, "find_spec", lambda _: None)
    with pytest.raises(InputError, match="install the optional group imagenet, whose package efficientnet-lite0-py"):
        timm_checkpoint("efficientnet_lite0", folder=tmp_path)


@installed
def test_a_classifier_gets_the_features_of_the_package() -> None:
    classifier = build("timm-head", name="efficientnet_lite0", size=64)
    tensors = classifier.converted(read_checkpoint(efficientnet_lite0.weights_file()))
    load_weights(classifier.network, tensors, is_replaced=classifier.is_replaced, source="package")
    reference, _, _ = efficientnet_lite0.create_efficientnet_lite0()
    images = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        assert torch.equal(classifier.eval().frozen_part(images), reference(images))


def test_tensors_with_timms_names_are_kept() -> None:
    state = build("timm-head", name="efficientnet_lite0", size=64).network.state_dict()
    assert efficientnet_lite0.timm_names(state, state).keys() == state.keys()


def test_another_network_with_the_names_of_the_package_is_refused() -> None:
    state = {"conv_stem.weight": torch.zeros(2, 2), "bn1.weight": torch.zeros(2)}
    with pytest.raises(InputError, match="the weights have 1 tensors, but efficientnet_lite0 has 2"):
        efficientnet_lite0.timm_names({"_conv_stem.weight": torch.zeros(2, 2)}, state)
