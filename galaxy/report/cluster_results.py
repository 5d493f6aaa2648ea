"""The results that only rows that cluster have, parsed and checked when they are read."""

from pydantic import BaseModel, ConfigDict, Field


class Form(BaseModel):
    """A part of a JSON file; values must have the given types, and keys that are not named here are ignored."""

    model_config = ConfigDict(strict=True, allow_inf_nan=False)


class NullBand(Form):
    """Accuracies that shuffled clusters reach: their mean and central 95 % over a number of draws."""

    mean: float
    low: float
    high: float
    draws: int


class OtherClustering(Form):
    """A clustering of the same components by another method than k-means."""

    name: str
    accuracy: float
    accuracy_all: float
    null: NullBand


class EmbeddingChange(Form):
    """How much fine-tuning has changed the embeddings."""

    cosine_distance: float


class Costs(Form):
    """Parameters, and multiply-adds of one image's forward pass; None for a row without a network."""

    parameters: int | None = None
    multiply_adds: float | None = None


class FeatureSource(Costs):
    """The features that were clustered."""

    fitted_on: int
    """Number of training galaxies that the PCA was fitted on."""
    weights: str = "none"
    change: EmbeddingChange | None = None
    collapsed: str | None = None
    """Why the fine-tuning counts as collapsed; None where it does not."""


class StepScores(Form):
    """A step of the row `dino-best`: scores on the test galaxies."""

    step: str
    accuracy: float
    ari: float
    nmi: float
    ami: float


class ClusterCount(Form):
    """Scores on the test galaxies with a number of clusters."""

    clusters: float
    accuracy: float
    ari: float
    nmi: float
    ami: float
    null_accuracy: float


class Rejection(Form):
    """Accuracy on the test galaxies that are kept when a share of them is rejected."""

    rejected: float
    accuracy: float


class Explained(Form):
    """R^2 on the test galaxies: of each leading component, and of all by their variance."""

    leading: list[float]
    all: float


class AxesStudy(Form):
    """What components follow: the share of variance of the leading ones, and R^2 by the quantity regressed on."""

    share: list[float]
    r2: dict[str, Explained]


class Study(Form):
    """What only the row `dino-best` has."""

    steps: list[StepScores] = Field(min_length=1)
    curve: list[ClusterCount]
    rejection: list[Rejection]
    axes: dict[str, AxesStudy]


class ClusterDetails(Form):
    """Results that only rows that cluster have."""

    null: NullBand
    null_all: NullBand
    null_agreement: dict[str, NullBand]
    """By `ari`, `nmi` and `ami`."""
    study: Study | None = None
    also: list[OtherClustering]
    neighbours: int
    dimensions: int
    majority: float
    """Share of the largest class among the test galaxies."""
    source: FeatureSource
    knn_right: list[int]
    """(T,) 1 where the nearest neighbours of a test galaxy vote for its class."""
