"""Figures of the page, from what evaluation found."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from galaxy.report.chart import Series, line_chart
from galaxy.report.row_files import RowFiles

CELLS = 20
"""Classes beyond which a matrix would be unreadable; the commonest confusions are listed instead."""

CHARTS = (
    ("Validation accuracy", "validation_accuracy", 1.0),
    ("Validation loss", "validation_loss", None),
    ("Training accuracy", "train_accuracy", 1.0),
    ("Training loss", "train_loss", None),
)
"""Title, column of the history, and upper end of the scale (None: the largest value)."""


def curves(rows: Sequence[RowFiles], extra: Mapping[str, Sequence[Mapping[str, float]]]) -> list[dict[str, Any]]:
    """Charts of the supervised rows' accuracy and loss, and one of the loss of every further history."""
    charts = []
    for title, key, top in CHARTS:
        lines = [line for k, row in enumerate(rows) for line in _seed_lines(row.name, row.history, key, colour=k)]
        if lines:
            span = (0.0, top) if top else None
            svg = line_chart(lines, title=title, x_label="epoch", y_label=title.split()[1], y_range=span, whole=True)
            charts.append({"title": title, "svg": svg, "caption": None})
    for name, history in extra.items():
        lines = _seed_lines(name, history, "train_loss", colour=0)
        if any(len(line.points) > 1 for line in lines):  # one epoch is no curve
            svg = line_chart(lines, title=f"Training loss of {name}", x_label="epoch", y_label="loss", whole=True)
            caption = (
                "Cross-entropy of teacher and student; it follows the teacher's sharpness, so its level says little."
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


def confusion(row: RowFiles) -> dict[str, Any]:
    """A matrix of whole per cents of the true class, or the commonest confusions where it would be too large."""
    counts = np.array(row.details["confusion"])
    names = row.details["classes"]
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


def roc(row: RowFiles) -> dict[str, Any]:
    """ROC curves of all classes."""
    lines = [
        Series(name, k, list(zip(*row.details["roc"][k], strict=True)))
        for k, name in enumerate(row.details["classes"])
        if row.details["roc"][k][0]
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


def reliability(row: RowFiles, *, colour: int) -> dict[str, Any]:
    """Accuracy against confidence; the area of a point grows with the galaxies in its bin."""
    curve = row.details["reliability"]
    bins = [bin_ for bin_ in zip(curve["confidence"], curve["accuracy"], curve["count"], strict=True) if bin_[2]]
    points = [(x, y) for x, y, _ in bins]
    radii = [1.2 + 9 * (count / sum(curve["count"])) ** 0.5 for _, _, count in bins]
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
    return {"row": row.name, "svg": svg, "ece": row.metrics["ece"]}
