"""Prepares the part of the page on the row `dino-best`: its steps, two curves, and the meaning of the components."""

from collections.abc import Sequence
from typing import Any

from galaxy.report.cluster_results import AxesStudy, Study
from galaxy.report.line_chart import Series, line_chart
from galaxy.report.row_results import RowResults

BEST, PLAIN = "dino-best", "dino-kmeans"

STEPS = {
    "k-means": "k-means on the principal components of DINO's features",
    "view": "the row's own features of one view",
    "size": "the row's own features of one view, cut to the galaxy's size",
    "symmetries": "averaged over flips and quarter turns",
    "whitening": "principal components, their spread made more equal",
    "umap": "UMAP",
    "more clusters": "more clusters than classes, named by majority",
    "heads on neighbours": "heads that agree on neighbours instead of k-means",
}
"""Name of each step in the table; each step is added to the steps above it."""


def find_study(rows: Sequence[RowResults]) -> Study | None:
    """Return the further results of the row `dino-best`, or None if there is no such row."""
    return next((row.details.clusters.study for row in rows if row.name == BEST and row.details.clusters), None)


def best_row(rows: Sequence[RowResults]) -> dict[str, Any] | None:
    """Return the tables and figures on the row for the template, or None if there is no such row.

    Args:
        rows: All rows of the table.
    """
    study = find_study(rows)
    if study is None:
        return None
    steps = [
        {"name": STEPS.get(step.step, step.step), "accuracy": step.accuracy, "cells": [step.ari, step.nmi, step.ami]}
        | {"gain": None if k == 0 else step.accuracy - study.steps[k - 1].accuracy}
        for k, step in enumerate(study.steps)
    ]
    return {"steps": steps, "curve": _curve(study), "rejection": _rejection(study), "axes": _axes(study)}


def _curve(study: Study) -> Any:
    if not study.curve:
        return None
    keys = (("accuracy", 0), ("nmi", 1), ("ami", 2), ("ari", 3), ("null_accuracy", 8))
    names = {"null_accuracy": "accuracy of shuffled clusters", "nmi": "NMI", "ami": "AMI", "ari": "ARI"}
    series = [
        Series(
            names.get(key, key), colour, [(point.clusters, getattr(point, key)) for point in study.curve], markers=True
        )
        for key, colour in keys
    ]
    svg = line_chart(
        series, title="Scores by number of clusters", x_label="clusters", y_label="score", y_range=(0, _top(series))
    )
    return {"svg": svg, "legend": [{"name": line.name, "colour": line.colour} for line in series]}


def _rejection(study: Study) -> Any:
    series = Series(
        "accuracy", 0, [(100 * point.rejected, 100 * point.accuracy) for point in study.rejection], markers=True
    )
    title = "Accuracy of the galaxies that are kept, by the share that is rejected"
    return line_chart([series], title=title, x_label="rejected, %", y_label="accuracy, %", y_range=(0, 100))


def _axes(study: Study) -> list[dict[str, Any]]:
    names: dict[str, list[Any]] = {}
    columns: list[AxesStudy] = list(study.axes.values())
    for axes in columns:
        for name, found in axes.r2.items():
            names.setdefault(name, []).extend([*found.leading, found.all])
    return [{"name": name, "cells": cells} for name, cells in names.items()]


def axis_columns(rows: Sequence[RowResults]) -> list[dict[str, Any]]:
    """Return the headings of the table of components: name of the features and share of variance of each component."""
    study = find_study(rows)
    if study is None:
        return []
    return [{"name": name, "share": axes.share} for name, axes in study.axes.items()]


def _top(series: Sequence[Series]) -> float:
    return min(1.0, 1.1 * max(y for line in series for _, y in line.points))
