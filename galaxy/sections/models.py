"""The section `models` of params.yaml: one entry for each supervised row."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from galaxy.sections.section import Section

Width = Annotated[int, Field(ge=1, le=65_536)]
Share = Annotated[float, Field(ge=0, le=1)]
Deviation = Annotated[float, Field(gt=0, le=1)]

CONVOLUTIONS = {11: 8, 13: 10, 16: 13, 19: 16}
"""Number of convolutional layers of a VGG by its depth."""


class Normalisation(Section):
    """Mean and standard deviation of red, green and blue by which pixels are normalised, of pixels scaled to [0, 1]."""

    mean: tuple[Share, Share, Share]
    std: tuple[Deviation, Deviation, Deviation]


class _Entry(Section):
    weights: str = "random"
    """`random`, `fractals` or `rendered` for the project's own weights, `imagenet` or `pretrained` for published ones,
    or the path of a checkpoint."""
    normalise: Literal["imagenet", "training"] | Normalisation | None = None
    """Mean and standard deviation by which pixels are normalised: those of ImageNet, those of the training images, or
    given numbers. Null takes those of the training images for random weights, those that the file records for the
    project's own weights and those of trained rows, those of timm for timm's, and those of ImageNet for all others."""

    def architecture(self) -> dict[str, object]:
        """Return the arguments that the network is built from."""
        return self.model_dump(exclude={"weights", "normalise"})

    def smallest_size(self) -> int:
        """Return the width in pixels of the smallest images that the network accepts, if known before it is built."""
        return 1


class VGGEntry(_Entry):
    """A row with a VGG; see `galaxy.models.vgg`."""

    kind: Literal["vgg"]
    depth: Literal[11, 13, 16, 19] = 11
    channels: Width | None = None
    batch_norm: bool = False
    grid: int = Field(default=7, ge=1, le=64)
    head: list[Width] = Field(default=[4096, 4096])
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
        """Return the width that five max-poolings by two reduce to one pixel."""
        return 2**5


class CustomEntry(_Entry):
    """A row with the report's custom architecture; see `galaxy.models.custom`."""

    kind: Literal["custom"]
    pool: int = Field(default=2, ge=1, le=64)
    channels: Width = 32
    blocks: list[Annotated[int, Field(ge=1, le=64)]] = Field(default=[1, 1, 2, 2], min_length=1, max_length=10)
    head: list[Width] = Field(default=[256])
    order: Literal["relu-norm", "norm-relu"] = "relu-norm"
    dropout: float = Field(default=0.0, ge=0, lt=1)
    init: Literal["normal", "kaiming"] = "kaiming"
    variance: float = Field(default=1e-2, gt=0)

    def smallest_size(self) -> int:
        """Return the width that the average pooling and one max-pooling for each block reduce to one pixel."""
        return self.pool << len(self.blocks)


class GCNNEntry(_Entry):
    """A row whose predictions do not change under flips and quarter turns; see `galaxy.models.gcnn`."""

    kind: Literal["gcnn"]
    pool: int = Field(default=2, ge=1, le=64)
    fields: Annotated[int, Field(ge=1, le=8192)] = 8
    blocks: list[Annotated[int, Field(ge=1, le=64)]] = Field(default=[1, 1, 2, 2], min_length=1, max_length=10)
    head: Annotated[int, Field(ge=1, le=8192)] = 64
    dropout: float = Field(default=0.0, ge=0, lt=1)

    def smallest_size(self) -> int:
        """Return the width that the average pooling and one max-pooling for each block reduce to one pixel."""
        return self.pool << len(self.blocks)


class TimmEntry(_Entry):
    """A row with any model of timm; see `galaxy.models.timm_model`."""

    kind: Literal["timm"]
    name: str
    tune: Literal["all", "head"] | Annotated[int, Field(ge=1)] = "all"


ModelEntry = Annotated[VGGEntry | CustomEntry | GCNNEntry | TimmEntry, Field(discriminator="kind")]
