"""Finds galaxies whose label is likely wrong, with the evidence."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from galaxy.data.manifest import Manifest
from galaxy.evaluation.label_errors import likely_label_errors
from galaxy.predictions import Predictions

PREDICTION, DUPLICATE = "prediction", "duplicate"
"""Kinds of evidence."""


@dataclass(frozen=True)
class LabelIssue:
    """A galaxy whose label is in doubt.

    Attributes:
        position: Its position in the manifest.
        evidence: `PREDICTION`, `DUPLICATE` or both.
        suggested: Class that the mean over the rows finds likely; None without this evidence.
        probability_label: Mean probability of the label over the rows; None for training galaxies, whose labels every
            row has learnt.
        probability_suggested: Mean probability of the suggested class.
        duplicates: Positions of galaxies with another label and the same position on the sky or the same pixels.
    """

    position: int
    evidence: Sequence[str]
    suggested: int | None = None
    probability_label: float | None = None
    probability_suggested: float | None = None
    duplicates: Sequence[int] = ()


def mean_probability(rows: Sequence[Predictions]) -> NDArray[np.float64]:
    """Return the (M, K) mean over trainings and rows. All rows have the same weight and predict the same galaxies."""
    means = [row.probability.astype(np.float64).mean(axis=0) for row in rows]
    total: NDArray[np.float64] = np.mean(means, axis=0)
    return total


def find_label_issues(galaxies: Manifest, rows: Sequence[Predictions], same: NDArray[np.int64]) -> list[LabelIssue]:
    """Find galaxies whose label contradicts the predictions or the label of a duplicate.

    Args:
        galaxies: All galaxies.
        rows: Predictions of the galaxies that were not trained on, by one or several rows.
        same: (N,) numbers from `same_galaxies`: galaxies with the same position or the same pixels share one.

    Returns:
        The issues: contradicting duplicates first, then the others, each sorted by how far the probability of the
        suggested class exceeds that of the label, the largest difference first.
    """
    found: dict[int, LabelIssue] = {}
    if rows:
        probability = mean_probability(rows)
        position = np.searchsorted(galaxies.id, rows[0].id)
        label = galaxies.label[position]
        order, suggested = likely_label_errors(probability, label)
        for index, other in zip(order.tolist(), suggested.tolist(), strict=True):
            found[int(position[index])] = LabelIssue(
                int(position[index]),
                (PREDICTION,),
                other,
                float(probability[index, label[index]]),
                float(probability[index, other]),
            )
        known = {int(place): index for index, place in enumerate(position.tolist())}
    for place, others in contradictions(galaxies.label, same).items():
        told = found.get(place)
        least = told.probability_label if told else None
        if rows and told is None and place in known:
            least = float(probability[known[place], galaxies.label[place]])
        found[place] = LabelIssue(
            place,
            (DUPLICATE, PREDICTION) if told else (DUPLICATE,),
            told.suggested if told else None,
            least,
            told.probability_suggested if told else None,
            others,
        )
    return sorted(found.values(), key=lambda one: (DUPLICATE not in one.evidence, -_margin(one), one.position))


def contradictions(label: NDArray[np.int64], same: NDArray[np.int64]) -> dict[int, list[int]]:
    """Return, for each galaxy that has duplicates with another label, their positions.

    Example:
        >>> contradictions(np.array([0, 1, 1]), np.array([0, 0, 2]))
        {0: [1], 1: [0]}
    """
    order = np.argsort(same, kind="stable")
    kinds = np.split(order, np.flatnonzero(np.diff(same[order])) + 1)
    found: dict[int, list[int]] = {}
    for kind in kinds:
        for place in kind.tolist():
            others = [other for other in kind.tolist() if label[other] != label[place]]
            if others:
                found[place] = others
    return found


def _margin(one: LabelIssue) -> float:
    return (one.probability_suggested or 0.0) - (one.probability_label or 0.0)
