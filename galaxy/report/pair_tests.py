"""The outcome of McNemar's test of two rows, as it is handed to the page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from galaxy.report.quantities import p_value

LEVEL = 0.05
"""Significance level of the page."""


@dataclass(frozen=True)
class PairTest:
    """McNemar's test of two rows on the same galaxies.

    With several trainings of a row the counts are those of the pair of trainings with the largest p-value, and a
    difference is significant only where every pair of trainings shows it in the same direction.
    """

    first: str
    second: str
    first_only: int
    """Galaxies that only the first row gets right."""
    second_only: int
    p_value: float
    """Adjusted for the number of pairs of rows."""

    @property
    def significant(self) -> bool:
        """Whether the p-value lies below `LEVEL`."""
        return self.p_value < LEVEL

    def is_about(self, *names: str) -> bool:
        """Whether each of the names is one of the two rows."""
        return {self.first, self.second} >= set(names)


def pair_lines(pairs: Sequence[PairTest]) -> list[dict[str, Any]]:
    """One line of the page's table for each test."""
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
