"""The sections `evaluate` and `evaluate_clusters` of params.yaml."""

from pydantic import Field

from galaxy.sections.section import Section


class EvaluateSection(Section):
    """Section `evaluate`: computation of the metrics of all rows."""

    bootstrap: int = Field(ge=0, le=100_000)
    bins: int = Field(ge=2, le=100)
    seed: int = Field(ge=0, lt=2**63)


class BoundsSection(Section):
    """Section `evaluate_clusters`: the null model and the probes that clusters are compared with."""

    neighbours: int = Field(ge=1, le=10_000)
    probe_strength: float = Field(gt=0)
    null_draws: int = Field(ge=200, le=100_000)
