"""What the page is made of, read from the files of earlier stages and checked to belong together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from galaxy.data.manifest import Manifest
from galaxy.errors import InputError
from galaxy.recipes.evaluate_inputs import check_manifest
from galaxy.recipes.evaluate_outputs import IN_TABLE, SCHEMA
from galaxy.report.files import read_history, read_json
from galaxy.report.row_forms import Costs, RowDetails, check_form

CLUSTER_ROWS = ("dino-kmeans", "dino-lora-kmeans", "random-init-kmeans", "pixels-kmeans")
"""In the order of the table; further ones follow."""

_TEXTS = ("manifest", "classes_without_test_images")
_OF_CLUSTERS = ("knn_accuracy", "accuracy_all")
_SAME_IN_ALL: dict[str, Callable[[dict[str, Any]], Any]] = {
    "further clusterings": lambda found: [other["name"] for other in found["also"]],
    "neighbours": lambda found: found["neighbours"],
    "components fitted on": lambda found: found["source"]["fitted_on"],
}
"""What the page says once, of all rows that cluster."""


@dataclass(frozen=True)
class RowFiles:
    """One row of the table."""

    name: str
    metrics: dict[str, Any]
    details: dict[str, Any]
    history: list[dict[str, float]]
    """One record per seed and epoch; empty for rows that are not trained."""
    model: dict[str, Any]
    """model.json; empty for rows without one."""


def read_rows(
    models: Sequence[str],
    manifest: Manifest,
    classes: Sequence[str],
    *,
    metrics: Path,
    details: Path,
    history: Path,
    folder: Path | None,
) -> list[RowFiles]:
    """Supervised rows in the order of params.yaml, then the rows that cluster.

    All are of the same galaxies in the same order, so that rows can be paired by position.

    Raises:
        InputError: a supervised row was not evaluated, or a file is damaged, of an older form, of another split, of
            other galaxies or classes, or rows were clustered in different ways.
    """
    clustered = {path.stem for path in details.glob("*-kmeans.json")} | {
        path.stem for path in details.glob("*.json") if path.stem not in models and read_json(path).get("clusters")
    }
    order = [row for row in CLUSTER_ROWS if row in clustered] + sorted(clustered - set(CLUSTER_ROWS))
    rows = [
        RowFiles(
            name=row,
            metrics=_read_metrics(metrics / f"{row}.json", manifest),
            details=_read_details(details / f"{row}.json", manifest, classes),
            history=read_history(history / f"{row}.csv"),
            model=_read_costs(folder / row / "model.json") if folder and row in models else {},
        )
        for row in [*models, *order]
    ]
    _check_clusters([row for row in rows if row.details["clusters"]], metrics, details)
    return rows


def _read_metrics(path: Path, manifest: Manifest) -> dict[str, Any]:
    content = read_json(path)
    missing = [key for key in (*IN_TABLE, "manifest") if key not in content]
    if missing:
        raise InputError(f"{path} lacks {', '.join(missing)}: it is of an older version, run evaluate again")
    for key, value in content.items():
        if key in _TEXTS and isinstance(value, str):
            continue
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise InputError(f"{path}: {key} is {value!r}; a number or null is allowed, run evaluate again")
    check_manifest(path, str(content["manifest"]), manifest)
    return content


def _read_costs(path: Path) -> dict[str, Any]:
    content = read_json(path)
    check_form(path, content, Costs, stage="train")
    return content


def _read_details(path: Path, manifest: Manifest, classes: Sequence[str]) -> dict[str, Any]:
    content = read_json(path)
    if content.get("schema") != SCHEMA:
        raise InputError(f"{path} has version {content.get('schema')!r}, {SCHEMA} is needed; run evaluate again")
    check_form(path, content, RowDetails, stage="evaluate")
    check_manifest(path, content["manifest"], manifest)
    if content["classes"] != list(classes):
        raise InputError(f"{path} is about other classes than classes.json; run evaluate again")
    held_out, galaxies = manifest.where("validation", "test"), content["galaxies"]
    for key in ("id", "split", "label"):
        if galaxies[key] != getattr(held_out, key).tolist():
            raise InputError(
                f"{path}: {key} differs from the manifest's validation and test galaxies; run evaluate again"
            )
    return content


def _check_clusters(rows: Sequence[RowFiles], metrics: Path, details: Path) -> None:
    for row in rows:
        if lacking := [key for key in _OF_CLUSTERS if row.metrics.get(key) is None]:
            raise InputError(f"{metrics / row.name}.json lacks {', '.join(lacking)}; run evaluate again")
        if "linear_probe_accuracy" not in row.metrics:
            raise InputError(f"{metrics / row.name}.json lacks linear_probe_accuracy; run evaluate again")
        for said, read in _SAME_IN_ALL.items():
            here, first = (read(r.details["clusters"]) for r in (row, rows[0]))
            if here != first:
                raise InputError(
                    f"{details / row.name}.json has {said} {here}, {rows[0].name} has {first}; run dvc repro"
                )
