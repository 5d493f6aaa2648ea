"""Compares two runs of the benchmark, in Markdown with Mermaid charts that GitHub renders."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from galaxy.counted import counted
from galaxy.report.quantities import listed
from galaxy.report.summary import escape_cell

CHARTS = 8
"""Largest number of charts; a comment on GitHub can have at most 65,536 characters."""

POINTS = 25
"""Largest number of epochs in a chart; the labels of more would overlap."""

CHANGES = 5
"""Number of cells that are listed of each confusion matrix; they are those with the largest changes."""

OLD, NEW = "#757575", "#0072b2"

NOTES = {
    "Curves": "Grey is the base, blue this run; several seeds are averaged.",
    "Confusion": f"Test galaxies, the {CHANGES} largest changes of each row.",
}

Point = Mapping[str, str]
"""One line of a table in report/plots, with the name of its revision under `rev`."""

CHART = """```mermaid
---
config:
  themeVariables:
    xyChart:
      plotColorPalette: "{old}, {new}"
---
xychart-beta
  title "{row}: {label}"
  x-axis "epoch" [{epochs}]
  y-axis "{label}" {low} --> {high}
  line [{before}]
  line [{after}]
```"""


def changed_curves(points: Iterable[Point], *, key: str, base: str) -> list[str]:
    """Draw charts of the curves that differ between the two revisions, averaged over the seeds.

    Args:
        points: Lines of the table of curves, of both revisions.
        key: Column to draw, for example `validation_accuracy`.
        base: Name of the revision to compare with.

    Returns:
        Charts of rows with several epochs, sentences for rows with one epoch, and sentences that name the rows that
        only one of the two revisions has.
    """
    label = key.replace("_", " ")
    curves: dict[str, dict[bool, dict[int, list[float]]]] = {}
    for point in points:
        if point[key]:
            sides = curves.setdefault(point["row"], {True: defaultdict(list), False: defaultdict(list)})
            sides[point["rev"] == base][int(point["epoch"])].append(float(point[key]))
    charts = []
    for row, sides in curves.items():
        before, after = (
            {epoch: sum(values) / len(values) for epoch, values in sorted(sides[side].items())}
            for side in (True, False)
        )
        if before and after and before != after:
            charts.append(_chart(row, before, after, label=label))
    left = len(charts) - CHARTS
    more = [f"Other curves in {counted(left, 'more row')}."] if left > 0 else []
    present = {row: {side for side, epochs in sides.items() if epochs} for row, sides in curves.items()}
    return charts[:CHARTS] + more + _only_in_one(present)


def _chart(row: str, before: Mapping[int, float], after: Mapping[int, float], *, label: str) -> str:
    last = max(*before, *after)
    if last == 1:  # a line through one point cannot be seen
        return f"{escape_cell(row)}: {label} {before[1]:.4g}, now {after[1]:.4g}."
    epochs = range(1, last + 1, -(-last // POINTS))
    values = [side[epoch] for side in (before, after) for epoch in epochs if epoch in side]
    room = 0.05 * (max(values) - min(values)) or 0.05
    return CHART.format(
        old=OLD,
        new=NEW,
        row=row.replace('"', "'"),
        label=label,
        epochs=", ".join(map(str, epochs)),
        low=f"{max(min(values) - room, 0):.4g}",
        high=f"{max(values) + room:.4g}",
        before=_line(before, epochs),
        after=_line(after, epochs),
    )


def _line(side: Mapping[int, float], epochs: Iterable[int]) -> str:
    return ", ".join(f"{side[epoch]:.4g}" for epoch in epochs if epoch in side)


def changed_confusions(points: Iterable[Point], *, base: str) -> list[str]:
    """List the cells with the largest changes in the confusion matrix of each row.

    Args:
        points: Lines of the table of confusion matrices, of both revisions.
        base: Name of the revision to compare with.

    Returns:
        A table, if a cell has changed, and sentences that name the rows that only one of the two revisions has.
    """
    counts: dict[str, dict[tuple[str, str], dict[bool, int]]] = {}
    for point in points:
        cell = counts.setdefault(point["row"], {}).setdefault((point["actual"], point["predicted"]), {})
        cell[point["rev"] == base] = int(point["count"])
    lines = []
    for row, cells in counts.items():
        pairs = {cell: (sides[True], sides[False]) for cell, sides in cells.items() if len(sides) == 2}
        moved = sorted(pairs, key=lambda cell: -abs(pairs[cell][1] - pairs[cell][0]))
        lines += [_cells(row, *cell, *pairs[cell]) for cell in moved[:CHANGES] if pairs[cell][0] != pairs[cell][1]]
    sentences = _only_in_one(
        {row: {side for sides in cells.values() for side in sides} for row, cells in counts.items()}
    )
    if not lines:
        return sentences
    table = ["| Row | Actual | Predicted | Base | Here | Change |\n|:--|:--|:--|--:|--:|--:|\n" + "\n".join(lines)]
    return table + sentences


def _only_in_one(sides: Mapping[str, set[bool]]) -> list[str]:
    """Return sentences that name the rows of only the base (True in `sides`) or only this run (False)."""
    found = []
    for where, side in (("this run", False), ("the base", True)):
        if rows := [escape_cell(row) for row, present in sides.items() if present == {side}]:
            found.append(f"Only {where} has {listed(rows)}.")
    return found


def _cells(row: str, actual: str, predicted: str, before: int, after: int) -> str:
    return f"| {' | '.join(map(escape_cell, (row, actual, predicted)))} | {before} | {after} | {after - before:+d} |"


def comparison_page(
    *, base: str, parameters: str, metrics: str, curves: Sequence[str], confusions: Sequence[str], table: str
) -> str:
    """Return the comparison as a Markdown text.

    Args:
        base: Name of the revision to compare with.
        parameters: Output of `dvc params diff --md`: a table, which has only its header if no parameter differs.
        metrics: Output of `dvc metrics diff --md`, in the same form.
        curves: Charts and sentences that `changed_curves` returned.
        confusions: Tables and sentences that `changed_confusions` returned.
        table: Table of the results of this run, in Markdown.
    """
    sections: list[tuple[str, Sequence[Any], str]] = [
        ("Parameters", _filled(parameters), "No parameter differs."),
        ("Metrics", _filled(metrics), "No metric differs."),
        ("Curves", curves, "No curve differs."),
        ("Confusion", confusions, "No confusion matrix differs."),
    ]
    parts = [f"## Compared with {escape_cell(base)}"]
    for title, content, nothing in sections:
        note = [NOTES[title]] if content and title in NOTES else []
        parts += [f"### {title}", *note, *(content or [nothing])]
    parts.append(f"<details><summary>The table of this run</summary>\n\n{table.strip()}\n\n</details>")
    return "\n\n".join(parts) + "\n"


def _filled(table: str) -> list[str]:
    return [table.strip()] if len(table.strip().splitlines()) > 2 else []
