"""Types of the results that exist for clustering rows only; values are checked when a file is read."""

from pydantic import BaseModel, ConfigDict, Field


class Form(BaseModel):
    """A part of a JSON file. Values must have the declared types; other keys are ignored."""

    model_config = ConfigDict(strict=True, allow_inf_nan=False)


class NullBand(Form):
    """Accuracy of shuffled clusters: mean and bounds of the central 95 % over a number of draws."""

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
    """Change of the embeddings by fine-tuning."""

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
    """Text that says how the fine-tuning has collapsed; None if it has not."""


class StepScores(Form):
    """Scores of the row `dino-best` on the test galaxies after one of its steps."""

    step: str
    accuracy: float
    ari: float
    nmi: float
    ami: float


class ClusterCount(Form):
    """Scores on the test galaxies for one number of clusters."""

    clusters: float
    accuracy: float
    ari: float
    nmi: float
    ami: float
    null_accuracy: float


class Rejection(Form):
    """Accuracy on the remaining test galaxies if a share of them is rejected."""

    rejected: float
    accuracy: float


class Explained(Form):
    """R^2 on the test galaxies: of each leading component, and of all components, weighted by their variance."""

    leading: list[float]
    all: float


class AxesStudy(Form):
    """Regression of components on measured quantities: variance shares of the leading components, R^2 by quantity."""

    share: list[float]
    r2: dict[str, Explained]


class Study(Form):
    """Results that exist for the row `dino-best` only."""

    steps: list[StepScores] = Field(min_length=1)
    curve: list[ClusterCount]
    rejection: list[Rejection]
    axes: dict[str, AxesStudy]


class ClusterDetails(Form):
    """Results that exist for clustering rows only."""

    null: NullBand
    null_all: NullBand
    null_agreement: dict[str, NullBand]
    """Agreement of shuffled clusters with the classes, by `ari`, `nmi` and `ami`."""
    study: Study | None = None
    also: list[OtherClustering]
    neighbours: int
    dimensions: int
    majority: float
    """Share of the largest class among the test galaxies."""
    source: FeatureSource
    knn_right: list[int]
    """(T,) 1 if the nearest neighbours of a test galaxy predict its class, else 0."""
