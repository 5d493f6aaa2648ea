"""What the findings know of the rows, and how they put figures into words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

LEVEL = 0.05


@dataclass(frozen=True)
class RowResult:
    """What the sentences need to know of one row."""

    name: str
    accuracy: float
    interval: tuple[float, float] | None
    ece: float
    clusters: Mapping[str, float] | None = None
    """knn, probe (NaN where undefined), null_low, null_high of a row that clusters; None for a supervised one."""
    trainings: int = 1
    """Seeds over which the accuracy is a mean."""


@dataclass(frozen=True)
class PairTest:
    """McNemar's test of two rows on the same galaxies.

    With several trainings the counts are those of the least clear pair of trainings, and only a difference that every
    pair of trainings shows is significant; so the direction is that of the means. `p_value` is adjusted for the number
    of pairs of rows.
    """

    first: str
    second: str
    first_only: int
    second_only: int
    p_value: float

    @property
    def significant(self) -> bool:
        """Whether chance alone would rarely do this."""
        return self.p_value < LEVEL


@dataclass(frozen=True)
class ClusterTests:
    """What rows that cluster are tested for, on the same test galaxies."""

    controls: Sequence[PairTest] = ()
    """Nearest neighbours off dino's features against those off each control's, adjusted for their number."""
    tuning: PairTest | None = None
    """Clusters of dino's features against those of its tuned features."""
    untrained: bool = False
    """Whether dino itself has random weights."""


NO_TESTS = ClusterTests()


def percent(value: float) -> str:
    """A share as a percentage with one digit."""
    return f"{100 * value:.1f} %"


def p_text(p_value: float) -> str:
    """A p-value as one reads it in papers."""
    return "p < 0.001" if p_value < 0.001 else f"p = {p_value:.3f}"


def listed(names: Sequence[str]) -> str:
    """Names as one lists them in a sentence."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
