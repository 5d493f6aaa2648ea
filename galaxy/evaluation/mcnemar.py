"""McNemar's test of the difference between two rows on the same test galaxies, and Holm's correction."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Disagreement:
    """Result of a test.

    Attributes:
        first_only: Number of galaxies on which only the first row is right.
        second_only: Number of galaxies on which only the second row is right.
        p_value: Probability of a difference of at least this size if both rows are equally good.
    """

    first_only: int
    second_only: int
    p_value: float


def mcnemar(first_right: NDArray[np.bool_], second_right: NDArray[np.bool_]) -> Disagreement:
    """Apply McNemar's exact two-sided test (McNemar 1947; binomial form).

    Under the null hypothesis, each row is right on half of the galaxies on which exactly one row is right. The exact
    form needs no continuity correction and is also valid if there are few such galaxies.

    Args:
        first_right: (N,) whether the first row is right on each galaxy.
        second_right: (N,) whether the second row is right on each galaxy.

    Returns:
        Both counts and the p-value, which is 1 without such galaxies.

    Example:
        >>> mcnemar(np.array([True, True, True, False]), np.array([False, False, True, False]))
        Disagreement(first_only=2, second_only=0, p_value=0.5)
    """
    first = int(np.sum(first_right & ~second_right))
    second = int(np.sum(second_right & ~first_right))
    return Disagreement(first, second, _fair_coin(min(first, second), first + second))


def least_clear(first_right: NDArray[np.bool_], second_right: NDArray[np.bool_]) -> Disagreement:
    """Apply McNemar's test to all pairs of trainings of two rows and return the pair with the largest p-value.

    A test on one training of each row does not account for the choice of seeds. The largest p-value over all pairs, or
    1 if the direction of the difference is not the same in all of them, tests the claim that any training of one row
    differs in the same direction from any training of the other. It is an intersection-union test, which needs no
    correction for the number of comparisons (Berger 1982).

    Args:
        first_right: (S, N) whether each of S trainings of the first row is right on each galaxy.
        second_right: (T, N) whether each of T trainings of the second row is right on each galaxy.

    Returns:
        The counts of the pair with the largest p-value, and this p-value or 1.
    """
    results = [mcnemar(first, second) for first in first_right for second in second_right]
    weakest = max(results, key=lambda result: result.p_value)
    same = len({np.sign(result.first_only - result.second_only) for result in results}) == 1
    return weakest if same else Disagreement(weakest.first_only, weakest.second_only, 1.0)


def _fair_coin(fewer: int, tosses: int) -> float:
    """Return the two-sided p-value of at most `fewer` heads or tails in `tosses` tosses of a fair coin."""
    term = tail = 1  # binomial coefficients as whole numbers: 2 ** -tosses underflows beyond 1074 disagreements
    for heads in range(fewer):
        term = term * (tosses - heads) // (heads + 1)
        tail += term
    return min(1.0, float(Fraction(2 * tail, 1 << tosses)))


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjust p-values for their number by Holm's step-down procedure (Holm 1979).

    Args:
        p_values: The p-values, in any order.

    Returns:
        The adjusted p-values in the same order.

    Example:
        >>> holm([0.01, 0.5, 0.04])
        [0.03, 0.5, 0.08]
    """
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    adjusted = [0.0] * len(p_values)
    largest = 0.0
    for rank, index in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = largest
    return adjusted
