"""Writes the files of an evaluation: metrics for the table, and details for the page."""

import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy.atomic import write_text
from galaxy.evaluation.row_figures import RowFigures
from galaxy.predictions import Predictions
from galaxy.report.weights import Origin

SCHEMA = 4
"""Version of the layout of the details file; the page refuses files of other versions."""

IN_TABLE = ("accuracy", "roc_auc", "balanced_accuracy", "macro_f1", "average_precision", "log_loss", "brier", "ece")
WITH_SD = ("accuracy", "roc_auc", "balanced_accuracy", "macro_f1", "accuracy_all")

Figures = Mapping[str, NDArray[np.float64]]


def row_metrics(
    figures: RowFigures, extra: Figures, *, manifest: str, weights: Origin, absent: Sequence[str]
) -> dict[str, float | str | None]:
    """Average the metrics over the seeds.

    Args:
        figures: Metrics of each seed, from `evaluate_row`.
        extra: Further metrics by name, (S,) each.
        manifest: SHA-256 of the split manifest.
        weights: What the row's initial weights were trained on.
        absent: Names of classes without test galaxies.

    Returns:
        Means by name, None where undefined; with several seeds also `NAME_sd`, the sample standard deviation. Further
        keys hold the split of the galaxies, what the weights were trained on, and its overlap with Galaxy10.
    """
    scores = {name: figures.scores[name] for name in IN_TABLE} | dict(extra)
    table: dict[str, float | str | None] = {}
    for name, values in scores.items():
        table[name] = rounded(float(values.mean()))
        if len(values) > 1 and name in WITH_SD:
            table[f"{name}_sd"] = rounded(float(values.std(ddof=1)))
    table |= {"split": "test", "manifest": manifest}
    table |= {"weights_learnt_from": weights.learnt_from, "overlap_with_galaxy10": weights.overlap}
    if absent:
        table["classes_without_test_images"] = ", ".join(absent)
    return table


def row_details(
    row: str,
    stored: Predictions,
    figures: RowFigures,
    extra: Figures,
    cluster_details: Mapping[str, Any] | None,
    table: Mapping[str, Any],
) -> dict[str, Any]:
    """Collect what the page shows of a row in addition to the table, as JSON values.

    Args:
        row: Name of the row.
        stored: Predictions of the row.
        figures: Metrics of each seed, from `evaluate_row`.
        extra: Further metrics by name, (S,) each.
        cluster_details: Further JSON values about a clustering; None for a supervised row.
        table: Metrics of the row in the table, from `row_metrics`.
    """
    curve = figures.reliability
    return {
        "schema": SCHEMA,
        "row": row,
        "manifest": stored.manifest,
        "classes": stored.classes.tolist(),
        "seeds": stored.seed.tolist(),
        "metrics": dict(table),
        "per_seed": {name: values.tolist() for name, values in {**figures.scores, **extra}.items()},
        "intervals": {name: None if pair is None else list(pair) for name, pair in figures.intervals.items()},
        "per_class": {name: values.tolist() for name, values in figures.per_class.items()},
        "support": figures.support.tolist(),
        "confusion": figures.confusion.sum(axis=0).tolist(),
        "roc": [[false.tolist(), true.tolist()] for false, true in figures.roc],
        "reliability": {
            "edges": curve.edges.tolist(),
            "confidence": curve.confidence.tolist(),
            "accuracy": curve.accuracy.tolist(),
            "count": curve.count.tolist(),
        },
        "galaxies": {
            "id": stored.id.tolist(),
            "split": stored.split.tolist(),
            "label": stored.label.tolist(),
            "predicted": stored.probability.argmax(axis=2).tolist(),
            "probability": stored.probability.mean(axis=0, dtype=np.float64).round(4).tolist(),
        },
        "clusters": cluster_details,
    }


def write_confusion(path: Path, classes: NDArray[np.str_], figures: RowFigures) -> Path:
    """Write the confusion matrix summed over the seeds as CSV: a line per true class, a column per predicted one."""
    matrix = figures.confusion.sum(axis=0)
    lines = [["actual", *classes], *([name, *counts] for name, counts in zip(classes, matrix, strict=True))]
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(lines)
    write_text(path, text.getvalue())
    return path


def write_json(path: Path, content: Mapping[str, Any], *, indent: int | None = None) -> None:
    """Write JSON with rounded figures, undefined ones as null, in one line unless `indent` is given."""
    text = json.dumps(_plain(content), indent=indent, ensure_ascii=False, allow_nan=False)
    write_text(path, text + "\n")


def rounded(value: float) -> float | None:
    """Round to six digits after the point; NaN becomes None."""
    return None if math.isnan(value) else round(value, 6)


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return rounded(value)
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
