"""The forms of the files that the page is made of: checked once, when they are read.

Letters: S seeds, N galaxies that were held out, K classes.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from galaxy.errors import InputError

_PAIR = Field(min_length=2, max_length=2)


class _Form(BaseModel):
    """Strict about types, indifferent to further keys."""

    model_config = ConfigDict(strict=True, allow_inf_nan=False)


class Band(_Form):
    """What shuffled clusters reach."""

    mean: float
    low: float
    high: float
    draws: int


class OtherClustering(_Form):
    """A clustering beside k-means."""

    name: str
    accuracy: float
    accuracy_all: float
    null: Band


class Change(_Form):
    """What tuning did to the embeddings."""

    cosine_distance: float


class Costs(_Form):
    """What a network costs; absent where there is none."""

    parameters: int | None = None
    multiply_adds: float | None = None


class FeatureSource(Costs):
    """What made the components."""

    fitted_on: int
    weights: str = ""
    change: Change | None = None
    collapsed: str | None = None


class ClusterDetails(_Form):
    """What rows have that cluster."""

    null: Band
    null_all: Band
    also: list[OtherClustering]
    neighbours: int
    dimensions: int
    majority: float
    source: FeatureSource
    knn_right: list[int]
    """Of each test galaxy, 1 where its nearest neighbours vote for its class."""


class Reliability(_Form):
    """The reliability curve, by bin."""

    confidence: list[float | None]
    accuracy: list[float | None]
    count: list[int]


class HeldOut(_Form):
    """Galaxies and what was predicted of each."""

    id: list[str]
    split: list[str]
    label: list[int]
    predicted: list[list[int]]
    """(S, N)."""
    probability: list[list[float]]
    """(N, K)."""


class RowDetails(_Form):
    """data/evaluation/<row>.json."""

    manifest: str
    classes: list[str] = Field(min_length=1)
    seeds: list[int] = Field(min_length=1)
    intervals: dict[str, Annotated[list[float], _PAIR] | None]
    per_class: dict[str, list[float | None]]
    support: list[int]
    confusion: list[list[int]]
    roc: list[Annotated[list[list[float | None]], _PAIR]]
    """(K, 2) false and true positive rates."""
    reliability: Reliability
    galaxies: HeldOut
    clusters: ClusterDetails | None

    @model_validator(mode="after")
    def _belong_together(self) -> Self:
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


class Audit(_Form):
    """metrics/audit.json, as far as the page speaks of it."""

    galaxies: int
    size: int
    sha256: str = ""
    classes: dict[str, int]
    published_classes: dict[str, int] = {}


def check_form(path: Path, content: dict[str, Any], form: type[BaseModel], *, stage: str) -> None:
    """Refuse what has not the form.

    Raises:
        InputError: something is missing or of another type; says to run `stage` again.
    """
    try:
        form.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        reason = first["msg"].removeprefix("Value error, ").lower()
        more = f" and {error.error_count() - 1} more" if error.error_count() > 1 else ""
        raise InputError(f"{path}: {f'{place}: ' if place else ''}{reason}{more}; run {stage} again") from None
