"""Rows beside each other: tests of all pairs, and what the findings need to know of each."""

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy.evaluation.mcnemar import holm, least_clear
from galaxy.report.results import ClusterTests, PairTest, RowResult, p_text
from galaxy.report.row_files import RowFiles


def pair_tests(rows: Sequence[RowFiles]) -> list[PairTest]:
    """McNemar's test of all pairs of rows on the test galaxies, over all their trainings; p-values Holm-adjusted."""
    right = {row.name: _right(row) for row in rows}
    return _tests(right, list(itertools.combinations(right, 2)))


def cluster_tests(rows: Sequence[RowFiles], *, dino_weights: str) -> ClusterTests:
    """Dino's features against its controls, by their nearest neighbours, and tuned clusters against plain ones."""
    clustered = {row.name: row for row in rows if row.details["clusters"]}
    knn = {name: np.array([row.details["clusters"]["knn_right"]], dtype=bool) for name, row in clustered.items()}
    plain, tuned = "dino-kmeans", "dino-lora-kmeans"
    controls = [(plain, name) for name in ("random-init-kmeans", "pixels-kmeans") if {plain, name} <= knn.keys()]
    tuning = None
    if {plain, tuned} <= clustered.keys():
        (tuning,) = _tests({name: _right(clustered[name]) for name in (plain, tuned)}, [(plain, tuned)])
    return ClusterTests(_tests(knn, controls), tuning, untrained=dino_weights == "random")


def _tests(right: Mapping[str, NDArray[np.bool_]], pairs: Sequence[tuple[str, str]]) -> list[PairTest]:
    results = [least_clear(right[a], right[b]) for a, b in pairs]
    adjusted = holm([result.p_value for result in results])
    return [
        PairTest(a, b, result.first_only, result.second_only, p)
        for (a, b), result, p in zip(pairs, results, adjusted, strict=True)
    ]


def pair_lines(pairs: Sequence[PairTest]) -> list[dict[str, Any]]:
    """The tests as lines of a table."""
    return [
        {
            "first": pair.first,
            "second": pair.second,
            "first_only": pair.first_only,
            "second_only": pair.second_only,
            "p": p_text(pair.p_value).removeprefix("p ").removeprefix("= "),
            "significant": pair.significant,
        }
        for pair in pairs
    ]


def result(row: RowFiles) -> RowResult:
    """The row as the findings see it."""
    found = row.details["clusters"]
    interval = row.details["intervals"].get("accuracy")
    return RowResult(
        name=row.name,
        accuracy=_or_nan(row.metrics["accuracy"]),
        interval=(interval[0], interval[1]) if interval else None,
        ece=_or_nan(row.metrics["ece"]),
        trainings=len(row.details["seeds"]),
        clusters=found
        and {
            "knn": row.metrics["knn_accuracy"],
            "probe": _or_nan(row.metrics["linear_probe_accuracy"]),
            "null_low": found["null"]["low"],
            "null_high": found["null"]["high"],
        },
    )


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value


def _right(row: RowFiles) -> NDArray[np.bool_]:
    """(S, N) whether each training is right on each test galaxy."""
    galaxies = row.details["galaxies"]
    test = np.array(galaxies["split"]) == "test"
    right: NDArray[np.bool_] = (np.array(galaxies["predicted"]) == np.array(galaxies["label"]))[:, test]
    return right
