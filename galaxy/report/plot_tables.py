"""What DVC shows and compares: the headline figures of all rows in two small files, and the tables that it draws."""

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from galaxy.atomic import write_text
from galaxy.report.row_files import RowFiles

DIGITS = 4
"""Of the headline figures: finer than one galaxy in the 3,547 of the report's test split."""

CURVES = ("train_loss", "train_accuracy", "validation_loss", "validation_accuracy")


def write_headline(path: Path, rows: Sequence[RowFiles], key: str) -> None:
    """One figure of every row, in the order of the table, as {row: value}; null where it is undefined."""
    figures = {row.name: row.metrics[key] for row in rows}
    table = {name: None if value is None else round(value, DIGITS) for name, value in figures.items()}
    write_text(path, json.dumps(table, indent=2, ensure_ascii=False) + "\n")


def write_plot_tables(folder: Path, rows: Sequence[RowFiles]) -> None:
    """Curves, confusion and reliability of all rows, each as one long CSV file whose first column is the row."""
    _write(folder / "curves.csv", ["row", "seed", "epoch", *CURVES], curves(rows))
    _write(folder / "confusion.csv", ["row", "actual", "predicted", "count"], confusion(rows))
    _write(folder / "reliability.csv", ["row", "confidence", "accuracy", "count"], reliability(rows))


def curves(rows: Sequence[RowFiles]) -> list[list[Any]]:
    """One line for each epoch, counted from 1, of each training; empty where an epoch was not validated."""
    return [
        [row.name, int(record.get("seed", 0)), int(record["epoch"]) + 1, *(record.get(key, "") for key in CURVES)]
        for row in rows
        for record in row.history
    ]


def confusion(rows: Sequence[RowFiles]) -> list[list[Any]]:
    """One line for each cell of each matrix, zeros included, summed over the seeds."""
    lines = []
    for row in rows:
        names = row.details["classes"]
        for actual, counts in zip(names, row.details["confusion"], strict=True):
            lines += [[row.name, actual, predicted, n] for predicted, n in zip(names, counts, strict=True)]
    return lines


def reliability(rows: Sequence[RowFiles]) -> list[list[Any]]:
    """One line for each bin of confidence that holds a prediction."""
    lines = []
    for row in rows:
        curve = row.details["reliability"]
        bins = zip(curve["confidence"], curve["accuracy"], curve["count"], strict=True)
        lines += [[row.name, confidence, accuracy, n] for confidence, accuracy, n in bins if n]
    return lines


def _write(path: Path, header: Sequence[str], lines: Sequence[Sequence[Any]]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([header, *lines])
    write_text(path, text.getvalue())
