"""The page's section on clustering: what each set of features knows, and what clusters keep of it."""

import math
from collections.abc import Sequence
from typing import Any

from galaxy.report.dot_plot import DotRow, Lane, dot_plot, mark_key
from galaxy.report.interval_plot import Mark
from galaxy.report.row_files import RowFiles
from galaxy.report.unsupervised_table import table_groups

NEIGHBOURS = "nearest neighbours, with labels"
PROBE = "linear probe, with labels"
TEST = "k-means, matched on training labels, test galaxies"
EVERYTHING = "k-means, matched and scored as in the report, on all galaxies"

KEYS = {
    NEIGHBOURS: ("diamond", 1),
    PROBE: ("bar", 2),
    TEST: ("dot", 0),
    EVERYTHING: ("ring", 0),
    "gaussian-mixture": ("square", 3),
    "agglomerative": ("up", 4),
    "spectral": ("down", 6),
}
"""Shape and colour of each reading's mark."""


def unsupervised(rows: Sequence[RowFiles]) -> dict[str, Any] | None:
    """One figure and one table over all rows that cluster; None where there is none."""
    clustered = [row for row in rows if row.details["clusters"]]
    if not clustered:
        return None
    figure = [DotRow(row.name.removesuffix("-kmeans"), _lanes(row)) for row in clustered]
    marks = [mark for row in figure for lane in row.lanes for mark in lane.marks]
    top = min(1.0, math.ceil(max([mark.value for mark in marks], default=0.9) * 10 + 0.5) / 10)
    readings = "; ".join(
        f"{row.name}: {', '.join(mark.name for lane in row.lanes for mark in lane.marks)}" for row in figure
    )
    used = [name for name in KEYS if any(mark.name.startswith(name) for mark in marks)]
    return {
        "figure": dot_plot(figure, title=f"Accuracies by features. {readings}", label="accuracy, per cent", top=top),
        "legend": [{"name": name, "mark": mark_key(Mark(name, 0, *KEYS[name]))} for name in used],
        "columns": [row.name.removesuffix("-kmeans") for row in figure],
        "groups": table_groups(clustered),
        "draws": clustered[0].details["clusters"]["null"]["draws"],
        "collapsed": [text for row in clustered if (text := row.details["clusters"]["source"].get("collapsed"))],
    }


def _lanes(row: RowFiles) -> list[Lane]:
    found, metrics = row.details["clusters"], row.metrics
    with_labels = [_mark(NEIGHBOURS, metrics["knn_accuracy"])]
    if metrics["linear_probe_accuracy"] is not None:
        with_labels.append(_mark(PROBE, metrics["linear_probe_accuracy"]))
    k_means = [] if metrics["accuracy"] is None else [_mark(TEST, metrics["accuracy"])]
    band, band_all = ((found[key]["low"], found[key]["high"]) for key in ("null", "null_all"))
    lanes = [
        Lane("with labels", with_labels),
        Lane("k-means", k_means, band=band, interval=row.details["intervals"].get("accuracy")),
        Lane("all galaxies", [_mark(EVERYTHING, metrics["accuracy_all"])], band=band_all),
    ]
    if found["also"]:
        low = min(other["null"]["low"] for other in found["also"])
        high = max(other["null"]["high"] for other in found["also"])
        lanes.append(
            Lane("others", [_mark(other["name"], other["accuracy"]) for other in found["also"]], band=(low, high))
        )
    return lanes


def _mark(name: str, value: float) -> Mark:
    shape, colour = KEYS[name]
    return Mark(f"{name}: {value:.1%}", value, shape, colour)
