"""Writes the results of all rows in formats that DVC reads: metrics as JSON, and each chart as CSV."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from typing import Any

from galaxy.report.row_results import RowResults

DIGITS = 4
"""Decimal places of the main metrics; one galaxy of the report's test split changes the accuracy by 0.0003."""

CURVES = ("train_loss", "train_accuracy", "validation_loss", "validation_accuracy")


def headline_json(rows: Sequence[RowResults]) -> str:
    """Return {row: {accuracy, roc_auc}} as JSON text in the order of the table; undefined metrics are null."""
    table = {
        row.name: {
            key: None if value is None else round(value, DIGITS)
            for key, value in (("accuracy", row.metrics.accuracy), ("roc_auc", row.metrics.roc_auc))
        }
        for row in rows
    }
    return json.dumps(table, indent=2, ensure_ascii=False) + "\n"


def curves_csv(rows: Sequence[RowResults]) -> str:
    """Return CSV text with a line for each epoch (from 1) of each training; values that were not measured are empty."""
    lines = (
        [row.name, int(record.get("seed", 0)), int(record["epoch"]) + 1, *(record.get(key, "") for key in CURVES)]
        for row in rows
        for record in row.history
    )
    return _csv(["row", "seed", "epoch", *CURVES], lines)


def confusion_csv(rows: Sequence[RowResults]) -> str:
    """Return CSV text with a line for each cell of each confusion matrix, summed over the seeds."""
    lines = (
        [row.name, actual, predicted, count]
        for row in rows
        for actual, counts in zip(row.details.classes, row.details.confusion, strict=True)
        for predicted, count in zip(row.details.classes, counts, strict=True)
    )
    return _csv(["row", "actual", "predicted", "count"], lines)


def reliability_csv(rows: Sequence[RowResults]) -> str:
    """Return CSV text with a line for each bin of confidence that is not empty."""
    lines = (
        [row.name, confidence, accuracy, count]
        for row in rows
        for confidence, accuracy, count in zip(
            row.details.reliability.confidence,
            row.details.reliability.accuracy,
            row.details.reliability.count,
            strict=True,
        )
        if count
    )
    return _csv(["row", "confidence", "accuracy", "count"], lines)


def _csv(header: Sequence[str], lines: Iterable[Sequence[Any]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([header, *lines])
    return text.getvalue()
