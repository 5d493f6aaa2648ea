"""Tables and figures of the page, from what evaluation found."""

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy.evaluation.mcnemar import holm, mcnemar
from galaxy.report.chart import Series, line_chart
from galaxy.report.findings import PairTest, RowResult, p_text
from galaxy.report.published import PUBLISHED
from galaxy.report.strip import Mark, strip
from stages.report_inputs import RowFiles

CELLS = 20
"""Classes beyond which a matrix would be unreadable; the commonest confusions are listed instead."""

CHARTS = (
    ("Validation accuracy", "validation_accuracy", 1.0),
    ("Validation loss", "validation_loss", None),
    ("Training accuracy", "train_accuracy", 1.0),
    ("Training loss", "train_loss", None),
)
"""Title, column of the history, and upper end of the scale (None: the largest value)."""


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
    return {
        "name": row.name,
        "note": note,
        "metrics": row.metrics,
        "interval": interval,
        "auc_interval": row.details["intervals"].get("roc_auc"),
        "published": published,
        "strip": strip(marks, title=title, interval=interval),
        "parameters": row.model.get("parameters"),
        "multiply_adds": row.model.get("multiply_adds"),
        "per_class": [
            {"name": name, "support": row.details["support"][k]}
            | {key: values[k] for key, values in row.details["per_class"].items()}
            for k, name in enumerate(row.details["classes"])
        ],
    }


def curves(rows: Sequence[RowFiles], extra: Mapping[str, Sequence[Mapping[str, float]]]) -> list[dict[str, Any]]:
    """Charts of the supervised rows' accuracy and loss, and one of the loss of every further history."""
    charts = []
    for title, key, top in CHARTS:
        lines = [line for k, row in enumerate(rows) for line in _seed_lines(row.name, row.history, key, colour=k)]
        if lines:
            span = (0.0, top) if top else None
            svg = line_chart(lines, title=title, x_label="epoch", y_label=title.split()[1], y_range=span, whole=True)
            charts.append({"title": title, "svg": svg, "caption": None})
    for name, history in extra.items():
        lines = _seed_lines(name, history, "train_loss", colour=0)
        if lines:
            svg = line_chart(lines, title=f"Training loss of {name}", x_label="epoch", y_label="loss", whole=True)
            caption = (
                "Cross-entropy of teacher and student; it follows the teacher's sharpness, so its level says little."
            )
            charts.append({"title": f"Training loss, {name}", "svg": svg, "caption": caption})
    return charts


def _seed_lines(name: str, history: Sequence[Mapping[str, float]], key: str, *, colour: int) -> list[Series]:
    seeds = sorted({record.get("seed", 0.0) for record in history})
    lines = []
    for index, seed in enumerate(seeds):
        points = [(r["epoch"] + 1, r[key]) for r in history if r.get("seed", 0.0) == seed and key in r]
        if points:
            label = name if len(seeds) == 1 else f"{name}, seed {seed:g}"
            lines.append(Series(label, colour, points, faint=index > 0, markers=len(points) <= 12))
    return lines


def confusion(row: RowFiles) -> dict[str, Any]:
    """A matrix of whole per cents of the true class, or the commonest confusions where it would be too large."""
    counts = np.array(row.details["confusion"])
    names = row.details["classes"]
    if len(names) > CELLS:
        off = counts * (1 - np.eye(len(names), dtype=int))
        order = np.argsort(-off, axis=None, kind="stable")[:10]
        pairs = [divmod(int(flat), len(names)) for flat in order]
        most = [{"true": names[a], "predicted": names[b], "count": int(off[a, b])} for a, b in pairs if off[a, b]]
        return {"row": row.name, "classes": names, "matrix": None, "most": most}
    share = np.round(100 * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)).astype(int)
    matrix = [
        [{"share": int(s), "count": int(c)} for s, c in zip(*line, strict=True)]
        for line in zip(share, counts, strict=True)
    ]
    return {"row": row.name, "classes": names, "matrix": matrix, "most": []}


def roc(row: RowFiles) -> dict[str, Any]:
    """ROC curves of all classes."""
    lines = [
        Series(name, k, list(zip(*row.details["roc"][k], strict=True)))
        for k, name in enumerate(row.details["classes"])
        if row.details["roc"][k][0]
    ]
    unit = (0.0, 1.0)
    svg = line_chart(
        lines,
        title=f"ROC curves of {row.name}",
        x_label="false positive rate",
        y_label="true positive rate",
        x_range=unit,
        y_range=unit,
        diagonal=True,
    )
    return {"row": row.name, "svg": svg}


def reliability(row: RowFiles, *, colour: int) -> dict[str, Any]:
    """Accuracy against confidence."""
    curve = row.details["reliability"]
    points = [(x, y) for x, y in zip(curve["confidence"], curve["accuracy"], strict=True) if x is not None]
    unit = (0.0, 1.0)
    svg = line_chart(
        [Series(row.name, colour, points, markers=True)],
        title=f"Reliability of {row.name}",
        x_label="confidence",
        y_label="accuracy",
        x_range=unit,
        y_range=unit,
        diagonal=True,
    )
    return {"row": row.name, "svg": svg, "ece": row.metrics["ece"]}


def pair_tests(rows: Sequence[RowFiles]) -> list[PairTest]:
    """McNemar's test of all pairs of rows, on the first seed's predictions of the test galaxies, Holm-adjusted."""
    right = {row.name: _first_seed_right(row) for row in rows}
    pairs = list(itertools.combinations(right, 2))
    results = [mcnemar(right[a], right[b]) for a, b in pairs]
    adjusted = holm([result.p_value for result in results])
    return [
        PairTest(a, b, result.first_only, result.second_only, p)
        for (a, b), result, p in zip(pairs, results, adjusted, strict=True)
    ]


def pair_lines(pairs: Sequence[PairTest]) -> list[dict[str, Any]]:
    """The tests as lines of a table."""
    return [
        {
            "first": pair.first,
            "second": pair.second,
            "first_only": pair.first_only,
            "second_only": pair.second_only,
            "p": p_text(pair.p_value).removeprefix("p ").removeprefix("= "),
            "significant": pair.significant,
        }
        for pair in pairs
    ]


def result(row: RowFiles) -> RowResult:
    """The row as the findings see it."""
    found = row.details["clusters"]
    interval = row.details["intervals"].get("accuracy")
    accuracy = row.metrics["accuracy"]
    return RowResult(
        name=row.name,
        accuracy=math.nan if accuracy is None else accuracy,
        interval=(interval[0], interval[1]) if interval else None,
        ece=row.metrics["ece"],
        clusters=found
        and {
            "knn": row.metrics["knn_accuracy"],
            "probe": row.metrics["linear_probe_accuracy"],
            "null_low": found["null"]["low"],
            "null_high": found["null"]["high"],
        },
    )


def _first_seed_right(row: RowFiles) -> NDArray[np.bool_]:
    galaxies = row.details["galaxies"]
    test = np.array(galaxies["split"]) == "test"
    right: NDArray[np.bool_] = (np.array(galaxies["predicted"][0]) == np.array(galaxies["label"]))[test]
    return right
