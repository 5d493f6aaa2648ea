"""The section `dino` of params.yaml, which fine-tuning and embedding share."""

from typing import Literal

from pydantic import Field

from galaxy.sections.section import Section


class DinoSection(Section):
    """Section `dino`: the transformer and its weights."""

    backbone: str = Field(min_length=1)
    weights: str = Field(min_length=1)
    seed: int = Field(ge=0, lt=2**63)
    positions: Literal["timm", "reference"]

    def has_path(self) -> bool:
        """Return whether `weights` is the path of a checkpoint and not a name."""
        return self.weights not in {"random", "pretrained", "fractals", "rendered"}
