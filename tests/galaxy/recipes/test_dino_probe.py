from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from galaxy.models.dino_backbone import create_backbone
from galaxy.models.lora import attach_adapters
from galaxy.recipes.dino_probe import probe_embeddings

NAME = "test_vit.r160_in1k"
IMAGES = np.random.default_rng(0).integers(0, 255, (3, 40, 40, 3), dtype=np.uint8)


def probe(backbone: Any, size: int = 32) -> NDArray[np.float32]:
    return probe_embeddings(backbone, IMAGES, size=size, interpolation="timm")


def test_the_backbone_is_neither_changed_nor_put_into_another_mode() -> None:
    backbone = create_backbone(NAME, seed=0).train()
    before = {name: tensor.clone() for name, tensor in backbone.state_dict().items()}
    found = probe(backbone)
    assert backbone.training
    assert all(torch.equal(tensor, before[name]) for name, tensor in backbone.state_dict().items())
    assert found.dtype == np.float32
    assert found.shape == (3, min(4, len(backbone.blocks)) * backbone.embed_dim)
    np.testing.assert_array_equal(probe(backbone), found)
    assert probe(backbone, size=48).shape == found.shape


def test_a_new_adapter_changes_nothing_and_a_trained_one_does() -> None:
    plain = probe(create_backbone(NAME, seed=0))
    backbone = create_backbone(NAME, seed=0)
    attach_adapters(backbone, targets=["q", "v"], rank=2, alpha=2, also=[], seed=0)
    np.testing.assert_allclose(probe(backbone), plain, atol=1e-5)
    with torch.no_grad():
        for parameter in backbone.parameters():
            if parameter.requires_grad:
                parameter.add_(0.1)
    assert np.abs(probe(backbone) - plain).max() > 1e-2
