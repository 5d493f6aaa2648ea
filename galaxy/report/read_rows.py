"""Reads the results of all rows and checks that they belong together."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from galaxy.errors import InputError
from galaxy.report.cluster_results import ClusterDetails, Costs
from galaxy.report.read_files import parse, read_history, read_json
from galaxy.report.row_results import Metrics, RowDetails, RowResults

CLUSTER_ROWS = ("dino-kmeans", "dino-lora-kmeans", "dino-best", "random-init-kmeans", "pixels-kmeans")
"""Clustering rows in the order of the table; further clustering rows follow by name."""

_REQUIRED_OF_CLUSTERS = ("knn_accuracy", "accuracy_all")
_SAME_IN_ALL: dict[str, Callable[[ClusterDetails], Any]] = {
    "further clusterings": lambda found: [other.name for other in found.also],
    "neighbours": lambda found: found.neighbours,
    "components fitted on": lambda found: found.source.fitted_on,
}
"""Values that the page shows once for all clustering rows."""


def read_rows(
    models: Sequence[str],
    *,
    metrics: Path,
    details: Path,
    history: Path,
    folder: Path | None,
    manifest: str,
    held_out: Mapping[str, Sequence[Any]],
    classes: Sequence[str],
    schema: int,
) -> list[RowResults]:
    """Read the supervised rows in the given order, then the rows that cluster.

    All rows have the same galaxies in the same order, so that they can be compared galaxy by galaxy.

    Args:
        models: Names of the supervised rows.
        metrics: Folder of <row>.json with the figures of the table.
        details: Folder of <row>.json with all other results of the evaluation.
        history: Folder of <row>.csv; rows that are not trained have none.
        folder: Folder of <row>/model.json with the costs of the networks; None if costs are not shown.
        manifest: SHA-256 of the split manifest that all results must belong to.
        held_out: `id`, `split` and `label` of the manifest's validation and test galaxies, in its order.
        classes: Names of the classes in label order.
        schema: Version that the details files must have.

    Returns:
        The rows in the order of the table.

    Raises:
        InputError: If a supervised row was not evaluated; a file is damaged, of an older version, or about another
            split, other galaxies or other classes; or rows were clustered in different ways.
    """
    clustered = {path.stem for path in details.glob("*-kmeans.json")} | {
        path.stem for path in details.glob("*.json") if path.stem not in models and read_json(path).get("clusters")
    }
    order = [row for row in CLUSTER_ROWS if row in clustered] + sorted(clustered - set(CLUSTER_ROWS))
    rows = []
    for name in [*models, *order]:
        path = details / f"{name}.json"
        row = RowResults(
            name=name,
            metrics=_read_metrics(metrics / f"{name}.json"),
            details=_read_details(path, classes=classes, schema=schema),
            history=read_history(history / f"{name}.csv"),
            costs=_read_costs(folder / name / "model.json") if folder and name in models else Costs(),
        )
        for source, digest in ((metrics / f"{name}.json", row.metrics.manifest), (path, row.details.manifest)):
            _check_split(source, digest, manifest)
        _check_galaxies(path, row, held_out)
        rows.append(row)
    _check_clusters(rows, metrics, details)
    return rows


def _read_metrics(path: Path) -> Metrics:
    return parse(path, read_json(path), Metrics, stage="evaluate")


def _read_costs(path: Path) -> Costs:
    return parse(path, read_json(path), Costs, stage="train")


def _read_details(path: Path, *, classes: Sequence[str], schema: int) -> RowDetails:
    content = read_json(path)
    if content.get("schema") != schema:
        raise InputError(
            f"{path} has version {content.get('schema')!r}, but version {schema} is needed; run the stage evaluate "
            "again"
        )
    found = parse(path, content, RowDetails, stage="evaluate")
    if found.classes != list(classes):
        raise InputError(f"{path} has other classes than classes.json; run the stage evaluate again")
    return found


def _check_split(path: Path, digest: str, manifest: str) -> None:
    if digest != manifest:
        raise InputError(
            f"{path} belongs to the split manifest {digest[:12]}, not to this one, {manifest[:12]}, so that its "
            "figures cannot be compared; run the stage evaluate again"
        )


def _check_galaxies(path: Path, row: RowResults, held_out: Mapping[str, Sequence[Any]]) -> None:
    for key, expected in held_out.items():
        if getattr(row.details.galaxies, key) != list(expected):
            raise InputError(
                f"{path}: {key} differs from the manifest's validation and test galaxies; run the stage evaluate again"
            )


def _check_clusters(rows: Sequence[RowResults], metrics: Path, details: Path) -> None:
    clustered = [(row, found) for row in rows if (found := row.details.clusters)]
    for row, found in clustered:
        lacking = [key for key in _REQUIRED_OF_CLUSTERS if getattr(row.metrics, key) is None]
        if "linear_probe_accuracy" not in row.metrics.model_fields_set:
            lacking.append("linear_probe_accuracy")
        if lacking:
            raise InputError(f"{metrics / row.name}.json lacks {', '.join(lacking)}; run the stage evaluate again")
        first_row, first = clustered[0]
        for said, read in _SAME_IN_ALL.items():
            if read(found) != read(first):
                raise InputError(
                    f"{details / row.name}.json has {said} {read(found)}, {first_row.name} has {read(first)}; run "
                    "dvc repro"
                )
