"""The section `models` of params.yaml: one entry for each supervised row."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from stages._stage import Section

Width = Annotated[int, Field(ge=1, le=65_536)]


Widths = list[Width]


CONVOLUTIONS = {11: 8, 13: 10, 16: 13, 19: 16}


class _Entry(Section):
    weights: str = "random"
    """random | imagenet or pretrained | path of a checkpoint."""
    normalise: Literal["imagenet", "training"] | None = None
    """Mean and deviation of ImageNet or of the training images; null: what pretrained weights
    expect, of timm what it records for the model, else ImageNet's."""

    def architecture(self) -> dict[str, object]:
        """What the network is built from."""
        return self.model_dump(exclude={"weights", "normalise"})

    def smallest_size(self) -> int:
        """Pixels on a side of the smallest images that the network takes, as far as that is known beforehand."""
        return 1


class VGGEntry(_Entry):
    """A row with a VGG; see `galaxy.models.vgg`."""

    kind: Literal["vgg"]
    depth: Literal[11, 13, 16, 19] = 11
    channels: Width | None = None
    batch_norm: bool = False
    grid: int = Field(default=7, ge=1, le=64)
    head: Widths = Field(default=[4096, 4096])
    dropout: float = Field(default=0.5, ge=0, lt=1)
    freeze: int = Field(default=0, ge=0)
    reinit: int = Field(default=0, ge=0)
    init: Literal["normal", "kaiming"] = "kaiming"
    variance: float = Field(default=1e-2, gt=0)

    @model_validator(mode="after")
    def _has_these_convolutions(self) -> "VGGEntry":
        if self.freeze + self.reinit > CONVOLUTIONS[self.depth]:
            raise ValueError(
                f"freeze {self.freeze} and reinit {self.reinit} name more than the {CONVOLUTIONS[self.depth]} "
                f"convolutions of VGG{self.depth}; give fewer"
            )
        return self

    def smallest_size(self) -> int:
        """Five max-poolings halve the images."""
        return 2**5


class CustomEntry(_Entry):
    """A row with the report's own architecture; see `galaxy.models.custom`."""

    kind: Literal["custom"]
    pool: int = Field(default=2, ge=1, le=64)
    channels: Width = 32
    blocks: list[Annotated[int, Field(ge=1, le=64)]] = Field(default=[1, 1, 2, 2], min_length=1, max_length=10)
    head: Widths = Field(default=[256])
    order: Literal["relu-norm", "norm-relu"] = "relu-norm"
    dropout: float = Field(default=0.0, ge=0, lt=1)
    init: Literal["normal", "kaiming"] = "kaiming"
    variance: float = Field(default=1e-2, gt=0)

    def smallest_size(self) -> int:
        """The average pooling, then a max-pooling by two for each block."""
        return self.pool << len(self.blocks)  # times two for each block


class TimmEntry(_Entry):
    """A row with any model of timm; see `galaxy.models.timm_model`."""

    kind: Literal["timm"]
    name: str
    tune: Literal["all", "head"] | Annotated[int, Field(ge=1)] = "all"


ModelEntry = Annotated[VGGEntry | CustomEntry | TimmEntry, Field(discriminator="kind")]
