"""Backbone and head together, over views of several sizes."""

from collections.abc import Sequence
from itertools import groupby

import torch
from timm.models.vision_transformer import VisionTransformer
from torch import Tensor, nn

from galaxy.models.dino_backbone import cls_tokens
from galaxy.models.dino_head import DinoHead


class DinoNetwork(nn.Module):
    """What student and teacher are: a transformer and a projection head."""

    def __init__(self, backbone: VisionTransformer, head: DinoHead) -> None:
        super().__init__()
        self.backbone, self.head = backbone, head

    def forward(self, views: Sequence[Tensor], *, last_layer_learns: bool = True) -> tuple[Tensor, Tensor]:
        """Views, each (B, 3, S, S) with its own S, to CLS tokens (V * B, W) and logits (V * B, K), view by view.

        Neighbouring views of one size go through the backbone in one batch.
        """
        tokens = torch.cat(
            [
                cls_tokens(self.backbone, torch.cat(list(group)), blocks=1)
                for _, group in groupby(views, key=lambda view: view.shape[-1])
            ]
        )
        return tokens, self.head(tokens, last_layer_learns=last_layer_learns)
