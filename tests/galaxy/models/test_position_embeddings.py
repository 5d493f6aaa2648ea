from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from galaxy.errors import InputError
from galaxy.models.dino_backbone import cls_tokens, create_backbone
from galaxy.models.position_embeddings import fix_positions

NAME = "test_vit"


@pytest.fixture(scope="module")
def images() -> torch.Tensor:
    return torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))


@torch.inference_mode()
def test_fixing_timms_positions_is_what_timm_does_for_each_image(images: torch.Tensor) -> None:
    model = create_backbone(NAME, seed=0)
    dynamic = cls_tokens(model, images, blocks=1)
    fix_positions(model, size=64, method="timm")
    torch.testing.assert_close(cls_tokens(model, images, blocks=1), dynamic, rtol=0, atol=1e-6)


@pytest.mark.parametrize("method", ["timm", "reference"])
def test_at_the_weights_own_size_nothing_changes(method: str) -> None:
    model = create_backbone(NAME, seed=0)
    before = model.get_parameter("pos_embed").detach().clone()
    fix_positions(model, size=160, method=method)
    assert torch.equal(model.get_parameter("pos_embed"), before)


def test_the_reference_interpolates_as_its_code_does() -> None:
    model = create_backbone(NAME, seed=0)
    before = model.get_parameter("pos_embed").detach().clone()
    fix_positions(model, size=256, method="reference")
    factor = (16 + 0.1) / 10
    grid = before[:, 1:].reshape(1, 10, 10, -1).permute(0, 3, 1, 2)
    expected = functional.interpolate(grid, scale_factor=(factor, factor), mode="bicubic")
    after = model.get_parameter("pos_embed")
    assert torch.equal(after[:, :1], before[:, :1])
    torch.testing.assert_close(after[0, 1:], expected[0].permute(1, 2, 0).reshape(256, -1))


def test_impossible_sizes_and_methods() -> None:
    model: Any = create_backbone(NAME, seed=0)
    with pytest.raises(InputError, match="64 and 80"):
        fix_positions(model, size=70, method="timm")
    with pytest.raises(InputError, match="timm, reference"):
        fix_positions(model, size=64, method="nearest")
    assert np.prod(model.pos_embed.shape) == 101 * 64


def test_a_backbone_without_positions_is_refused() -> None:
    model = create_backbone(NAME, seed=0)
    model.pos_embed = None
    with pytest.raises(InputError, match="no position embeddings to interpolate; take one that has"):
        fix_positions(model, size=64, method="timm")
