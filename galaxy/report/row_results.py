"""Types of the results of one row of the table; values are checked when the files of the evaluation are read.

In the shapes, S is the number of seeds, N of validation and test galaxies, T of test galaxies and K of classes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from galaxy.report.cluster_results import ClusterDetails, Costs, Form

_PAIR = Field(min_length=2, max_length=2)


class Metrics(Form):
    """Content of metrics/<row>.json: means over the seeds on the test galaxies; undefined metrics are None."""

    manifest: str
    classes_without_test_images: str = ""
    accuracy: float | None
    accuracy_sd: float | None = None
    """Sample standard deviation over the seeds; None for a single seed."""
    roc_auc: float | None
    balanced_accuracy: float | None
    macro_f1: float | None
    average_precision: float | None
    log_loss: float | None
    brier: float | None
    ece: float | None
    """Expected calibration error."""
    # The metrics below exist for clustering rows only.
    accuracy_all: float | None = None
    """Accuracy with clusters matched and scored on all galaxies, as in the report."""
    ari: float | None = None
    nmi: float | None = None
    ami: float | None = None
    purity: float | None = None
    silhouette: float | None = None
    seed_ari: float | None = None
    """Adjusted Rand index between the clusterings of two seeds, mean over all pairs."""
    roc_auc_distance: float | None = None
    roc_auc_hard: float | None = None
    knn_accuracy: float | None = None
    linear_probe_accuracy: float | None = None
    components: float | None = None
    explained_variance: float | None = None


class Reliability(Form):
    """Mean confidence, accuracy and number of predictions in each bin of confidence; None in empty bins."""

    confidence: list[float | None]
    accuracy: list[float | None]
    count: list[int]


class HeldOut(Form):
    """The validation and test galaxies with their predictions."""

    id: list[str]
    split: list[str]
    label: list[int]
    predicted: list[list[int]]
    """(S, N) predicted classes."""
    probability: list[list[float]]
    """(N, K) probabilities, mean over the seeds."""


class RowDetails(Form):
    """Content of data/evaluation/<row>.json."""

    manifest: str
    classes: list[str] = Field(min_length=1)
    seeds: list[int] = Field(min_length=1)
    intervals: dict[str, Annotated[list[float], _PAIR] | None]
    """95 % bootstrap intervals by metric."""
    per_class: dict[str, list[float | None]]
    support: list[int]
    confusion: list[list[int]]
    """(K, K) test galaxies by true and predicted class, summed over the seeds."""
    roc: list[Annotated[list[list[float | None]], _PAIR]]
    """(K, 2) false and true positive rates of each class against the rest."""
    reliability: Reliability
    galaxies: HeldOut
    clusters: ClusterDetails | None

    @model_validator(mode="after")
    def _lengths_agree(self) -> Self:
        classes, held, curve = len(self.classes), self.galaxies, self.reliability
        count = len(held.id)
        lengths: dict[str, tuple[Sequence[Sequence[Any]], int]] = {
            "support": ([self.support, self.confusion, *self.confusion, self.roc, *self.per_class.values()], classes),
            "galaxies": ([held.split, held.label, held.probability, *held.predicted], count),
            "galaxies.predicted": ([held.predicted], len(self.seeds)),
            "galaxies.probability": (held.probability, classes),
            "reliability": ([curve.confidence, curve.accuracy], len(curve.count)),
        }
        if self.clusters:
            lengths["clusters.knn_right"] = ([self.clusters.knn_right], held.split.count("test"))
        for name, (lists, length) in lengths.items():
            if any(len(values) != length for values in lists):
                raise ValueError(f"{name}: lists differ in length from {length}")
        if any(len(false) != len(true) for false, true in self.roc):
            raise ValueError("roc: rates differ in length")
        if not all(0 <= label < classes for label in held.label):
            raise ValueError(f"galaxies.label: allowed are 0 to {classes - 1}")
        return self


@dataclass(frozen=True, kw_only=True)
class RowResults:
    """One row of the table."""

    name: str
    metrics: Metrics
    details: RowDetails
    history: list[dict[str, float]] = field(default_factory=list)
    """One record for each seed and epoch; empty for rows that are not trained."""
    costs: Costs = field(default_factory=Costs)

    @property
    def interval(self) -> list[float] | None:
        """Return the 95 % interval of the accuracy."""
        return self.details.intervals.get("accuracy")
