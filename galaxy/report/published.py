"""Results of the report that this project reproduces.

"A Comparison of Deep and Transfer Learning Approaches for Galaxy Morphology Classification from Images", R. Alberghi,
E. Calderoni, M. Casiraghi, M. Forzo, May 2024, section 5: Galaxy10 DECaLS, ten classes, 256 px, 100 epochs.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class PublishedRow:
    """A line of the report's table."""

    name: str
    """Name of the row in the report."""
    accuracy: float
    roc_auc: float


Published = Mapping[str, PublishedRow]
"""Lines of the report's table by the names of our rows; empty if they must not be compared with our results."""

PUBLISHED: Published = {
    "vgg11-scratch": PublishedRow("VGG11 from scratch", 0.73, 0.924),
    "vgg11-deep": PublishedRow("VGG11 deep tuning", 0.74, 0.924),
    "vgg11-shallow": PublishedRow("VGG11 shallow tuning", 0.58, 0.880),
    "custom": PublishedRow("Custom architecture", 0.76, 0.929),
    "dino-kmeans": PublishedRow("Dino + k-means", 0.16, 0.521),
    "dino-lora-kmeans": PublishedRow("Dino + k-means, tuned", 0.16, 0.522),
}

EPOCHS = 100
IMAGE_SIZE = 256
GALAXIES = 17736


@dataclass(frozen=True)
class PublishedElsewhere:
    """An accuracy on Galaxy10 DECaLS that others have published."""

    model: str
    accuracy: str
    """Accuracy in per cent, as text."""
    protocol: str
    source: str


_NO_CLEAN_TEST = (
    "The test file holds rotated originals and the program that built it is not public; the published command has no "
    "test split, and the numbers of galaxies per class are altered."
)

_HUB, _FIXED = "hub, matthieulel", "fixed split, 1,770 test galaxies (standard error 0.8)"
_NO_SOURCE = "not recorded"

PUBLISHED_ELSEWHERE = (
    PublishedElsewhere("majority class", "16.1", "share of the largest class", _NO_SOURCE),
    PublishedElsewhere("DINO ViT-S/8, frozen", "50.4", "20 nearest neighbours; raw pixels 41.9", _NO_SOURCE),
    PublishedElsewhere("ViT, random weights, frozen", "31.1", "20 nearest neighbours", _NO_SOURCE),
    PublishedElsewhere("SimCLR features, k-means", "purity 41.1", "clusters, not classes; AMI 0.273", _NO_SOURCE),
    PublishedElsewhere("CNN from scratch", "76 to 78", "82 with equivariance under rotation", _NO_SOURCE),
    PublishedElsewhere("ConvNeXt-B / Zoobot2 / DINOv2-L, tuned", "84.3 / 86.7 / 87.4", "supervised tuning", _NO_SOURCE),
    PublishedElsewhere("ConvNeXtV2-nano, tuned", "86.9", _FIXED, _HUB),
    PublishedElsewhere("ConvNeXtV2-tiny at 384 px, tuned", "86.8", _FIXED, _HUB),
    PublishedElsewhere("SwinV2-S, tuned", "86.5", _FIXED, _HUB),
    PublishedElsewhere("DINOv2-S, tuned", "86.1", _FIXED, _HUB),
    PublishedElsewhere(
        "ResNet-34 by LeJEPA on Galaxy10, tuned / frozen",
        "83.3 / 78.2",
        "pretrained on Galaxy10; 24 to 31 with one label a class",
        "arXiv:2511.08544",
    ),
    PublishedElsewhere("DINOv2-S, tuned, in the same paper", "78.3", "as the line above", "arXiv:2511.08544"),
    PublishedElsewhere(
        "GC-SWGAN", "about 84", "more than 75 with 20 % of the labels, more than 68 with 10 %", "arXiv:2504.00500"
    ),
    PublishedElsewhere("GCNN D16", "95.5", _NO_CLEAN_TEST, "arXiv:2311.01500"),
    PublishedElsewhere("Astroformer", "94.9", _NO_CLEAN_TEST, "arXiv:2304.05350"),
    PublishedElsewhere("ResNet101", "about 90", _NO_CLEAN_TEST, "arXiv:2606.08826"),
    PublishedElsewhere(
        "renders of TNG50, adapted to SDSS", "46 to 87", "another task: before and after adaptation", "arXiv:2511.18590"
    ),
)
"""Accuracies that others have published, with the protocol of each measurement."""
