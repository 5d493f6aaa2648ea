"""Renders the page of a study of the number of labels: a figure, a table and findings."""

import math
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

from markupsafe import escape

from galaxy.counted import counted
from galaxy.report.line_chart import Series, line_chart
from galaxy.report.quantities import MISSING


def study_page(lines: Sequence[Mapping[str, Any]], findings: Sequence[str], *, title: str, notes: Sequence[str]) -> str:
    """Return the page as HTML that needs no other file.

    Args:
        lines: Results, see `study_section`.
        findings: Findings as sentences.
        title: Title of the page.
        notes: Sentences that say how the results were measured.
    """
    style = files("galaxy.report").joinpath("style.css").read_text(encoding="utf-8")
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="color-scheme" content="light dark"><title>{escape(title)}</title><link rel="icon" href="data:,">'
        f"<style>\n{style}\n</style></head><body><header><h1>{escape(title)}</h1></header><main>"
        f"<section><h2>What was found</h2>{study_section(lines, findings, notes=notes)}</section>"
        "</main></body></html>\n"
    )


def study_section(lines: Sequence[Mapping[str, Any]], findings: Sequence[str], *, notes: Sequence[str]) -> str:
    """Return findings, figure, table and notes as HTML for a section of a page with the report's style.

    Args:
        lines: Results in the order of the table, each with `row`, `share` of the labels in (0, 1], `accuracy`, and
            `half`, half the width of the interval of the accuracy, and, except in studies of earlier versions,
            `labels`, the number of training galaxies.
        findings: Findings as sentences.
        notes: Sentences that say how the results were measured.
    """
    rows = list(dict.fromkeys(line["row"] for line in lines))
    shares = sorted({line["share"] for line in lines})
    series = []
    for colour, row in enumerate(rows):
        own = sorted((line for line in lines if line["row"] == row), key=lambda line: float(line["share"]))
        points = [(math.log10(100 * line["share"]), 100 * line["accuracy"]) for line in own]
        series.append(Series(row, colour, points, markers=True, bars=[100 * line["half"] for line in own]))
    figure = line_chart(
        series,
        title="Accuracy by share of the training labels",
        x_label="training labels, %",
        y_label="accuracy, %",
        x_names={math.log10(100 * share): f"{100 * share:g}" for share in shares},
    )
    cell = {(line["row"], line["share"]): line for line in lines}
    labels = {line["share"]: line["labels"] for line in lines if "labels" in line}
    head = "".join(f'<th scope="col">{100 * share:g} %{_labels(labels.get(share))}</th>' for share in shares)
    body = "".join(
        f'<tr><th scope="row"><span class="key" style="background:var(--c{colour % 10})"></span>{escape(row)}</th>'
        + "".join(_cell(cell.get((row, share))) for share in shares)
        + "</tr>"
        for colour, row in enumerate(rows)
    )
    said = "".join(f"<li>{escape(text)}</li>" for text in findings)
    noted = "".join(f'<p class="note">{escape(text)}</p>' for text in notes)
    return (
        f'<ul class="findings">{said}</ul><div class="grid wide"><figure>{figure}</figure></div>'
        '<div class="scroll" role="region" aria-label="Accuracy by share of the training labels" tabindex="0">'
        f'<table class="data"><thead><tr><th scope="col">Accuracy, %, of each row</th>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
        f"{noted}"
    )


def _labels(count: int | None) -> str:
    return "" if count is None else f'<span class="sub">{counted(count, "label")}</span>'


def _cell(line: Mapping[str, Any] | None) -> str:
    if line is None:
        return f"<td>{MISSING}</td>"
    return f'<td>{100 * line["accuracy"]:.1f}<span class="sub">± {100 * line["half"]:.1f}</span></td>'
