from pathlib import Path

import numpy as np

from benchmarks.stand_in_weights import golden_tensors, write_dino_release, write_timm
from galaxy.models.dino_backbone import create_backbone
from galaxy.models.dino_weights import load_backbone_weights

NAME = "test_vit.r160_in1k"


def test_both_layouts_of_dino_give_the_same_backbone(tmp_path: Path) -> None:
    write_timm(tmp_path, NAME)
    release = write_dino_release(tmp_path, NAME)
    found = []
    for weights in ("pretrained", str(release)):
        backbone = create_backbone(NAME, seed=0)
        load_backbone_weights(backbone, NAME, weights, folder=tmp_path)
        found.append({name: tensor.numpy() for name, tensor in backbone.state_dict().items()})
    np.testing.assert_equal(found[0], found[1])
    assert np.std(found[0]["blocks.0.attn.qkv.weight"]) > 0.04


def test_tensors_are_those_of_the_recipe() -> None:
    drawn = golden_tensors(
        {"norm.weight": (1000,), "blocks.0.norm1.bias": (1000,), "blocks.0.mlp.fc1.weight": (100, 10)}
    )
    means = {name: float(tensor.mean()) for name, tensor in drawn.items()}
    deviations = {name: round(float(tensor.std()), 2) for name, tensor in drawn.items()}
    assert deviations == {"norm.weight": 0.1, "blocks.0.norm1.bias": 0.02, "blocks.0.mlp.fc1.weight": 0.05}
    assert round(means["norm.weight"], 1) == 1.0
