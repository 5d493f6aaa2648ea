"""The section `embed_pixels` of params.yaml."""

from pydantic import Field

from stages._stage import Section


class PixelsSection(Section):
    """How images become vectors without a network."""

    size: int = Field(ge=1, le=256)
