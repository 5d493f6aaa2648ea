"""Vision transformers of timm as DINO uses them: CLS tokens of the last blocks, and attention of the last block.

In the shapes, B is the number of images, S their width in pixels, P the patches along a side, W the model's width and
H the number of heads.
"""

import difflib
from typing import Any

import timm
import torch
from timm.layers.drop import DropPath
from timm.models import is_model_in_modules
from timm.models.vision_transformer import VisionTransformer
from torch import Tensor, nn

from galaxy.errors import ArgumentError, InputError
from galaxy.models.small_transformer import SMALL_TRANSFORMERS, create_small_transformer

_MODULES = ("vision_transformer", "deit")  # timm's, whose models are plain vision transformers


def create_backbone(name: str, *, seed: int) -> VisionTransformer:
    """Create a timm vision transformer without classifier, with random weights that depend on `seed` only.

    It takes images (B, 3, S, S) for any S that is a multiple of the patch size; position embeddings are interpolated.

    Args:
        name: Name of a model of timm's modules `vision_transformer` and `deit`, with or without tag, like
            vit_small_patch16_224.dino, or one of `SMALL_TRANSFORMERS`.
        seed: Seed of the random weights.

    Raises:
        InputError: If timm does not know the name or its tag, or the model has no CLS token or no attention of timm's
            usual form (one fused layer for queries, keys and values).
    """
    own = name in SMALL_TRANSFORMERS
    if not own:
        _check_name(name)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        if own:
            model: nn.Module = create_small_transformer(name)
        else:
            model = timm.create_model(name, pretrained=False, num_classes=0, dynamic_img_size=True)
    if (
        not isinstance(model, VisionTransformer)
        or model.cls_token is None
        or model.pos_embed is None
        or not all(isinstance(getattr(block, "attn", None), nn.Module) for block in model.blocks)
        or not all(isinstance(getattr(block.attn, "qkv", None), nn.Linear) for block in model.blocks)
    ):
        raise InputError(
            f"{name} is not a vision transformer with a CLS token and fused attention in every block; "
            "take one like vit_small_patch16_224.dino or vit_base_patch16_224"
        )
    return model.eval()


def set_drop_path(model: VisionTransformer, rate: float) -> None:
    """Skip residual branches at random in training (stochastic depth, Huang et al. 2016).

    The rate rises linearly from 0 in the first block to `rate` in the last, as in DINO's student. Branches are skipped
    for each image separately, with torch's default generator.
    """
    if not rate:
        return
    for block, share in zip(model.blocks, torch.linspace(0, rate, len(model.blocks)).tolist(), strict=True):
        for name in ("drop_path1", "drop_path2"):
            setattr(block, name, DropPath(share))


def check_size(model: VisionTransformer, size: int, *, name: str = "size") -> None:
    """Check that an image can be divided into patches.

    Args:
        model: The transformer.
        size: Width and height of the image in pixels.
        name: Name of the size in the message.

    Raises:
        ArgumentError: If the size is not a multiple of the patch size.
    """
    patch = patch_size(model)
    if size < patch or size % patch:
        below = size // patch * patch
        nearest = f"sizes are {below} and {below + patch}" if below else f"size is {patch}"
        raise ArgumentError(
            f"{name} is {size} pixels, which the backbone's patches of {patch} do not divide; the nearest {nearest}"
        )


def number_of_blocks(name: str) -> int:
    """Return the number of blocks of a backbone without allocating its weights.

    Raises:
        InputError: If the name is unknown, or belongs to another kind of network.
    """
    with torch.device("meta"):
        return len(create_backbone(name, seed=0).blocks)


def patch_size(model: VisionTransformer) -> int:
    """Return the width and height of a patch in pixels."""
    return int(model.patch_embed.patch_size[0])


def normalisation(model: VisionTransformer) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return timm's mean and standard deviation per channel, of pixels in [0, 1], for the model's weights."""
    published: Any = model.pretrained_cfg
    return tuple(published["mean"]), tuple(published["std"])


def cls_tokens(model: VisionTransformer, images: Tensor, *, blocks: int, norm: bool = True) -> Tensor:
    """Return the concatenated CLS tokens of the last blocks, the earliest first: (B, 3, S, S) to (B, blocks * W).

    With `norm` the final layer norm is applied to each token, as in the reference's `get_intermediate_layers`
    (https://github.com/facebookresearch/dino).

    Args:
        model: The transformer.
        images: (B, 3, S, S) normalised images; S is a multiple of the patch size.
        blocks: Number of last blocks whose tokens are returned.
        norm: Whether the final layer norm is applied to each token.

    Raises:
        ArgumentError: If the model has fewer than `blocks` blocks.

    Example:
        >>> import torch
        >>> backbone = create_backbone("galaxy_vit_tiny_patch8_64", seed=0)
        >>> cls_tokens(backbone, torch.zeros(2, 3, 64, 64), blocks=4).shape
        torch.Size([2, 768])
    """
    if not 1 <= blocks <= len(model.blocks):
        raise ArgumentError(f"blocks is {blocks}; the backbone has {len(model.blocks)}, so 1 to {len(model.blocks)}")
    seen: Any = model.forward_intermediates(
        images, indices=blocks, norm=norm, return_prefix_tokens=True, output_fmt="NLC", intermediates_only=True
    )
    return torch.cat([prefix[:, 0] for _, prefix in seen], dim=1)


def cls_attention(model: VisionTransformer, images: Tensor) -> Tensor:
    """Return the last block's attention from CLS to the patches, per head: (B, 3, S, S) to (B, H, P, P).

    Rows sum to less than one, because CLS also attends to itself (and to registers, where a model has them).
    """
    attention: Any = model.get_submodule(f"blocks.{len(model.blocks) - 1}.attn")
    seen: list[Tensor] = []
    hook = attention.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    try:
        model.forward_features(images)
    finally:
        hook.remove()
    batch, count, _ = seen[0].shape
    qkv = attention.qkv(seen[0]).reshape(batch, count, 3, attention.num_heads, -1).permute(2, 0, 3, 1, 4)
    query, key = attention.q_norm(qkv[0][:, :, :1]), attention.k_norm(qkv[1])
    weight: Tensor = (query * attention.scale @ key.transpose(-2, -1)).softmax(dim=-1)
    side = images.shape[-1] // patch_size(model)
    return weight[:, :, 0, model.num_prefix_tokens :].reshape(batch, -1, side, side)


def _check_name(name: str) -> None:
    architecture, _, tag = name.partition(".")
    if not is_model_in_modules(architecture, _MODULES):
        known = [name for module in _MODULES for name in timm.list_models(module=module)]
        if timm.is_model(architecture):
            raise InputError(
                f"{architecture} is not a plain vision transformer; DINO needs one, like vit_small_patch16_224.dino"
            )
        near = difflib.get_close_matches(architecture, known, n=3) or ["vit_small_patch16_224", "vit_base_patch16_224"]
        raise InputError(f"timm has no vision transformer {architecture!r}; similar names: {', '.join(near)}")
    tags = [full.partition(".")[2] for full in timm.list_pretrained(f"{architecture}.*")]
    if tag and tag not in tags:
        raise InputError(f"timm has no weights {tag!r} of {architecture}; allowed are {', '.join(tags) or 'none'}")
