"""Prepares the page's section on clustering: prediction of classes from features and from their clusters."""

import math
from collections.abc import Sequence
from typing import Any

from galaxy.report.best_row import axis_columns, best_row
from galaxy.report.cluster_results import ClusterDetails
from galaxy.report.dot_plot import Lane, LaneGroup, Mark, dot_plot, mark_key
from galaxy.report.published import Published
from galaxy.report.row_results import RowResults
from galaxy.report.unsupervised_table import table_groups

NEIGHBOURS = "nearest neighbours, with labels"
PROBE = "linear probe, with labels"
TEST = "clusters, matched on training labels, test galaxies"
EVERYTHING = "clusters, matched and scored as in the report, on all galaxies"

KEYS = {
    NEIGHBOURS: ("diamond", 1),
    PROBE: ("bar", 2),
    TEST: ("dot", 0),
    EVERYTHING: ("ring", 0),
    "gaussian-mixture": ("square", 3),
    "agglomerative": ("up", 4),
    "spectral": ("down", 6),
}
"""Shape and colour of the mark of each figure; further clusterings are grey squares."""
OTHER = ("square", 8)


def unsupervised(rows: Sequence[RowResults], published: Published) -> dict[str, Any] | None:
    """Return a figure and a table of all clustering rows for the template, or None if there is no such row.

    Args:
        rows: All rows of the table.
        published: The report's results by row; empty if they must not be compared with ours.
    """
    clustered = [row for row in rows if row.details.clusters]
    details = [row.details.clusters for row in rows if row.details.clusters]
    if not clustered:
        return None
    groups = [LaneGroup(row.name.removesuffix("-kmeans"), lanes(row)) for row in clustered]
    marks = [mark for group in groups for lane in group.lanes for mark in lane.marks]
    top = min(1.0, math.ceil(max([mark.value for mark in marks], default=0.9) * 10 + 0.5) / 10)
    readings = "; ".join(
        f"{group.name}: {', '.join(mark.name for lane in group.lanes for mark in lane.marks)}" for group in groups
    )
    others = [other.name for found in details for other in found.also]
    names = list(dict.fromkeys([*KEYS, *others]))
    used = [name for name in names if any(mark.name.startswith(f"{name}: ") for mark in marks)]
    title, label = f"Accuracies by features. {readings}", "accuracy, per cent"
    return {
        "figure": dot_plot(groups, title=title, label=label, top=top),
        "narrow_figure": dot_plot(groups, title=title, label=label, top=top, narrow=True),
        "legend": [{"name": name, "mark": mark_key(Mark(name, 0, *KEYS.get(name, OTHER)))} for name in used],
        "columns": [group.name for group in groups],
        "groups": table_groups(clustered, published),
        "draws": details[0].null.draws,
        "best": best_row(rows),
        "axis_columns": axis_columns(rows),
        "collapsed": [found.source.collapsed for found in details if found.source.collapsed],
    }


def lanes(row: RowResults) -> list[Lane]:
    """Return the lanes of a clustering row: predictions with labels, clusters of test and of all galaxies, others."""
    found, metrics = _clusters(row), row.metrics
    read = ((NEIGHBOURS, metrics.knn_accuracy), (PROBE, metrics.linear_probe_accuracy))
    with_labels = [_mark(name, value) for name, value in read if value is not None]
    test = [] if metrics.accuracy is None else [_mark(TEST, metrics.accuracy)]
    everything = [] if metrics.accuracy_all is None else [_mark(EVERYTHING, metrics.accuracy_all)]
    interval = row.interval
    drawn = [
        Lane("with labels", with_labels),
        Lane(
            "clusters",
            test,
            band=(found.null.low, found.null.high),
            interval=(interval[0], interval[1]) if interval else None,
        ),
        Lane("all galaxies", everything, band=(found.null_all.low, found.null_all.high)),
    ]
    if found.also:
        band = (min(other.null.low for other in found.also), max(other.null.high for other in found.also))
        drawn.append(Lane("others", [_mark(other.name, other.accuracy) for other in found.also], band=band))
    return drawn


def _clusters(row: RowResults) -> ClusterDetails:
    if row.details.clusters is None:
        raise ValueError(f"{row.name} does not cluster")
    return row.details.clusters


def _mark(name: str, value: float) -> Mark:
    shape, colour = KEYS.get(name, OTHER)
    return Mark(f"{name}: {value:.1%}", value, shape, colour)
