"""The table of the page's section on clustering: a line for each reading, a column for each set of features."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from galaxy.report.published import PUBLISHED
from galaxy.report.row_files import RowFiles
from galaxy.report.summary import MISSING

Line = dict[str, Any]


def table_groups(rows: Sequence[RowFiles]) -> list[dict[str, Any]]:
    """Groups of lines, each with a cell for every row of the main table that clusters."""

    def line(name: str, cell: Callable[[RowFiles], str], hint: str = "") -> Line:
        return {"name": name, "hint": hint, "cells": [cell(row) for row in rows]}

    def metric(name: str, key: str, form: Callable[[Any], str], hint: str = "") -> Line:
        return line(name, lambda row: form(row.metrics.get(key)), hint)

    first = rows[0].details["clusters"]
    fitted = f"fitted on {first['source']['fitted_on']:,} training galaxies, applied to all"
    others = [other["name"] for other in first["also"]]
    neighbours = f"{first['neighbours']} by cosine similarity, among the training galaxies"
    groups = [
        {
            "name": "What the features know: labels read off them, per cent of the test galaxies",
            "lines": [
                metric("Nearest neighbours", "knn_accuracy", _percent, neighbours),
                metric("Linear probe", "linear_probe_accuracy", _percent, "logistic regression on training galaxies"),
                line("Largest class", lambda row: _percent(row.details["clusters"]["majority"]), "without any feature"),
            ],
        },
        {
            "name": "What k-means keeps of it, per cent",
            "lines": [
                line("Matched on training labels, test galaxies", _accuracy, "mean and deviation over the seeds"),
                line("Shuffled clusters, same matching", lambda row: _band(row.details["clusters"]["null"])),
                line("Above shuffled clusters", _verdict),
                line("Kept of what neighbours know beyond chance", _kept, "both less the mean of shuffled clusters"),
                metric("Matched and scored on all galaxies", "accuracy_all", _percent, "the report's way"),
                line("Shuffled clusters, same matching", lambda row: _band(row.details["clusters"]["null_all"])),
                line("The report", _published),
                metric("Purity", "purity", _percent, "share of the test galaxies of their cluster's commonest class"),
            ],
        },
        {
            "name": "Clusters and classes, from 0 to 1",
            "lines": [
                metric("Adjusted Rand index", "ari", _number, "0 by chance, 1 for clusters that are the classes"),
                metric("Mutual information, normalised", "nmi", _number),
                metric("Silhouette", "silhouette", _number, "of the components; -1 to 1, 0 for clusters that overlap"),
                metric("Agreement between seeds", "seed_ari", _number, "adjusted Rand index, mean over pairs of seeds"),
                metric("ROC AUC, from distances", "roc_auc_distance", _number, "softmax of squared distances"),
                metric("ROC AUC, from assignments alone", "roc_auc_hard", _number, "as the report seems to have it"),
            ],
        },
    ]
    if others:
        lines = [line(name, partial(_other, name=name)) for name in others]
        groups.append(
            {"name": "Other clusterings of the same components: test / all galaxies, per cent", "lines": lines}
        )
    groups.append(
        {
            "name": "What was clustered",
            "lines": [
                line("Features, and components kept", _components, fitted),
                metric("Variance kept, per cent", "explained_variance", _percent, "of the training galaxies"),
                line("Weights", lambda row: row.details["clusters"]["source"].get("weights", "none")),
                line("Moved by tuning", _change, "1 - cosine between a galaxy's embeddings before and after, mean"),
            ],
        }
    )
    return groups


def _percent(value: float | None) -> str:
    return MISSING if value is None else f"{100 * value:.1f}"


def _number(value: float | None) -> str:
    return MISSING if value is None else f"{value:.3f}"


def _accuracy(row: RowFiles) -> str:
    deviation = row.metrics.get("accuracy_sd")
    return _percent(row.metrics["accuracy"]) + (f" ± {_percent(deviation)}" if deviation is not None else "")


def _band(band: dict[str, float]) -> str:
    return f"{_percent(band['low'])} to {_percent(band['high'])}"


def _verdict(row: RowFiles) -> str:
    accuracy = row.metrics["accuracy"]
    if accuracy is None:
        return MISSING
    return "yes" if accuracy > row.details["clusters"]["null"]["high"] else "no"


def _kept(row: RowFiles) -> str:
    accuracy, chance = row.metrics["accuracy"], row.details["clusters"]["null"]["mean"]
    known = row.metrics["knn_accuracy"] - chance
    return MISSING if accuracy is None or known <= 0 else f"{100 * max(accuracy - chance, 0) / known:.0f}"


def _published(row: RowFiles) -> str:
    published = PUBLISHED.get(row.name)
    return f"{100 * published.accuracy:.0f}" if published else MISSING


def _other(row: RowFiles, name: str) -> str:
    found = next(other for other in row.details["clusters"]["also"] if other["name"] == name)
    chance = "" if found["accuracy"] > found["null"]["high"] else ", as shuffled"
    return f"{_percent(found['accuracy'])} / {_percent(found['accuracy_all'])}{chance}"


def _components(row: RowFiles) -> str:
    components = row.metrics.get("components")
    return f"{row.details['clusters']['dimensions']:,}, {MISSING if components is None else f'{components:.0f}'}"


def _change(row: RowFiles) -> str:
    change = row.details["clusters"]["source"].get("change")
    return f"{change['cosine_distance']:.2g}" if change else MISSING
