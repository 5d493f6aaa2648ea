"""Prepares the lines of the page's main table."""

from typing import Any

from galaxy.report.dot_plot import Lane, Mark, interval_plot
from galaxy.report.published import Published
from galaxy.report.row_results import RowResults


def table_line(row: RowResults, published: Published, *, colour: int, note: str | None) -> dict[str, Any]:
    """Return the values that the template shows for a row.

    Args:
        row: The results of the row.
        published: The report's results by row; empty if they must not be compared with ours.
        colour: Number of the row's colour.
        note: Text below the name of the row; None for no text.
    """
    theirs = published.get(row.name)
    accuracy = row.metrics.accuracy
    marks, title = [], f"{row.name}: no accuracy"
    if theirs:
        marks.append(Mark(f"the report: {theirs.accuracy:.0%}", theirs.accuracy, "ring", colour % 10))
    if accuracy is not None:
        title = f"{row.name}: {accuracy:.1%}" + (f", the report {theirs.accuracy:.0%}" if theirs else "")
        marks.append(Mark(f"ours: {accuracy:.1%}", accuracy, "dot", colour % 10))
    interval = row.interval
    lane = Lane(row.name, marks, interval=(interval[0], interval[1]) if interval else None)
    costs = row.details.clusters.source if row.details.clusters else row.costs
    return {
        "name": row.name,
        "note": note,
        "metrics": row.metrics,
        "interval": interval,
        "auc_interval": row.details.intervals.get("roc_auc"),
        "published": theirs,
        "plot": interval_plot(lane, title=title),
        "parameters": costs.parameters,
        "multiply_adds": costs.multiply_adds,
        "per_class": [
            {"name": name, "support": row.details.support[k]}
            | {key: values[k] for key, values in row.details.per_class.items()}
            for k, name in enumerate(row.details.classes)
        ],
    }
