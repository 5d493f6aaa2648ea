"""The section `dino_best` of params.yaml."""

from typing import Annotated, Literal

from pydantic import Field

from galaxy.sections.section import Section


class BestSection(Section):
    """Section `dino_best`: clustering of galaxies by features that do not react to orientation and size."""

    network: Literal["dino", "imagenet"]
    size: int = Field(ge=8, le=1024)
    aperture: float | None = Field(gt=0.1, le=100)
    colour: Literal["keep", "remove"]
    reduction: Literal["whitening", "umap"]
    dimensions: tuple[Annotated[int, Field(ge=1)], ...] = Field(min_length=1)
    whitening: float = Field(ge=0, le=1)
    clusters: int | None = Field(ge=2)
    method: Literal["heads", "kmeans"]
    heads: int = Field(ge=1, le=1000)
    neighbours: int = Field(ge=1, le=10_000)
    updates: int = Field(ge=1, le=1_000_000)
    curve: tuple[Annotated[int, Field(ge=2)], ...]
    batch_size: int = Field(ge=1, le=65_536)
