import copy

import pytest
import torch

from galaxy.models.dino_backbone import cls_tokens, create_backbone
from galaxy.models.dino_head import DinoHead
from galaxy.models.dino_network import DinoNetwork
from galaxy.models.position_embeddings import fix_positions


@pytest.mark.parametrize("method", ["timm", "reference"])
def test_positions_of_each_size_are_interpolated_as_for_embedding(method: str) -> None:
    backbone = create_backbone("test_vit", seed=0)
    head = DinoHead(64, prototypes=4, hidden=8, bottleneck=4, norm_last_layer=True, seed=0)
    network = DinoNetwork(backbone, head, interpolation=method)
    generator = torch.Generator().manual_seed(0)
    views = [torch.randn(2, 3, size, size, generator=generator) for size in (64, 64, 32, 160)]
    tokens, _ = network(views)
    expected = []
    for view in views:
        fixed = copy.deepcopy(backbone)
        fix_positions(fixed, size=view.shape[-1], method=method)
        expected.append(cls_tokens(fixed, view, blocks=1))
    torch.testing.assert_close(tokens, torch.cat(expected), rtol=0, atol=1e-5)
    assert backbone.patch_embed.grid_size == (10, 10)
    assert backbone.get_parameter("pos_embed").shape[1] == 101


def test_gradients_reach_the_positions_themselves() -> None:
    backbone = create_backbone("test_vit", seed=0)
    head = DinoHead(64, prototypes=4, hidden=8, bottleneck=4, norm_last_layer=True, seed=0)
    tokens, _ = DinoNetwork(backbone, head, interpolation="reference")([torch.ones(1, 3, 32, 32)])
    tokens[:, 0].sum().backward()
    gradient = backbone.get_parameter("pos_embed").grad
    assert gradient is not None
    assert gradient.abs().sum() > 0
