"""The sections `evaluate` and `evaluate_clusters` of params.yaml."""

from pydantic import Field

from stages._stage import Section


class EvaluateSection(Section):
    """How predictions of every row are measured."""

    bootstrap: int = Field(ge=0, le=100_000)
    bins: int = Field(ge=2, le=100)
    seed: int = Field(ge=0, lt=2**63)
