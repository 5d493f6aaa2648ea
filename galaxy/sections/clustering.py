"""The sections `pca` and `kmeans` of params.yaml, which make clusters of features."""

from typing import Annotated, Literal, TypeVar

from pydantic import Field, field_validator, model_validator

from galaxy.sections.section import Section

T = TypeVar("T")


class PcaSection(Section):
    """Section `pca`: scaling of the features, and the number of principal components that are kept."""

    variance: float = Field(gt=0, le=1)
    scaling: Literal["none", "block", "standard"]


class KmeansSection(Section):
    """Section `kmeans`: clustering of the features."""

    clusters: int | None = Field(ge=1)
    restarts: int = Field(ge=1, le=10_000)
    seeds: tuple[Annotated[int, Field(ge=0, lt=2**32)], ...] = Field(min_length=1)
    probability: Literal["distance", "hard"]
    also: tuple[Literal["gaussian-mixture", "agglomerative", "spectral"], ...]

    @field_validator("seeds", "also")
    @classmethod
    def _differ(cls, values: tuple[T, ...]) -> tuple[T, ...]:
        if len(set(values)) != len(values):
            raise ValueError("the same value is given twice, and each stands for one clustering; give each value once")
        return values

    @model_validator(mode="after")
    def _are_several(self) -> "KmeansSection":
        if self.clusters == 1 and self.also:
            raise ValueError(
                f"clusters is 1, but {', '.join(self.also)} need at least 2; give more clusters, or also: []"
            )
        return self
