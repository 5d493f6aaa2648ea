"""What both evaluating stages do with one row of the table: check, measure, write, record."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy.data.manifest import Manifest, read_manifest
from galaxy.errors import InputError
from galaxy.evaluation.row import evaluate_row
from galaxy.predictions import load_predictions
from galaxy.recipes.evaluate_inputs import check_predictions
from galaxy.recipes.evaluate_outputs import row_details, row_metrics, write_confusion, write_json
from galaxy.tracking.track import track
from stages.sections.evaluate import EvaluateSection

Further = tuple[dict[str, NDArray[np.float64]], dict[str, Any]]
"""Figures per seed (S,) for the metrics file, and what the page shows besides."""


@dataclass(frozen=True)
class FurtherWork:
    """What is measured of a row beside its predictions, once all inputs are read."""

    measure: Callable[[], Further]
    adapter: str | None
    """SHA-256 of the adapter that tuned the features, None where nothing was."""


def measure_row(
    row: str,
    section: EvaluateSection,
    *,
    predictions: Path,
    manifest: Path,
    metrics: Path,
    details: Path,
    params: Path,
    further_settings: Mapping[str, Any] | None = None,
    read_further: Callable[[Manifest, int], FurtherWork] | None = None,
) -> None:
    """Measure one row on the test galaxies: metrics for the table, details for the page.

    `read_further`, given the manifest and the number of classes, reads further inputs, which `further_settings` say how
    to measure: every input is checked before a run opens in the tracking store.

    Raises:
        InputError: an input is damaged or belongs to another split, or nothing is left to test on.
    """
    galaxies = read_manifest(manifest)
    stored = load_predictions(predictions)
    check_predictions(predictions, stored, galaxies)
    test = stored.where("test")
    if not len(test.id):
        raise InputError(f"{manifest} has no test galaxies; raise split.test in params.yaml")
    further = read_further(galaxies, len(stored.classes)) if read_further else None
    with track(
        stage="evaluate",
        row=row,
        params={"evaluate": section.model_dump(), **(further_settings or {})},
        params_path=params,
        continues=predictions,
        adapter=further.adapter if further else None,
    ) as run:
        figures = evaluate_row(
            test.probability, test.label, resamples=section.bootstrap, bins=section.bins, seed=section.seed
        )
        extra, story = further.measure() if further else ({}, None)
        absent = [str(name) for name, count in zip(stored.classes, figures.support, strict=True) if not count]
        if absent:
            print(f"{row}: no test galaxy is of class {', '.join(absent)}; means leave it out", file=sys.stderr)
        table = row_metrics(figures, extra, manifest=galaxies.sha256, absent=absent)
        write_json(details, row_details(row, stored, figures, extra, story, table))
        write_json(metrics, table, indent=2)
        run.summary({name: value for name, value in table.items() if isinstance(value, float)})
        run.dataset(manifest, name="galaxies", context="testing")
        run.artifact(metrics, folder="metrics")
        run.artifact(details, folder="details")
        with TemporaryDirectory() as folder:
            run.artifact(write_confusion(Path(folder) / "confusion.csv", stored.classes, figures))
