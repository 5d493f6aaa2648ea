"""Sentences about the rows that cluster."""

from collections.abc import Sequence

from galaxy.report.results import RowResult, listed, percent


def about_clusters(rows: Sequence[RowResult]) -> list[str]:
    """Each row against chance, DINO against its controls, and what fine-tuning changed."""
    return [*(_cluster_row(row) for row in rows if row.clusters is not None), *_controls(rows), *_tuning(rows)]


def _cluster_row(row: RowResult) -> str:
    clusters = row.clusters or {}
    low, high = clusters["null_low"], clusters["null_high"]
    if row.accuracy > high:
        verdict = "above what shuffled clusters reach"
    elif row.accuracy < low:
        verdict = "below what shuffled clusters reach"
    else:
        verdict = "no better than shuffled clusters"
    return (
        f"{row.name} gets {percent(row.accuracy)}, {verdict} ({percent(low)} to {percent(high)}); with labels, "
        f"nearest neighbours read {percent(clusters['knn'])} and a linear probe {percent(clusters['probe'])} off the "
        "same features."
    )


def _controls(rows: Sequence[RowResult]) -> list[str]:
    clusters = {row.name: row.clusters for row in rows if row.clusters}
    if "dino-kmeans" not in clusters or len(clusters) < 2:
        return []
    dino = clusters["dino-kmeans"]["knn"]
    controls = {name: clusters[name]["knn"] for name in ("random-init-kmeans", "pixels-kmeans") if name in clusters}
    if not controls:
        return []
    read = listed([f"{percent(value)} off {name.removesuffix('-kmeans')}" for name, value in controls.items()])
    if dino > max(controls.values()):
        verdict = "dino's features know more than either control" if len(controls) > 1 else "dino's features know more"
    else:
        verdict = "dino's features know no more than the best control"
    return [f"Nearest neighbours read {percent(dino)} off dino, {read}: {verdict}."]


def _tuning(rows: Sequence[RowResult]) -> list[str]:
    by_name = {row.name: row for row in rows}
    if not {"dino-kmeans", "dino-lora-kmeans"} <= by_name.keys():
        return []
    plain, tuned = by_name["dino-kmeans"], by_name["dino-lora-kmeans"]
    change = 100 * (tuned.accuracy - plain.accuracy)
    apart = (
        plain.interval is not None
        and tuned.interval is not None
        and (tuned.interval[0] > plain.interval[1] or tuned.interval[1] < plain.interval[0])
    )
    verdict = "their intervals do not overlap" if apart else "their intervals overlap"
    return [f"Fine-tuning DINO changes the accuracy of its clusters by {change:+.1f} points; {verdict}."]
