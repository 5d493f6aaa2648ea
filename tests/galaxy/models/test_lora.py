from collections.abc import Sequence

import pytest
import torch
from timm.models.vision_transformer import VisionTransformer
from torch import Tensor

from galaxy.errors import InputError
from galaxy.models.dino_backbone import cls_tokens, create_backbone
from galaxy.models.lora import (
    TARGETS,
    LowRankLinear,
    adapter_state,
    attach_adapters,
    load_adapter,
    merge_adapters,
)

WIDTH, DEPTH = 64, 6


@pytest.fixture
def model() -> VisionTransformer:
    return create_backbone("test_vit", seed=0)


@pytest.fixture(scope="module")
def images() -> Tensor:
    return torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))


def disturb(model: VisionTransformer) -> None:
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for tensor in adapter_state(model, also=[]).values():
            tensor.add_(0.1 * torch.randn(tensor.shape, generator=generator))


@pytest.mark.parametrize("targets", [["q", "v", "proj"], list(TARGETS), ["k"], ["fc2"]])
def test_a_fresh_adapter_changes_nothing_and_merging_changes_nothing(
    model: VisionTransformer, images: Tensor, targets: Sequence[str]
) -> None:
    plain = cls_tokens(model, images, blocks=4)
    attach_adapters(model, targets=targets, rank=4, alpha=8, seed=0)
    assert torch.equal(cls_tokens(model, images, blocks=4), plain)
    disturb(model)
    tuned = cls_tokens(model, images, blocks=4)
    assert (tuned - plain).abs().max() > 1e-2
    merge_adapters(model)
    assert not any(isinstance(module, LowRankLinear) for module in model.modules())
    torch.testing.assert_close(cls_tokens(model, images, blocks=4), tuned, rtol=0, atol=2e-5)


def test_each_target_changes_its_own_rows_of_qkv_and_no_other(model: VisionTransformer) -> None:
    before = model.get_parameter("blocks.3.attn.qkv.weight").detach().clone()
    attach_adapters(model, targets=["v"], rank=2, alpha=2, seed=0)
    disturb(model)
    merge_adapters(model)
    change = (model.get_parameter("blocks.3.attn.qkv.weight") - before).abs().sum(dim=1)
    assert (change[: 2 * WIDTH] == 0).all()
    assert (change[2 * WIDTH :] > 0).all()


def test_the_update_is_alpha_over_rank_times_b_a(model: VisionTransformer) -> None:
    before = model.get_parameter("blocks.0.attn.proj.weight").detach().clone()
    attach_adapters(model, targets=["proj"], rank=4, alpha=1, seed=0)
    disturb(model)
    state = adapter_state(model, also=[])
    up, down = state["blocks.0.attn.proj.up.proj"], state["blocks.0.attn.proj.down.proj"]
    expected = before + up @ down / 4
    merge_adapters(model)
    torch.testing.assert_close(model.get_parameter("blocks.0.attn.proj.weight"), expected, rtol=0, atol=1e-6)


def test_only_adapters_and_what_is_named_learn_and_all_of_them_get_a_gradient(
    model: VisionTransformer, images: Tensor
) -> None:
    count = attach_adapters(model, targets=["q", "v", "proj"], rank=4, alpha=4, seed=0, also=["norm1.bias"])
    learning = {name for name, p in model.named_parameters() if p.requires_grad}
    assert learning == set(adapter_state(model, also=["norm1.bias"]))
    assert count == DEPTH * (3 * 2 * 4 * WIDTH + WIDTH)
    disturb(model)
    cls_tokens(model, images, blocks=4).square().sum().backward()  # type: ignore[no-untyped-call]
    for name, parameter in model.named_parameters():
        if name in learning:
            assert parameter.grad is not None, name
            assert parameter.grad.abs().sum() > 0, name
        else:
            assert parameter.grad is None, name


def test_saved_tensors_restore_the_function(model: VisionTransformer, images: Tensor) -> None:
    attach_adapters(model, targets=["q", "fc1"], rank=2, alpha=2, seed=0)
    disturb(model)
    saved = {name: tensor.detach().clone() for name, tensor in adapter_state(model, also=[]).items()}
    other = create_backbone("test_vit", seed=0)
    attach_adapters(other, targets=["q", "fc1"], rank=2, alpha=2, seed=5)
    load_adapter(other, saved, also=[], source="here")
    assert torch.equal(cls_tokens(other, images, blocks=2), cls_tokens(model, images, blocks=2))
    saved.pop("blocks.0.mlp.fc1.up.fc1")
    with pytest.raises(InputError, match="fc1"):
        load_adapter(other, saved, also=[], source="here")


@pytest.mark.parametrize(
    ("targets", "rank", "also", "said"),
    [
        ([], 2, [], "one or more of"),
        (["q", "w"], 2, [], "one or more of q, k, v"),
        (["q", "q"], 2, [], "each once"),
        (["q"], 65, [], "between 1 and 64"),
        (["q"], 0, [], "between 1 and 64"),
        (["q"], 2, ["nonsense"], "nonsense"),
    ],
)
def test_impossible_adapters_are_one_line(
    model: VisionTransformer, targets: list[str], rank: int, also: list[str], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        attach_adapters(model, targets=targets, rank=rank, alpha=1, seed=0, also=also)


def test_a_network_without_attention_is_refused() -> None:
    with pytest.raises(InputError, match="no transformer blocks"):
        attach_adapters(torch.nn.Linear(2, 2), targets=["q"], rank=1, alpha=1, seed=0)
