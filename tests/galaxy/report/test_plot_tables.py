import csv
import json
from pathlib import Path
from typing import Any

from galaxy.report.plot_tables import write_headline, write_plot_tables
from galaxy.report.row_files import RowFiles


def row(name: str, *, accuracy: float | None, seeds: int = 1) -> RowFiles:
    history = [
        {"seed": seed, "epoch": epoch, "train_loss": 2.0, "train_accuracy": 0.5, "validation_accuracy": 0.1 * epoch}
        for seed in range(seeds)
        for epoch in range(3)
    ]
    curve = {"confidence": [None, 0.5, 0.75], "accuracy": [None, 0.25, 1.0], "count": [0, 4, 2]}
    details: dict[str, Any] = {"classes": ["a,b", "<c>"], "confusion": [[3, 0], [1, 2]], "reliability": curve}
    return RowFiles(name, {"accuracy": accuracy}, details, history, {})


def read(path: Path) -> list[list[str]]:
    with path.open(newline="") as file:
        return list(csv.reader(file))


def test_headlines_are_rounded_and_in_the_order_of_the_table(tmp_path: Path) -> None:
    write_headline(tmp_path / "accuracy.json", [row("z", accuracy=0.123456), row("a", accuracy=None)], "accuracy")
    text = (tmp_path / "accuracy.json").read_text()
    assert list(json.loads(text).items()) == [("z", 0.1235), ("a", None)]
    assert text.endswith("}\n")


def test_all_rows_stand_in_one_table_of_each_kind(tmp_path: Path) -> None:
    write_plot_tables(tmp_path, [row("one", accuracy=0.5, seeds=2), row("two", accuracy=0.5)])
    header, *lines = read(tmp_path / "curves.csv")
    assert header == ["row", "seed", "epoch", "train_loss", "train_accuracy", "validation_loss", "validation_accuracy"]
    assert [line[:3] for line in lines[:4]] == [
        ["one", "0", "1"],
        ["one", "0", "2"],
        ["one", "0", "3"],
        ["one", "1", "1"],
    ]
    assert len(lines) == 9
    assert {line[5] for line in lines} == {""}  # no loss was measured on validation
    header, *lines = read(tmp_path / "confusion.csv")
    assert header == ["row", "actual", "predicted", "count"]
    assert lines[:4] == [
        ["one", "a,b", "a,b", "3"],
        ["one", "a,b", "<c>", "0"],
        ["one", "<c>", "a,b", "1"],
        ["one", "<c>", "<c>", "2"],
    ]
    header, *lines = read(tmp_path / "reliability.csv")
    assert header == ["row", "confidence", "accuracy", "count"]
    assert lines == [[name, *rest] for name in ("one", "two") for rest in (["0.5", "0.25", "4"], ["0.75", "1.0", "2"])]
