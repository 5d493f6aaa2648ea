"""The section `evaluate_clusters` of params.yaml."""

from pydantic import Field

from stages._stage import Section


class BoundsSection(Section):
    """What the unsupervised rows are measured against."""

    neighbours: int = Field(ge=1, le=10_000)
    probe_strength: float = Field(gt=0)
    null_draws: int = Field(ge=200, le=100_000)
