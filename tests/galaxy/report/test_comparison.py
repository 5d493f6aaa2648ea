import re
from typing import Any

from galaxy.report.comparison import CHARTS, changed_confusions, changed_curves, comparison_page


def curve(row: str, rev: str, values: list[float], *, seed: int = 0) -> list[dict[str, str]]:
    return [
        {"row": row, "rev": rev, "seed": str(seed), "epoch": str(k + 1), "validation_accuracy": str(value)}
        for k, value in enumerate(values)
    ]


def cells(row: str, rev: str, counts: dict[tuple[str, str], int]) -> list[dict[str, str]]:
    return [{"row": row, "rev": rev, "actual": a, "predicted": p, "count": str(n)} for (a, p), n in counts.items()]


def drawn(points: list[dict[str, str]]) -> list[str]:
    return changed_curves(points, key="validation_accuracy", base="main")


def test_only_changed_curves_are_drawn_with_seeds_averaged() -> None:
    points = curve("same", "main", [0.1, 0.2]) + curve("same", "workspace", [0.1, 0.2])
    points += curve("other", "main", [0.1, 0.3]) + curve("other", "main", [0.3, 0.5], seed=1)
    points += curve("other", "workspace", [0.2, 0.6, 0.7])
    points += curve("new", "workspace", [0.9, 0.9])
    chart, only = drawn(points)
    assert only == "Only this run has new."
    assert 'title "other: validation accuracy"' in chart
    assert 'x-axis "epoch" [1, 2, 3]' in chart
    before, after = re.findall(r"line \[(.*)\]", chart)
    assert (before, after) == ("0.2, 0.4", "0.2, 0.6, 0.7")
    low, high = map(float, re.findall(r'y-axis ".*" (\S+) --> (\S+)', chart)[0])
    assert 0 <= low < 0.2
    assert 0.7 < high < 0.8


def test_long_curves_are_thinned_and_many_are_counted() -> None:
    points = []
    for k in range(CHARTS + 2):
        points += curve(f"row {k}", "main", [0.1] * 100) + curve(f"row {k}", "workspace", [0.2] * 100)
    charts = drawn(points)
    assert len(charts) == CHARTS + 1
    assert charts[-1] == "Other curves in 2 more rows."
    epochs = re.findall(r'x-axis "epoch" \[(.*)\]', charts[0])[0].split(", ")
    assert epochs == [str(epoch) for epoch in range(1, 101, 4)]
    assert max(len(part) for part in charts) < 1500


def test_one_epoch_is_told_in_words() -> None:
    points = curve("a|b", "main", [0.25]) + curve("a|b", "workspace", [0.5])
    assert drawn(points) == ["a\\|b: validation accuracy 0.25, now 0.5."]


def test_epochs_without_validation_are_left_out() -> None:
    points: list[Any] = curve("x", "main", [0.1, 0.2]) + curve("x", "workspace", [0.1, 0.2])
    points[1] = points[1] | {"validation_accuracy": ""}
    points[3] = points[3] | {"validation_accuracy": ""}
    assert drawn(points) == []


def test_the_largest_changes_of_a_matrix_come_first() -> None:
    before = {("a", "a"): 5, ("a", "b"): 1, ("b", "a"): 0, ("b", "b"): 4}
    points = cells("x", "main", before) + cells("x", "workspace", before | {("a", "a"): 4, ("b", "a"): 3})
    points += cells("<y>", "main", before) + cells("<y>", "workspace", before)
    (table,) = changed_confusions(points, base="main")
    assert table.splitlines()[2:] == ["| x | b | a | 0 | 3 | +3 |", "| x | a | a | 5 | 4 | -1 |"]
    assert changed_confusions(cells("x", "main", before) + cells("x", "workspace", before), base="main") == []
    both = cells("x", "main", before) + cells("x", "workspace", before)
    more = cells("a|b", "workspace", before) + cells("new", "workspace", before) + cells("old", "main", before)
    sentences = ["Only this run has a\\|b and new.", "Only the base has old."]
    assert changed_confusions(both + more, base="main") == sentences


def test_the_page_says_when_nothing_differs() -> None:
    page = comparison_page(
        base="a_b", parameters="| Path |\n|---|\n\n", metrics="\n", curves=[], confusions=[], table="| t |"
    )
    assert page.startswith("## Compared with a\\_b\n")
    for nothing in ("No parameter differs.", "No metric differs.", "No curve differs.", "No confusion matrix differs."):
        assert nothing in page
    assert "| t |" in page
    assert "Grey" not in page
