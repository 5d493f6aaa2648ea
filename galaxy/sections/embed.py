"""The sections `embed` and `embed_pixels` of params.yaml."""

from typing import Literal

from pydantic import Field

from galaxy.sections.section import Section


class EmbedSection(Section):
    """Section `embed`: computation of features by a network."""

    size: int = Field(ge=8, le=1024)
    crop: int | None = Field(ge=8, le=4096)
    resampling: Literal["bicubic", "bilinear", "area"]
    blocks: int = Field(ge=1)
    norm: bool
    batch_size: int = Field(ge=1, le=65_536)
    control_seed: int = Field(ge=0, lt=2**63)


class PixelsSection(Section):
    """Section `embed_pixels`: computation of features without a network."""

    size: int = Field(ge=1, le=256)
