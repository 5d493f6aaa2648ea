"""Compares rows of the table by McNemar's test on the same test galaxies."""

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from galaxy.evaluation.mcnemar import holm, least_clear
from galaxy.report.pair_tests import PairTest
from galaxy.report.row_results import RowResults

PLAIN, TUNED = "dino-kmeans", "dino-lora-kmeans"
CONTROLS = ("random-init-kmeans", "pixels-kmeans")


def compare_pairs(rows: Sequence[RowResults]) -> list[PairTest]:
    """Test the predictions of all pairs of rows, over all trainings of each, with p-values adjusted by Holm's method.

    Args:
        rows: Rows with predictions of the same galaxies in the same order.
    """
    right = {row.name: _right(row) for row in rows}
    return _tests(right, list(itertools.combinations(right, 2)))


def compare_controls(rows: Sequence[RowResults]) -> list[PairTest]:
    """Test the nearest neighbours on DINO's features against those on the features of each control.

    Args:
        rows: All rows of the table; those that do not cluster are left out.

    Returns:
        One test for each control, with p-values adjusted by Holm's method; an empty list if DINO's row is missing.
    """
    knn = {row.name: np.array([row.details.clusters.knn_right], dtype=bool) for row in rows if row.details.clusters}
    return _tests(knn, [(PLAIN, name) for name in CONTROLS if {PLAIN, name} <= knn.keys()])


def compare_tuning(rows: Sequence[RowResults]) -> PairTest | None:
    """Test the clusters of DINO's features against those of its fine-tuned features; None if one is missing."""
    found = {row.name: row for row in rows if row.details.clusters}
    if not {PLAIN, TUNED} <= found.keys():
        return None
    return _tests({name: _right(found[name]) for name in (PLAIN, TUNED)}, [(PLAIN, TUNED)])[0]


def _tests(right: Mapping[str, NDArray[np.bool_]], pairs: Sequence[tuple[str, str]]) -> list[PairTest]:
    results = [least_clear(right[a], right[b]) for a, b in pairs]
    adjusted = holm([result.p_value for result in results])
    return [
        PairTest(a, b, result.first_only, result.second_only, p)
        for (a, b), result, p in zip(pairs, results, adjusted, strict=True)
    ]


def _right(row: RowResults) -> NDArray[np.bool_]:
    """Return (S, T) bool: whether each of S trainings is right on each of T test galaxies."""
    galaxies = row.details.galaxies
    test = np.array(galaxies.split) == "test"
    right: NDArray[np.bool_] = (np.array(galaxies.predicted) == np.array(galaxies.label))[:, test]
    return right
