"""Results of McNemar's tests of pairs of rows, for the page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from galaxy.report.quantities import p_value

LEVEL = 0.05
"""Significance level of the page."""


@dataclass(frozen=True)
class PairTest:
    """McNemar's test of two rows on the same galaxies.

    If a row has several trainings, the counts are those of the pair of trainings with the largest p-value. A difference
    is then significant only if every pair of trainings shows it in the same direction.
    """

    first: str
    second: str
    first_only: int
    """Number of galaxies that only the first row classifies correctly."""
    second_only: int
    p_value: float
    """P-value adjusted for the number of pairs of rows."""

    @property
    def significant(self) -> bool:
        """Return whether the p-value is below `LEVEL`."""
        return self.p_value < LEVEL

    def is_about(self, *names: str) -> bool:
        """Return whether each of the names is one of the two rows."""
        return {self.first, self.second} >= set(names)


def pair_lines(pairs: Sequence[PairTest]) -> list[dict[str, Any]]:
    """Return a line of the page's table for each test."""
    return [
        {
            "first": pair.first,
            "second": pair.second,
            "first_only": pair.first_only,
            "second_only": pair.second_only,
            "p": p_value(pair.p_value),
            "significant": pair.significant,
        }
        for pair in pairs
    ]
