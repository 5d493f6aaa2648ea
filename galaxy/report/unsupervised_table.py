"""Prepares the table of the section on clustering: a line for each metric, a column for each set of features."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from galaxy.report.cluster_results import ClusterDetails, NullBand
from galaxy.report.published import Published
from galaxy.report.quantities import MISSING, decimal, percent_cell
from galaxy.report.row_results import Metrics, RowResults

Line = dict[str, Any]


def table_groups(rows: Sequence[RowResults], published: Published) -> list[dict[str, Any]]:
    """Return groups of lines, each line with a cell for every row.

    Args:
        rows: Clustering rows.
        published: The report's results by row; empty if they must not be compared with ours.
    """
    columns = [(row, row.metrics, row.details.clusters) for row in rows if row.details.clusters]
    first = columns[0][2]

    def metric(name: str, cell: Callable[[Metrics], str], hint: str = "") -> Line:
        return {"name": name, "hint": hint, "cells": [cell(metrics) for _, metrics, _ in columns]}

    def detail(name: str, cell: Callable[[ClusterDetails], str], hint: str = "") -> Line:
        return {"name": name, "hint": hint, "cells": [cell(found) for _, _, found in columns]}

    def both(name: str, cell: Callable[[Metrics, ClusterDetails], str], hint: str = "") -> Line:
        return {"name": name, "hint": hint, "cells": [cell(metrics, found) for _, metrics, found in columns]}

    neighbours = f"{first.neighbours} by cosine similarity, among the training galaxies"
    theirs = [published.get(row.name) for row, _, _ in columns]
    report_line = {
        "name": "The report",
        "hint": "",
        "cells": [f"{100 * r.accuracy:.0f}" if r else MISSING for r in theirs],
    }
    groups = [
        {
            "name": "Classes predicted from the features, per cent of the test galaxies",
            "lines": [
                metric("Nearest neighbours", lambda m: percent_cell(m.knn_accuracy), neighbours),
                metric(
                    "Linear probe",
                    lambda m: percent_cell(m.linear_probe_accuracy),
                    "logistic regression fitted on the training galaxies",
                ),
                detail(
                    "Largest class",
                    lambda c: percent_cell(c.majority),
                    "accuracy of always predicting it",
                ),
            ],
        },
        {
            "name": "Accuracy of the clusters, per cent",
            "lines": [
                metric("Matched on training labels, test galaxies", _accuracy, "mean and deviation over the seeds"),
                detail("Shuffled clusters, same matching", lambda c: _band(c.null)),
                both("Above shuffled clusters", _verdict),
                both(
                    "Share of the nearest neighbours' accuracy above chance",
                    _kept,
                    "both minus the mean of shuffled clusters",
                ),
                metric(
                    "Matched and scored on all galaxies",
                    lambda m: percent_cell(m.accuracy_all),
                    "as in the report",
                ),
                detail("Shuffled clusters, same matching", lambda c: _band(c.null_all)),
                *([report_line] if any(theirs) else []),
                metric(
                    "Purity",
                    lambda m: percent_cell(m.purity),
                    "share of the test galaxies that have the most frequent class of their cluster",
                ),
            ],
        },
        {
            "name": "Agreement of clusters and classes",
            "lines": [
                metric(
                    "Adjusted Rand index",
                    lambda m: decimal(m.ari),
                    "0 by chance, 1 where the clusters are the classes",
                ),
                detail("Shuffled clusters", lambda c: _decimal_band(c.null_agreement["ari"])),
                metric("Normalised mutual information", lambda m: decimal(m.nmi), "0 to 1"),
                detail("Shuffled clusters", lambda c: _decimal_band(c.null_agreement["nmi"])),
                metric(
                    "Adjusted mutual information",
                    lambda m: decimal(m.ami),
                    "0 by chance, whatever the number of clusters",
                ),
                detail("Shuffled clusters", lambda c: _decimal_band(c.null_agreement["ami"])),
                metric(
                    "Silhouette",
                    lambda m: decimal(m.silhouette),
                    "of the components; -1 to 1, 0 for overlap",
                ),
                metric(
                    "Agreement between seeds",
                    lambda m: decimal(m.seed_ari),
                    "adjusted Rand index, mean over all pairs of seeds",
                ),
                metric(
                    "ROC AUC, from distances", lambda m: decimal(m.roc_auc_distance), "softmax of squared distances"
                ),
                metric("ROC AUC, from assignments", lambda m: decimal(m.roc_auc_hard), "probably as in the report"),
            ],
        },
    ]
    if first.also:
        lines = [detail(other.name, partial(_other, number=k)) for k, other in enumerate(first.also)]
        groups.append(
            {"name": "Other clusterings of the same components: test / all galaxies, per cent", "lines": lines}
        )
    groups.append(
        {
            "name": "Clustered features",
            "lines": [
                both(
                    "Number of features and of components",
                    lambda m, c: f"{c.dimensions:,}, {MISSING if m.components is None else f'{m.components:.0f}'}",
                    f"fitted on {first.source.fitted_on:,} training galaxies, applied to all",
                ),
                metric(
                    "Explained variance, per cent",
                    lambda m: percent_cell(m.explained_variance),
                    "of the training galaxies",
                ),
                detail("Weights", lambda c: c.source.weights),
                detail(
                    "Change by fine-tuning",
                    lambda c: f"{c.source.change.cosine_distance:.2g}" if c.source.change else MISSING,
                    "mean of 1 - cosine between the embeddings before and after tuning, of at most 64 training "
                    "galaxies at the size of the global views",
                ),
            ],
        }
    )
    return groups


def _accuracy(metrics: Metrics) -> str:
    spread = "" if metrics.accuracy_sd is None else f" ± {percent_cell(metrics.accuracy_sd)}"
    return percent_cell(metrics.accuracy) + spread


def _band(band: NullBand) -> str:
    return f"{percent_cell(band.low)} to {percent_cell(band.high)}"


def _decimal_band(band: NullBand) -> str:
    return f"{band.low:.3f} to {band.high:.3f}"


def _verdict(metrics: Metrics, found: ClusterDetails) -> str:
    if metrics.accuracy is None:
        return MISSING
    return "yes" if metrics.accuracy > found.null.high else "no"


def _kept(metrics: Metrics, found: ClusterDetails) -> str:
    if metrics.accuracy is None or metrics.knn_accuracy is None:
        return MISSING
    known = metrics.knn_accuracy - found.null.mean
    return MISSING if known <= 0 else f"{100 * max(metrics.accuracy - found.null.mean, 0) / known:.0f}"


def _other(details: ClusterDetails, number: int) -> str:
    found = details.also[number]
    chance = "" if found.accuracy > found.null.high else ", as shuffled"
    return f"{percent_cell(found.accuracy)} / {percent_cell(found.accuracy_all)}{chance}"
