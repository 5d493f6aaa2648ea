"""Small classifiers of every kind, and images for them."""

from typing import Any

import torch

from galaxy.models.architecture import build_classifier
from galaxy.models.classifier import Classifier

SIZE, CLASSES = 32, 4
MEAN, STD = (0.2, 0.3, 0.4), (0.5, 0.6, 0.7)

SMALL_VGG: dict[str, Any] = {"kind": "vgg", "channels": 8, "grid": 1, "head": [16]}
ARCHITECTURES: dict[str, dict[str, Any]] = {
    "scratch": {**SMALL_VGG, "init": "normal"},
    "deep": {**SMALL_VGG, "freeze": 4, "reinit": 4},
    "partly": {**SMALL_VGG, "freeze": 2, "reinit": 3},
    "shallow": {**SMALL_VGG, "freeze": 8},
    "batch-norm": {**SMALL_VGG, "batch_norm": True, "freeze": 3},
    "custom": {"kind": "custom", "channels": 4, "head": [8]},
    "custom-norm-relu": {"kind": "custom", "channels": 4, "head": [], "order": "norm-relu", "pool": 1},
    "gcnn": {"kind": "gcnn", "fields": 2, "head": 8},
    "timm-all": {"kind": "timm", "name": "resnet10t"},
    "timm-head": {"kind": "timm", "name": "resnet10t", "tune": "head"},
    "timm-two": {"kind": "timm", "name": "resnet10t", "tune": 2},
    "timm-vit": {"kind": "timm", "name": "vit_tiny_patch16_224", "tune": 1},
}


def build(which: str, /, *, size: int = SIZE, **changes: Any) -> Classifier:
    torch.manual_seed(0)
    return build_classifier({**ARCHITECTURES[which], **changes}, classes=CLASSES, size=size, mean=MEAN, std=STD)


def images(count: int = 6, size: int = SIZE) -> torch.Tensor:
    generator = torch.Generator().manual_seed(5)
    return torch.randint(0, 256, (count, size, size, 3), dtype=torch.uint8, generator=generator)
