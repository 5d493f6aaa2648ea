"""The section `pca` of params.yaml."""

from typing import Literal

from pydantic import Field

from stages._stage import Section


class PcaSection(Section):
    """How many components, of what."""

    variance: float = Field(gt=0, le=1)
    scaling: Literal["none", "block", "standard"]
