"""Draws figures of the page: training curves, confusion matrices, ROC curves and reliability curves."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from galaxy.report.line_chart import Series, line_chart
from galaxy.report.row_results import RowResults

CELLS = 20
"""Largest number of classes for which a matrix is drawn; with more, the most frequent confusions are listed."""

CHARTS = (
    ("Validation accuracy", "validation_accuracy", 1.0),
    ("Validation loss", "validation_loss", None),
    ("Training accuracy", "train_accuracy", 1.0),
    ("Training loss", "train_loss", None),
)
"""Title, column of the history, and upper end of the scale; None takes the largest value."""


def curve_charts(
    rows: Sequence[RowResults], histories: Mapping[str, Sequence[Mapping[str, float]]]
) -> list[dict[str, Any]]:
    """Draw accuracy and loss of the supervised rows by epoch, and the training loss of the other trainings.

    Args:
        rows: The supervised rows; seeds after the first are drawn faintly.
        histories: History of each training that belongs to no supervised row, by name.

    Returns:
        Title, drawing and caption of each chart.
    """
    charts = []
    for title, key, top in CHARTS:
        lines = [line for k, row in enumerate(rows) for line in _seed_lines(row.name, row.history, key, colour=k)]
        if lines:
            span = (0.0, top) if top else None
            svg = line_chart(lines, title=title, x_label="epoch", y_label=title.split()[1], y_range=span, whole=True)
            charts.append({"title": title, "svg": svg, "caption": None})
    for name, history in histories.items():
        lines = _seed_lines(name, history, "train_loss", colour=0)
        if any(len(line.points) > 1 for line in lines):  # a single epoch gives no curve
            svg = line_chart(lines, title=f"Training loss of {name}", x_label="epoch", y_label="loss", whole=True)
            caption = (
                "The loss is the cross-entropy between teacher and student. Its level depends on how sharp the "
                "teacher's output is, so it does not measure the quality of the features."
            )
            charts.append({"title": f"Training loss, {name}", "svg": svg, "caption": caption})
    return charts


def _seed_lines(name: str, history: Sequence[Mapping[str, float]], key: str, *, colour: int) -> list[Series]:
    seeds = sorted({record.get("seed", 0.0) for record in history})
    lines = []
    for index, seed in enumerate(seeds):
        points = [(r["epoch"] + 1, r[key]) for r in history if r.get("seed", 0.0) == seed and key in r]
        if points:
            label = name if len(seeds) == 1 else f"{name}, seed {seed:g}"
            lines.append(Series(label, colour, points, faint=index > 0, markers=len(points) <= 12))
    return lines


def confusion(row: RowResults) -> dict[str, Any]:
    """Return the confusion matrix in per cent of the true class; for many classes, the most frequent confusions."""
    counts = np.array(row.details.confusion)
    names = row.details.classes
    if len(names) > CELLS:
        off = counts * (1 - np.eye(len(names), dtype=int))
        order = np.argsort(-off, axis=None, kind="stable")[:10]
        pairs = [divmod(int(flat), len(names)) for flat in order]
        most = [{"true": names[a], "predicted": names[b], "count": int(off[a, b])} for a, b in pairs if off[a, b]]
        return {"row": row.name, "classes": names, "matrix": None, "most": most}
    share = np.round(100 * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)).astype(int)
    matrix = [
        [{"share": int(s), "count": int(c)} for s, c in zip(*line, strict=True)]
        for line in zip(share, counts, strict=True)
    ]
    return {"row": row.name, "classes": names, "matrix": matrix, "most": []}


def roc(row: RowResults) -> dict[str, Any]:
    """Draw the ROC curve of each class against the rest."""
    lines = [
        Series(name, k, [(x, y) for x, y in zip(*row.details.roc[k], strict=True) if x is not None and y is not None])
        for k, name in enumerate(row.details.classes)
        if row.details.roc[k][0]
    ]
    unit = (0.0, 1.0)
    svg = line_chart(
        lines,
        title=f"ROC curves of {row.name}",
        x_label="false positive rate",
        y_label="true positive rate",
        x_range=unit,
        y_range=unit,
        diagonal=True,
    )
    return {"row": row.name, "svg": svg}


def reliability(row: RowResults, *, colour: int) -> dict[str, Any]:
    """Draw accuracy against confidence; the area of a point grows with the number of galaxies in its bin."""
    curve = row.details.reliability
    bins = [
        (x, y, count)
        for x, y, count in zip(curve.confidence, curve.accuracy, curve.count, strict=True)
        if count and x is not None and y is not None
    ]
    points = [(x, y) for x, y, _ in bins]
    radii = [1.2 + 9 * (count / sum(curve.count)) ** 0.5 for _, _, count in bins]
    unit = (0.0, 1.0)
    svg = line_chart(
        [Series(row.name, colour, points, markers=True, radii=radii)],
        title=f"Reliability of {row.name}",
        x_label="confidence",
        y_label="accuracy",
        x_range=unit,
        y_range=unit,
        diagonal=True,
    )
    return {"row": row.name, "svg": svg, "ece": row.metrics.ece}
