from pathlib import Path
from types import SimpleNamespace

import pytest

from galaxy.models.small_transformer import SMALL_TRANSFORMERS
from galaxy.sections.models import TimmEntry
from galaxy.workbench.check_networks import OWN_BACKBONES, weight_problems


def test_weights_of_settled_rows_are_not_looked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked = []
    monkeypatch.setenv("DVC_ROOT", str(tmp_path))
    monkeypatch.setattr("galaxy.recipes.network.check_weights", lambda given, **_: asked.append(given["name"]))
    monkeypatch.setattr("galaxy.recipes.dino_build.build_backbone", lambda name, **_: asked.append(name))
    entry = TimmEntry(kind="timm", name="resnet18", weights="pretrained")
    sections = {
        "models": {"res": entry},
        "split": SimpleNamespace(size=64),
        "dino": SimpleNamespace(weights="pretrained", backbone="vit"),
        "dino_best": SimpleNamespace(network="dino", reduction="whitening"),
    }
    with_dino = {"dino-finetune-lora", "embed@dino", "embed@random-init", "embed-tuned", "dino-best"}
    for settled, expected in (
        (set(), ["resnet18", "vit"]),
        ({"download", "split", "train@res"}, ["vit"]),
        ({"split", "train@res"} | with_dino, ["resnet18", "vit"]),  # other galaxies, so everything trains again
        ({"download", "split", "train@res"} | with_dino, []),
    ):
        asked.clear()
        assert list(weight_problems(sections, settled, known=[])) == []
        assert asked == expected


def test_the_blocks_of_our_backbones_are_those_that_they_are_built_with() -> None:
    assert {name: shape.depth for name, shape in SMALL_TRANSFORMERS.items()} == OWN_BACKBONES
