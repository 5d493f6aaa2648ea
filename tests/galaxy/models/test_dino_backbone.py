import copy
import zlib
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch
from timm.models.vision_transformer import VisionTransformer
from torch import Tensor

from galaxy.errors import InputError
from galaxy.models.dino_backbone import (
    check_size,
    cls_attention,
    cls_tokens,
    create_backbone,
    normalisation,
    number_of_blocks,
    patch_size,
    set_drop_path,
)
from galaxy.models.multiply_adds import multiply_adds_of
from galaxy.models.position_embeddings import fix_positions

NAME = "vit_small_patch16_224.dino"
TINY = "test_vit"


def refilled(name: str, shape: tuple[int, ...]) -> Tensor:
    """A tensor of the reference's golden weights, by the recipe beside the golden files."""
    x = np.random.Generator(np.random.PCG64(zlib.crc32(name.encode()))).standard_normal(shape).astype(np.float32)
    if name.endswith(("norm1.weight", "norm2.weight")) or name == "norm.weight":
        x = 1 + 0.1 * x
    elif name.endswith("bias"):
        x = np.float32(0.02) * x
    else:
        x = np.float32(0.05) * x
    return torch.from_numpy(x.astype(np.float32))


@pytest.fixture(scope="module")
def golden(golden_folder: Path) -> dict[str, Any]:
    with np.load(golden_folder / "dino_vits16_embeddings.npz", allow_pickle=False) as file:
        return {key: file[key] for key in file.files}


@pytest.fixture(scope="module")
def model(golden: dict[str, Any]) -> VisionTransformer:
    backbone = create_backbone(NAME, seed=0)
    state = {}
    for line in golden["state_dict"]:
        name, shape = str(line).split(":")
        state[name] = refilled(name, tuple(int(n) for n in shape.strip("(), ").split(",")))
    backbone.load_state_dict(state, strict=True)
    return backbone


@pytest.fixture(scope="module")
def images(golden: dict[str, Any], real50: Path) -> Tensor:
    with h5py.File(real50) as file:
        pixels = file["images"][golden["rows"]]
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    return ((torch.from_numpy(pixels) / 255 - mean) / std).permute(0, 3, 1, 2)


@torch.inference_mode()
def test_embeddings_agree_with_the_reference(golden: dict[str, Any], model: VisionTransformer, images: Tensor) -> None:
    got = cls_tokens(model, images[:, :, 16:240, 16:240], blocks=4)
    np.testing.assert_allclose(got.numpy(), golden["embedding_224_centre_crop"], rtol=0, atol=1e-4)


@pytest.mark.parametrize(("method", "tolerance"), [("reference", 1e-4), ("timm", 2e-3)])
@torch.inference_mode()
def test_at_256_pixels_the_positions_make_the_difference(
    golden: dict[str, Any], model: VisionTransformer, images: Tensor, method: str, tolerance: float
) -> None:
    """Measured: the reference's interpolation agrees to 5e-6, timm's (antialiased, exact grid) to 1.5e-3."""
    other = copy.deepcopy(model)
    fix_positions(other, size=256, method=method)
    got = cls_tokens(other, images, blocks=4)
    np.testing.assert_allclose(got.numpy(), golden["embedding_256"], rtol=0, atol=tolerance)


@torch.inference_mode()
def test_attention_agrees_with_the_reference(golden: dict[str, Any], model: VisionTransformer, images: Tensor) -> None:
    got = cls_attention(model, images[:1, :, 16:240, 16:240])
    assert got.shape == (1, 6, 14, 14)
    np.testing.assert_allclose(got.flatten(2)[0].numpy(), golden["cls_attention_224_image0"], rtol=0, atol=1e-4)


@pytest.fixture(scope="module")
def tiny() -> VisionTransformer:
    return create_backbone(TINY, seed=0)


@torch.inference_mode()
def test_the_last_token_is_what_timm_itself_returns(tiny: VisionTransformer) -> None:
    x = torch.randn(2, 3, 48, 48, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(cls_tokens(tiny, x, blocks=2)[:, -tiny.embed_dim :], tiny(x), rtol=0, atol=1e-6)


@torch.inference_mode()
def test_without_norm_the_tokens_are_those_that_leave_the_blocks(tiny: VisionTransformer) -> None:
    x = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    raw = cls_tokens(tiny, x, blocks=3, norm=False).reshape(2, 3, -1)
    torch.testing.assert_close(tiny.norm(raw).flatten(1), cls_tokens(tiny, x, blocks=3), rtol=0, atol=1e-6)


def test_the_seed_alone_decides_the_weights() -> None:
    torch.manual_seed(123)
    before = torch.random.get_rng_state()
    first, second, other = (create_backbone(TINY, seed=seed).state_dict() for seed in (1, 1, 2))
    assert torch.equal(before, torch.random.get_rng_state())
    assert all(torch.equal(first[key], second[key]) for key in first)
    assert not torch.equal(first["blocks.0.attn.qkv.weight"], other["blocks.0.attn.qkv.weight"])


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("vit_smal_patch16_224", "vit_small_patch16_224"),
        ("resnet18", "not a plain vision transformer"),
        ("vit_small_patch16_224.nonsense", "allowed are .*dino"),
        ("test_vit3", "CLS token"),
    ],
)
def test_a_wrong_name_is_one_line(name: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        create_backbone(name, seed=0)


@pytest.mark.parametrize("name", ["deit_tiny_distilled_patch16_224", "vit_small_patch14_reg4_dinov2"])
@torch.inference_mode()
def test_further_tokens_beside_cls_do_no_harm(name: str) -> None:
    backbone = create_backbone(name, seed=0)
    side = 2 * patch_size(backbone)
    fix_positions(backbone, size=side, method="reference")
    x = torch.randn(1, 3, side, side, generator=torch.Generator().manual_seed(0))
    assert cls_tokens(backbone, x, blocks=2).shape == (1, 2 * backbone.embed_dim)
    attention = cls_attention(backbone, x)
    assert attention.shape[-2:] == (2, 2)
    assert (attention.sum(dim=(2, 3)) < 1).all()


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("vit_tiny_patch16_224.augreg_in21k", ((0.5,) * 3, (0.5,) * 3)),
        ("deit_tiny_patch16_224.fb_in1k", ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))),
    ],
)
def test_pixels_are_normalised_as_the_tagged_weights_want_them(name: str, wanted: object) -> None:
    assert normalisation(create_backbone(name, seed=0)) == wanted


def test_patches_must_tile_the_image(tiny: VisionTransformer) -> None:
    check_size(tiny, 64)
    with pytest.raises(InputError, match="the nearest sizes are 64 and 80"):
        check_size(tiny, 70)
    with pytest.raises(InputError, match=r"the nearest size is 16\Z"):
        check_size(tiny, 8)


def test_more_blocks_than_there_are(tiny: VisionTransformer) -> None:
    with pytest.raises(InputError, match="1 to 6"):
        cls_tokens(tiny, torch.zeros(1, 3, 32, 32), blocks=7)


def test_costs_what_was_published() -> None:
    backbone = create_backbone(NAME, seed=0).eval()
    assert sum(parameter.numel() for parameter in backbone.parameters()) == 21_665_664
    # 12 blocks of 12 D^2 weights and 2 T D of attention for each of T = 197 tokens, D = 384; 196 patches of 768 values.
    by_hand = 12 * 197 * (12 * 384**2 + 2 * 197 * 384) + 196 * 768 * 384
    assert multiply_adds_of(lambda: backbone(torch.zeros(1, 3, 224, 224))) == by_hand == 4_598_498_304


def test_blocks_are_counted_without_memory_for_them() -> None:
    for name, blocks in (("galaxy_vit_tiny_patch8_64", 6), (NAME, 12), ("vit_giant_patch14_224", 40)):
        assert number_of_blocks(name) == blocks
    with pytest.raises(InputError, match="not a plain vision transformer"):
        number_of_blocks("resnet18")


def test_stochastic_depth_rises_to_the_last_block_and_acts_in_training_alone(tiny: VisionTransformer) -> None:
    x = torch.randn(2, 3, 48, 48, generator=torch.Generator().manual_seed(0))
    model = copy.deepcopy(tiny)
    set_drop_path(model, 0.5)
    torch.manual_seed(0)
    rates = [getattr(block.drop_path1, "drop_prob", 0.0) for block in model.blocks]
    assert rates == pytest.approx(np.linspace(0, 0.5, len(model.blocks)))
    assert rates == [getattr(block.drop_path2, "drop_prob", 0.0) for block in model.blocks]
    # Of inputs that are alike the last block skips the branch for about half and doubles it for the others.
    same = torch.ones(1000, 1, 2)
    last: Any = model.train().blocks[-1]
    kept = last.drop_path1(same)
    assert set(kept[:, 0, 0].tolist()) == {0.0, 2.0}
    assert kept[:, 0, 0].mean() == pytest.approx(1, abs=0.15)
    with torch.inference_mode():
        assert torch.equal(model.eval()(x), tiny(x))
