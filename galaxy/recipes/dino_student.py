"""What learns in `dino-finetune-lora`: adapters on the backbone, a projection head, and the step that drives both."""

import numpy as np
import torch
from numpy.typing import NDArray
from timm.models.vision_transformer import VisionTransformer

from galaxy.data.multicrop import MultiCrop
from galaxy.models.dino_backbone import normalisation
from galaxy.models.dino_head import DinoHead
from galaxy.models.dino_network import DinoNetwork
from galaxy.models.lora import attach_adapters
from galaxy.training.batch_source import array_source
from galaxy.training.dino_step import DinoStep
from galaxy.training.seeding import derive_seed
from stages.sections.dino_finetune import FinetuneSection


def make_step(
    backbone: VisionTransformer,
    section: FinetuneSection,
    *,
    positions: str,
    images: NDArray[np.uint8],
    rows: NDArray[np.int64],
    device: torch.device,
) -> tuple[DinoStep, int]:
    """The step over `images[rows]`, and how many parameters of the backbone learn; adapters are put on `backbone`.

    Raises:
        InputError: adapters that do not fit the backbone.
    """
    lora, head = section.lora, section.head
    trainable = attach_adapters(
        backbone,
        targets=lora.targets,
        rank=lora.rank,
        alpha=lora.alpha,
        seed=derive_seed("adapters", section.seed),
        also=lora.also,
    )
    projection = DinoHead(
        backbone.embed_dim,
        prototypes=head.prototypes,
        hidden=head.hidden,
        bottleneck=head.bottleneck,
        norm_last_layer=head.norm_last_layer,
        seed=derive_seed("head", section.seed),
    )
    if not head.learns:
        projection.requires_grad_(requires_grad=False)
    mean, deviation = (torch.tensor(v, device=device).view(1, 3, 1, 1) for v in normalisation(backbone))
    step = DinoStep(
        DinoNetwork(backbone, projection, positions=positions).to(device),
        last_layer="head.directions",
        source=array_source(images, rows, device),
        crops=MultiCrop(section.crops.augmentation, **section.crops.model_dump(exclude={"augmentation"})),
        normalise=lambda view: (view - mean) / deviation,
        prototypes=head.prototypes,
        student_temperature=section.student_temperature,
        center_momentum=section.center_momentum,
        freeze_last_layer=head.freeze_last_layer,
    )
    return step, trainable
