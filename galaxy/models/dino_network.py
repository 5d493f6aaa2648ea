"""A backbone with its projection head, for views of several sizes."""

from collections.abc import Sequence
from itertools import groupby

import torch
from timm.models.vision_transformer import VisionTransformer
from torch import Tensor, nn
from torch.func import functional_call

from galaxy.models.dino_backbone import cls_tokens, patch_size
from galaxy.models.dino_head import DinoHead
from galaxy.models.position_embeddings import reference_positions


class _Tokens(nn.Module):
    """CLS tokens of the last block, as a module whose positions can be replaced for one call."""

    def __init__(self, backbone: VisionTransformer) -> None:
        super().__init__()
        self.backbone = backbone

    def forward(self, images: Tensor) -> Tensor:
        return cls_tokens(self.backbone, images, blocks=1)


class DinoNetwork(nn.Module):
    """A transformer with a projection head, as student or teacher of a self-distillation.

    Args:
        backbone: The transformer.
        head: The projection head.
        interpolation: Method that interpolates position embeddings to the size of a view, `timm` or `reference`.
    """

    def __init__(self, backbone: VisionTransformer, head: DinoHead, *, interpolation: str) -> None:
        super().__init__()
        self.backbone, self.head, self._interpolation = backbone, head, interpolation

    def forward(self, views: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Compute the tokens and logits of all views.

        Consecutive views of the same size are computed in one batch.

        Args:
            views: V tensors (B, 3, S, S); S may differ between views.

        Returns:
            CLS tokens (V * B, W) and logits (V * B, K), with the rows of the first view first.
        """
        tokens = torch.cat(
            [self._tokens(torch.cat(list(group))) for _, group in groupby(views, key=lambda view: view.shape[-1])]
        )
        return tokens, self.head(tokens)

    def _tokens(self, images: Tensor) -> Tensor:
        if self._interpolation == "timm":
            return cls_tokens(self.backbone, images, blocks=1)
        patches, side = self.backbone.patch_embed, images.shape[-1] // patch_size(self.backbone)
        native = patches.grid_size
        fitting = reference_positions(self.backbone.get_parameter("pos_embed"), old=native[0], side=side)
        try:
            patches.grid_size = (side, side)  # otherwise timm would interpolate these positions again
            tokens: Tensor = functional_call(_Tokens(self.backbone), {"backbone.pos_embed": fitting}, (images,))
        finally:
            patches.grid_size = native
        return tokens
