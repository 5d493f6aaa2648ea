import csv
import io
import json

from galaxy.report.plot_tables import confusion_csv, curves_csv, headline_json, reliability_csv
from galaxy.report.row_results import RowResults
from tests.galaxy.report.rows import make_row


def row(name: str, *, accuracy: float | None, seeds: int = 1) -> RowResults:
    history = [
        {"seed": seed, "epoch": epoch, "train_loss": 2.0, "train_accuracy": 0.5, "validation_accuracy": 0.1 * epoch}
        for seed in range(seeds)
        for epoch in range(3)
    ]
    curve = {"confidence": [None, 0.5, 0.75], "accuracy": [None, 0.25, 1.0], "count": [0, 4, 2]}
    details = {"classes": ["a,b", "<c>"], "confusion": [[3, 0], [1, 2]], "reliability": curve}
    return make_row(name, accuracy=accuracy, seeds=seeds, details=details, history=history)


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def test_headlines_are_rounded_and_in_the_order_of_the_table() -> None:
    text = headline_json([row("z", accuracy=0.123456), row("a", accuracy=None)])
    assert list(json.loads(text).items()) == [
        ("z", {"accuracy": 0.1235, "roc_auc": 0.9}),
        ("a", {"accuracy": None, "roc_auc": 0.9}),
    ]
    assert text.endswith("}\n")


def test_all_rows_stand_in_one_table_of_each_kind() -> None:
    rows = [row("one", accuracy=0.5, seeds=2), row("two", accuracy=0.5)]
    header, *lines = read(curves_csv(rows))
    assert header == ["row", "seed", "epoch", "train_loss", "train_accuracy", "validation_loss", "validation_accuracy"]
    assert [line[:3] for line in lines[:4]] == [
        ["one", "0", "1"],
        ["one", "0", "2"],
        ["one", "0", "3"],
        ["one", "1", "1"],
    ]
    assert len(lines) == 9
    assert {line[5] for line in lines} == {""}  # no loss was measured on validation
    header, *lines = read(confusion_csv(rows))
    assert header == ["row", "actual", "predicted", "count"]
    assert lines[:4] == [
        ["one", "a,b", "a,b", "3"],
        ["one", "a,b", "<c>", "0"],
        ["one", "<c>", "a,b", "1"],
        ["one", "<c>", "<c>", "2"],
    ]
    header, *lines = read(reliability_csv(rows))
    assert header == ["row", "confidence", "accuracy", "count"]
    assert lines == [[name, *rest] for name in ("one", "two") for rest in (["0.5", "0.25", "4"], ["0.75", "1.0", "2"])]
