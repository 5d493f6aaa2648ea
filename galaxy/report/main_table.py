"""Lines of the page's main table."""

from typing import Any

from galaxy.report.interval_plot import Mark, strip
from galaxy.report.published import PUBLISHED
from galaxy.report.row_files import RowFiles


def table_row(row: RowFiles, *, colour: int, note: str | None) -> dict[str, Any]:
    """One line of the main table."""
    published = PUBLISHED.get(row.name)
    accuracy = row.metrics["accuracy"]
    interval = row.details["intervals"].get("accuracy")
    marks, title = [], f"{row.name}: no accuracy"
    if published:
        marks.append(Mark(f"the report: {published.accuracy:.0%}", published.accuracy, "ring", colour % 10))
    if accuracy is not None:
        title = f"{row.name}: {accuracy:.1%}" + (f", the report {published.accuracy:.0%}" if published else "")
        marks.append(Mark(f"ours: {accuracy:.1%}", accuracy, "dot", colour % 10))
    costs = row.model or (row.details["clusters"] or {}).get("source", {})
    return {
        "name": row.name,
        "note": note,
        "metrics": row.metrics,
        "interval": interval,
        "auc_interval": row.details["intervals"].get("roc_auc"),
        "published": published,
        "strip": strip(marks, title=title, interval=interval),
        "parameters": costs.get("parameters"),
        "multiply_adds": costs.get("multiply_adds"),
        "per_class": [
            {"name": name, "support": row.details["support"][k]}
            | {key: values[k] for key, values in row.details["per_class"].items()}
            for k, name in enumerate(row.details["classes"])
        ],
    }
