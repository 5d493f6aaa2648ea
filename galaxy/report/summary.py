"""Writes the table as Markdown, for pull requests and the README."""

from collections.abc import Sequence

from galaxy.report.published import Published
from galaxy.report.quantities import MISSING, decimal
from galaxy.report.row_results import Metrics


def markdown_table(
    rows: Sequence[tuple[str, Metrics, Sequence[float] | None]], published: Published, *, notes: Sequence[str]
) -> str:
    """Return notes as a quotation, then a table with one line for each row.

    Args:
        rows: Name, metrics and 95 % interval of the accuracy of each row, in order.
        published: The report's results by row; if it is empty, the table has no columns for them.
        notes: Warnings for readers who compare the results.
    """
    header = ["Row", "Accuracy", "95 % interval", "ROC AUC", "Balanced accuracy", "Macro F1"]
    if published:
        header += ["Report's accuracy", "Report's ROC AUC"]
    align = [":--", "--:", ":-:", *["--:"] * (len(header) - 3)]
    lines = ["# Results", ""]
    lines += [f"> {escape_cell(note)}" for note in notes] + ([""] if notes else [])
    lines += [f"| {' | '.join(header)} |", f"|{'|'.join(align)}|"]
    for name, metrics, interval in rows:
        theirs = published.get(name)
        cells = [
            escape_cell(name),
            _percent(metrics.accuracy) + _plus_minus(metrics.accuracy_sd),
            f"{_percent(interval[0])} to {_percent(interval[1])}" if interval else MISSING,
            decimal(metrics.roc_auc),
            _percent(metrics.balanced_accuracy),
            decimal(metrics.macro_f1),
        ]
        if published:
            cells += [f"{theirs.accuracy:.0%}", f"{theirs.roc_auc:.3f}"] if theirs else [MISSING, MISSING]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def escape_cell(text: str) -> str:
    """Escape a text so that Markdown shows it as it is in one cell of a table."""
    text = " ".join(text.split())
    for character in "\\`*_[]|#":
        text = text.replace(character, f"\\{character}")
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _percent(value: float | None) -> str:
    return MISSING if value is None else f"{100 * value:.1f}%"


def _plus_minus(value: float | None) -> str:
    return "" if value is None else f" ± {100 * value:.1f}"
