"""The backbone that `dino` in params.yaml describes, as fine-tuning and embedding both build it."""

from typing import Any

from timm.models.vision_transformer import VisionTransformer

from galaxy.models.dino_backbone import create_backbone
from galaxy.models.dino_weights import load_backbone_weights
from galaxy.models.state_digest import state_sha256
from stages._stage import from_root
from stages.sections.dino import DinoSection


def build_backbone(
    section: DinoSection, *, control_seed: int | None = None
) -> tuple[VisionTransformer, dict[str, Any]]:
    """The backbone and what it is, as JSON values with the SHA-256 of its weights.

    With `control_seed` the weights are random ones of that seed, whatever `dino.weights` says.
    """
    backbone = create_backbone(section.backbone, seed=section.seed if control_seed is None else control_seed)
    weights = section.weights if control_seed is None else "random"
    if weights not in {"random", "pretrained"}:
        weights = str(from_root(weights))
    said = load_backbone_weights(backbone, section.backbone, weights, folder=from_root("weights"))
    return backbone, {"backbone": section.backbone, "weights": said, "sha256": state_sha256(backbone.state_dict())}
