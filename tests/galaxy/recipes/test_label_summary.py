from typing import Any

import numpy as np
import pytest

from galaxy.recipes.label_summary import study_findings, summarise


def record(row: str, share: float, *right: str, fold: int = 0) -> dict[str, Any]:
    return {"row": row, "share": share, "galaxies": 30 + fold, "rate": 0.001, "right": list(right), "fold": fold}


def test_accuracies_and_intervals_are_over_galaxies_of_all_folds() -> None:
    records = [record("a", 0.1, "1100", "1000"), record("a", 0.1, "1111", "1111", fold=1)]
    (line,) = summarise(records)
    per_galaxy = np.array([1, 0.5, 0, 0, 1, 1, 1, 1])
    assert line["accuracy"] == pytest.approx(per_galaxy.mean(), abs=1e-5)
    assert line["half"] == pytest.approx(1.96 * per_galaxy.std(ddof=1) / 8**0.5, abs=1e-5)
    assert line["test_galaxies"] == 8
    assert line["labels"] == 30


def test_findings_compare_the_best_of_each_group_on_the_same_galaxies() -> None:
    records = [
        record("scratch", 0.1, "10000000000000000000"),
        record("other", 0.1, "11111111111111111110"),
        record("poor", 0.1, "0" * 20),
        record("scratch", 1.0, "11111111110000000000"),
        record("other", 1.0, "11111111100000000001"),
    ]
    first, last = study_findings(records, scratch=["scratch"])
    assert first.startswith("With 10 % of the labels the best pretrained row, other (95.0 %), is better than the best")
    assert "scratch (5.0 %): +90.0 ± " in first
    assert "is not clearly apart from" in last
