"""Summarises a study of labels: accuracies with intervals, and sentences that compare the rows."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Right = dict[tuple[str, float], NDArray[np.float64]]


def found_right(records: Sequence[Mapping[str, Any]]) -> Right:
    """Return for each row and share of labels how often each test galaxy is right.

    Values are means over the seeds, 0 to 1. The test galaxies of all folds follow each other.
    """
    parts: dict[tuple[str, float], list[NDArray[np.float64]]] = {}
    for record in records:
        hits = np.array([[int(digit) for digit in text] for text in record["right"]], dtype=np.float64)
        parts.setdefault((record["row"], record["share"]), []).append(hits.mean(axis=0))
    return {key: np.concatenate(value) for key, value in parts.items()}


def summarise(records: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return a line for each row and share: accuracy, and the half width of its 95 % interval over test galaxies.

    `labels` is the number of training galaxies, as a mean over the folds.
    """
    rates: dict[tuple[str, float], list[float]] = {}
    labels: dict[tuple[str, float], list[int]] = {}
    for record in records:
        rates.setdefault((record["row"], record["share"]), []).append(float(record["rate"]))
        labels.setdefault((record["row"], record["share"]), []).append(int(record["galaxies"]))
    return [
        {"row": row, "share": share, "accuracy": _round(hits.mean()), "half": _round(_half(hits))}
        | {"labels": round(float(np.mean(labels[row, share]))), "test_galaxies": len(hits), "rates": rates[row, share]}
        for (row, share), hits in found_right(records).items()
    ]


def study_findings(records: Sequence[Mapping[str, Any]], *, scratch: Sequence[str]) -> list[str]:
    """Return a sentence for each share: whether the best pretrained row is better than the best row from scratch.

    The best rows are chosen on the same test galaxies, which favours the group with more rows. The interval is that of
    the mean difference over these galaxies.
    """
    right = found_right(records)
    sentences = []
    for share in sorted({share for _, share in right}):
        here = {row: hits for (row, other), hits in right.items() if other == share}
        ours = [row for row in here if row in scratch]
        others = [row for row in here if row not in scratch]
        if not ours or not others:
            continue
        one, other = (max(rows, key=lambda row: float(here[row].mean())) for rows in (ours, others))
        difference = here[other] - here[one]
        points, half = 100 * float(difference.mean()), 100 * _half(difference)
        verdict = "better than" if points > half else "worse than" if -points > half else "not clearly apart from"
        sentences.append(
            f"With {100 * share:g} % of the labels the best pretrained row, {other} ({_percent(here[other])}), is "
            f"{verdict} the best row from scratch, {one} ({_percent(here[one])}): {points:+.1f} ± {half:.1f} points."
        )
    return sentences


def _percent(hits: NDArray[np.float64]) -> str:
    return f"{100 * hits.mean():.1f} %"


def _half(values: NDArray[np.float64]) -> float:
    return float(1.96 * values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else float("nan")


def _round(value: float) -> float:
    return round(float(value), 5)
