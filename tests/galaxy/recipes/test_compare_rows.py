"""Which rows are compared, on which galaxies."""

from typing import Any

import pytest

from galaxy.recipes.compare_rows import compare_controls, compare_pairs, compare_tuning
from galaxy.report.row_results import RowResults
from tests.galaxy.report.rows import make_clusters, make_row

LABEL = [0, 0, 1, 1, 0, 1]
SPLIT = ["validation", "test", "test", "test", "test", "test"]


def row(name: str, predicted: list[int], *, knn_right: list[int] | None = None) -> RowResults:
    galaxies: dict[str, Any] = {
        "id": [str(number) for number in range(6)],
        "split": SPLIT,
        "label": LABEL,
        "predicted": [predicted],
        "probability": [[0.5, 0.5]] * 6,
    }
    clusters = None if knn_right is None else make_clusters(knn_right=knn_right)
    return make_row(name, details={"galaxies": galaxies}, clusters=clusters)


def test_all_pairs_are_tested_on_test_galaxies_only() -> None:
    right, wrong = LABEL, [1, 1, 0, 0, 1, 1]  # of five test galaxies four are wrong, and the validation galaxy is
    found = compare_pairs([row("a", right), row("b", wrong), row("c", right)])
    assert [(test.first, test.second) for test in found] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert [(test.first_only, test.second_only) for test in found] == [(4, 0), (0, 0), (0, 4)]
    # 2 * 0.5 ** 4 = 0.125 twice and 1; Holm's factors are 3, 2 and 1.
    assert [test.p_value for test in found] == pytest.approx([0.375, 1.0, 0.375])


def test_controls_are_compared_by_their_nearest_neighbours() -> None:
    plain = row("dino-kmeans", LABEL, knn_right=[1, 1, 1, 0, 1])
    pixels = row("pixels-kmeans", LABEL, knn_right=[0, 0, 0, 1, 1])
    found = compare_controls([row("custom", LABEL), plain, pixels])
    assert [(test.first, test.second) for test in found] == [("dino-kmeans", "pixels-kmeans")]
    assert (found[0].first_only, found[0].second_only) == (3, 1)
    assert compare_controls([pixels]) == []


def test_tuning_is_compared_where_both_rows_are() -> None:
    knn = [1] * 5
    plain, tuned = row("dino-kmeans", LABEL, knn_right=knn), row("dino-lora-kmeans", [0, 1, 1, 1, 0, 1], knn_right=knn)
    found = compare_tuning([plain, tuned])
    assert found is not None
    assert (found.first_only, found.second_only, found.p_value) == (1, 0, 1.0)
    assert compare_tuning([plain]) is None
