"""The table as Markdown, for a pull request."""

from collections.abc import Mapping, Sequence
from typing import Any

from galaxy.report.published import PUBLISHED

MISSING = "\N{EN DASH}"


def markdown_table(
    rows: Sequence[tuple[str, Mapping[str, Any]]],
    *,
    intervals: Mapping[str, Sequence[float] | None],
    notes: Sequence[str],
) -> str:
    """Notes as a quotation, then one line per row: our figures and the report's.

    Args:
        rows: name and metrics of each row, in order.
        intervals: 95 % interval of the accuracy, by row.
        notes: what a reader must know before comparing.
    """
    lines = ["# Results", ""]
    lines += [f"> {escape_cell(note)}" for note in notes] + ([""] if notes else [])
    lines += [
        "| Row | Accuracy | 95 % interval | ROC AUC | Balanced accuracy | Macro F1 | Report's accuracy | its ROC AUC |",
        "|:--|--:|:-:|--:|--:|--:|--:|--:|",
    ]
    for name, metrics in rows:
        pair = intervals.get(name)
        published = PUBLISHED.get(name)
        cells = [
            escape_cell(name),
            _percent(metrics["accuracy"]) + _deviation(metrics.get("accuracy_sd")),
            f"{_percent(pair[0])} to {_percent(pair[1])}" if pair else MISSING,
            _number(metrics["roc_auc"]),
            _percent(metrics["balanced_accuracy"]),
            _number(metrics["macro_f1"]),
            f"{published.accuracy:.0%}" if published else MISSING,
            f"{published.roc_auc:.3f}" if published else MISSING,
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def escape_cell(text: str) -> str:
    """Text that Markdown shows as it is, in one cell of a table."""
    text = " ".join(text.split())
    for character in "\\`*_[]|#":
        text = text.replace(character, f"\\{character}")
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _percent(value: float | None) -> str:
    return MISSING if value is None else f"{100 * value:.1f}%"


def _deviation(value: float | None) -> str:
    return "" if value is None else f" ± {100 * value:.1f}"


def _number(value: float | None) -> str:
    return MISSING if value is None else f"{value:.3f}"
