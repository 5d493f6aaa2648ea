"""What `galaxy predict` does around the classification: it finds the row's files and says what happened."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from galaxy.device import pick_device
from galaxy.predict.classify import Options, classify_inputs
from galaxy.predict.find_row import find_row
from galaxy.predict.reference import reference_of
from galaxy.predict.trained_row import load_row
from galaxy.workbench.training_data import training_data


def predict(
    name: str,
    inputs: Sequence[Path],
    output: Path,
    *,
    models: Path,
    seed: int | None,
    options: Options,
    overwrite: bool,
) -> list[str]:
    """Classify `inputs` with a trained row.

    Returns:
        Lines for the user; the last one counts.

    Raises:
        InputError: If the row, an input or the output cannot be used.
    """
    folder = find_row(name, models)
    row = load_row(folder, device=pick_device(os.environ.get("GALAXY_DEVICE")), seeds=None if seed is None else [seed])
    data = training_data(folder, manifest=row.description.manifest)
    predictions = folder.parent.parent / "predictions" / f"{row.description.row}.npz"
    reference = reference_of(row, predictions=predictions, store=folder.parent.parent / "store")
    summary = classify_inputs(
        row,
        inputs,
        output,
        options=replace(options, training_scale=data.pixel_scale, training_side=data.side),
        reference=reference,
        overwrite=overwrite,
        workers=max(2, min(8, len(os.sched_getaffinity(0)))),
        also_read=[predictions],
    )
    lines = []
    if reference is None:
        lines.append(f"the validation galaxies of {name} are not there: the columns set and unlike are empty")
    if summary.unknown_scale and data.pixel_scale > 0:
        lines.append(
            f"{summary.unknown_scale} images do not tell their pixel scale and were taken to have the training's, "
            f"{data.pixel_scale:.3f} arcsec; --pixel-scale gives another"
        )
    lost = f", {summary.unreadable} not (column reason)" if summary.unreadable else ""
    lines.append(f"{output}: {summary.classified} images classified by {name}, which learnt from {data.name}{lost}")
    return lines
