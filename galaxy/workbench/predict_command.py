"""What `galaxy predict` does around the classification: it finds the row's files and says what happened."""

from collections.abc import Sequence
from pathlib import Path

from galaxy.predict.classify import classify_inputs
from galaxy.predict.options import Options
from galaxy.predict.reference import reference_of
from galaxy.workbench.open_row import open_row, reading_threads


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
    opened = open_row(name, models=models, seed=seed)
    row, data = opened.row, opened.data
    predictions = opened.root / "predictions" / f"{row.description.row}.npz"
    reference = reference_of(row, predictions=predictions, store=opened.root / "store")
    summary = classify_inputs(
        row,
        inputs,
        output,
        options=opened.options(options),
        reference=reference,
        overwrite=overwrite,
        workers=reading_threads(),
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
