"""Computes the metrics of one row of the table on the test galaxies, and writes them."""

import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy.evaluation.row_figures import evaluate_row
from galaxy.predictions import Predictions
from galaxy.recipes.evaluate_outputs import row_details, row_metrics, write_confusion, write_json
from galaxy.recipes.tracker import NoTracker, Tracker
from galaxy.report.weights import Origin

_NO_TRACKER = NoTracker()


def measure_row(
    row: str,
    predictions: Predictions,
    *,
    weights: Origin,
    bootstrap: int,
    bins: int,
    seed: int,
    metrics: Path,
    details: Path,
    cluster_figures: Mapping[str, NDArray[np.float64]] | None = None,
    cluster_details: Mapping[str, Any] | None = None,
    tracker: Tracker = _NO_TRACKER,
) -> None:
    """Write the metrics of a row for the table, and everything else about it for the page.

    Args:
        row: Name of the row.
        predictions: Predictions of the row, from `read_row_predictions`.
        weights: What the row's initial weights were trained on.
        bootstrap: Number of resamples for the intervals; with 0 there are no intervals.
        bins: Number of bins of the calibration error.
        seed: Seed of the bootstrap.
        metrics: JSON file to write the metrics to.
        details: JSON file to write the details to.
        cluster_figures: Further metrics of a clustering by name, (S,) each.
        cluster_details: Further JSON values that the page shows about a clustering.
        tracker: Receives the metrics and files.
    """
    test = predictions.where("test")
    figures = evaluate_row(test.probability, test.label, resamples=bootstrap, bins=bins, seed=seed)
    extra = cluster_figures or {}
    absent = [str(name) for name, count in zip(predictions.classes, figures.support, strict=True) if not count]
    if absent:
        print(
            f"{row}: no test galaxy belongs to {', '.join(absent)}, so means are over the other classes",
            file=sys.stderr,
        )
    table = row_metrics(figures, extra, manifest=predictions.manifest, weights=weights, absent=absent)
    write_json(details, row_details(row, predictions, figures, extra, cluster_details, table))
    write_json(metrics, table, indent=2)
    tracker.summary({name: value for name, value in table.items() if isinstance(value, float)})
    tracker.artifact(metrics, folder="metrics")
    tracker.artifact(details, folder="details")
    with TemporaryDirectory() as folder:
        tracker.artifact(write_confusion(Path(folder) / "confusion.csv", predictions.classes, figures))
