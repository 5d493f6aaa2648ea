"""The section `dino` of params.yaml, which fine-tuning and embedding share."""

from typing import Literal

from pydantic import Field

from stages._stage import Section


class DinoSection(Section):
    """Which transformer, with which weights."""

    backbone: str
    weights: str
    seed: int = Field(ge=0)
    positions: Literal["timm", "reference"]
