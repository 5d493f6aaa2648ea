"""The files in galaxy/weights are undamaged and small, and agree with their metadata."""

import re

import pytest
from safetensors.torch import load_file

from galaxy.digest import file_sha256
from galaxy.models.architecture import build_classifier
from galaxy.models.dino_backbone import create_backbone, normalisation
from galaxy.models.dino_weights import load_backbone_weights
from galaxy.models.load_weights import load_weights
from galaxy.models.own_weights import FOLDER, OWN_WEIGHTS, OwnWeights, find_own_weights, list_own_weights

FILES = list_own_weights()


def test_all_together_take_at_most_12_mb_and_none_is_forgotten() -> None:
    assert sum(own.path.stat().st_size for own in FILES) <= 12e6
    assert {own.path.name for own in FILES} == {path.name for path in FOLDER.glob("*.safetensors")}


@pytest.mark.parametrize("own", FILES, ids=lambda own: own.name)
def test_a_file_is_found_by_its_network_and_fits_it(own: OwnWeights) -> None:
    assert own.weights in OWN_WEIGHTS
    assert file_sha256(own.path) == own.sha256
    assert find_own_weights(own.weights, own.network).name == own.name
    if own.network["kind"] == "dino":
        name = own.network["backbone"]
        backbone = create_backbone(name, seed=0)
        said = load_backbone_weights(backbone, name, own.weights, folder=FOLDER)
        assert said == f"{own.weights}, learnt from {own.learnt_from}"
        assert normalisation(backbone) == (own.mean, own.std)
        return
    network = build_classifier(own.network, classes=10, size=64, mean=own.mean, std=own.std)
    load_weights(network.network, load_file(own.path), is_replaced=network.is_replaced, source=own.name)


@pytest.mark.parametrize("own", FILES, ids=lambda own: own.name)
def test_the_model_card_names_every_file_with_its_hash(own: OwnWeights) -> None:
    card = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert re.search(rf"`{own.path.name}`.*{own.sha256[:12]}", card)
