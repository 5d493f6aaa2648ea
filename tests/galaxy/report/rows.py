"""Rows of the table with made-up results, for tests that need few of them."""

from typing import Any

from galaxy.report.row_results import Metrics, RowDetails, RowResults

NULL = {"mean": 0.12, "low": 0.11, "high": 0.14, "draws": 200}


def make_row(
    name: str,
    *,
    accuracy: float | None = 0.7,
    interval: tuple[float, float] | None = None,
    seeds: int = 1,
    details: dict[str, Any] | None = None,
    clusters: dict[str, Any] | None = None,
    history: list[dict[str, float]] | None = None,
    **metrics: Any,
) -> RowResults:
    """A row of two classes without galaxies; further arguments are metrics."""
    figures = {
        "manifest": "m",
        "accuracy": accuracy,
        "roc_auc": 0.9,
        "balanced_accuracy": 0.7,
        "macro_f1": 0.69,
        "average_precision": 0.6,
        "log_loss": 1.0,
        "brier": 0.5,
        "ece": 0.1,
    }
    empty: dict[str, Any] = {
        "manifest": "m",
        "classes": ["a", "b"],
        "seeds": list(range(seeds)),
        "intervals": {"accuracy": list(interval) if interval else None},
        "per_class": {},
        "support": [0, 0],
        "confusion": [[0, 0], [0, 0]],
        "roc": [[[], []], [[], []]],
        "reliability": {"confidence": [], "accuracy": [], "count": []},
        "galaxies": {"id": [], "split": [], "label": [], "predicted": [[] for _ in range(seeds)], "probability": []},
        "clusters": clusters,
    }
    return RowResults(
        name=name,
        metrics=Metrics.model_validate(figures | metrics),
        details=RowDetails.model_validate(empty | (details or {})),
        history=history or [],
    )


def make_clusters(**changes: Any) -> dict[str, Any]:
    """What a row that clusters has beside the others."""
    return {
        "null": NULL,
        "null_all": NULL,
        "null_agreement": {"ari": NULL, "nmi": NULL, "ami": NULL},
        "also": [],
        "neighbours": 20,
        "dimensions": 1536,
        "majority": 0.15,
        "source": {"fitted_on": 1398},
        "knn_right": [],
    } | changes
