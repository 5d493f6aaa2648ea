"""Whether two rows that saw the same test galaxies differ by more than chance."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Disagreement:
    """How often exactly one of two rows is right, and how likely that lopsidedness is by chance."""

    first_only: int
    second_only: int
    p_value: float


def mcnemar(first_right: NDArray[np.bool_], second_right: NDArray[np.bool_]) -> Disagreement:
    """McNemar's exact two-sided test on (N,) paired outcomes (McNemar 1947; binomial form).

    Under the null hypothesis each galaxy on which exactly one row is right is a fair coin. The exact form needs no
    continuity correction and holds for few disagreements, too.
    """
    first = int(np.sum(first_right & ~second_right))
    second = int(np.sum(second_right & ~first_right))
    return Disagreement(first, second, _fair_coin(min(first, second), first + second))


def least_clear(first_right: NDArray[np.bool_], second_right: NDArray[np.bool_]) -> Disagreement:
    """McNemar's test of every training of one row against every training of another; the least clear of them.

    A test on one training of each row knows nothing of the luck of their seeds. The largest p-value, or 1 where the
    direction is not the same in all comparisons, tests the claim that whichever training of the one is taken, it
    differs in the same direction from whichever training of the other (an intersection-union test, which needs no
    correction for the number of comparisons; Berger 1982). With one training each it is McNemar's test.

    Args:
        first_right: (S, N) whether each of S trainings is right on each of N galaxies.
        second_right: (T, N) the same of the other row.
    """
    results = [mcnemar(first, second) for first in first_right for second in second_right]
    weakest = max(results, key=lambda result: result.p_value)
    same = len({np.sign(result.first_only - result.second_only) for result in results}) == 1
    return weakest if same else Disagreement(weakest.first_only, weakest.second_only, 1.0)


def _fair_coin(fewer: int, tosses: int) -> float:
    """Two-sided p-value of at most `fewer` heads, or tails, in `tosses` of a fair coin."""
    term = tail = 1  # binomial coefficients as whole numbers: 2 ** -tosses underflows beyond 1074 disagreements
    for heads in range(fewer):
        term = term * (tosses - heads) // (heads + 1)
        tail += term
    return min(1.0, float(Fraction(2 * tail, 1 << tosses)))


def holm(p_values: Sequence[float]) -> list[float]:
    """p-values adjusted for their number by Holm's step-down procedure (Holm 1979), in the given order."""
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    adjusted = [0.0] * len(p_values)
    largest = 0.0
    for rank, index in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = largest
    return adjusted
