"""Rows beside each other: tests of all pairs, and what the findings need to know of each."""

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy.evaluation.mcnemar import holm, least_clear
from galaxy.report.results import PairTest, RowResult, p_text
from stages.report_inputs import RowFiles


def pair_tests(rows: Sequence[RowFiles]) -> list[PairTest]:
    """McNemar's test of all pairs of rows on the test galaxies, over all their trainings; p-values Holm-adjusted."""
    right = {row.name: _right(row) for row in rows}
    pairs = list(itertools.combinations(right, 2))
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
    accuracy = row.metrics["accuracy"]
    return RowResult(
        name=row.name,
        accuracy=math.nan if accuracy is None else accuracy,
        interval=(interval[0], interval[1]) if interval else None,
        ece=row.metrics["ece"],
        trainings=len(row.details["seeds"]),
        clusters=found
        and {
            "knn": row.metrics["knn_accuracy"],
            "probe": row.metrics["linear_probe_accuracy"],
            "null_low": found["null"]["low"],
            "null_high": found["null"]["high"],
        },
    )


def _right(row: RowFiles) -> NDArray[np.bool_]:
    """(S, N) whether each training is right on each test galaxy."""
    galaxies = row.details["galaxies"]
    test = np.array(galaxies["split"]) == "test"
    right: NDArray[np.bool_] = (np.array(galaxies["predicted"]) == np.array(galaxies["label"]))[:, test]
    return right
