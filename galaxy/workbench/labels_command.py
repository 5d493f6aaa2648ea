"""The command `galaxy labels`: finds the pipeline's files, writes the table, and reports what was found."""

from collections import Counter
from pathlib import Path

from galaxy.counted import counted
from galaxy.data.class_names import read_class_names
from galaxy.data.manifest import read_manifest
from galaxy.data.store import IDS, IMAGES, open_store
from galaxy.errors import InputError
from galaxy.models.saved_network import DESCRIPTION
from galaxy.predict.labels.label_issues import DUPLICATE, PREDICTION
from galaxy.predict.labels.list_labels import list_labels
from galaxy.predictions import Predictions, load_predictions
from galaxy.workbench.find_training_data import RENDERED, training_data
from galaxy.workbench.output_rules import refuse_outs


def labels(data: Path, output: Path, *, sheet: Path | None, rows: list[str], overwrite: bool) -> list[str]:
    """Write the galaxies whose label is likely wrong.

    Args:
        data: Folder of the pipeline's files.
        output: The table.
        sheet: The contact sheet; None writes none.
        rows: Names of the rows whose predictions are used; empty takes all supervised ones.
        overwrite: Whether existing outputs may be replaced.

    Returns:
        Lines for the user.

    Raises:
        InputError: If a file of the pipeline is missing or belongs to another run, or an output cannot be used.
    """
    refuse_outs(output, sheet)
    galaxies = read_manifest(data / "manifest.csv")
    known = sorted(path.stem for path in (data / "predictions").glob("*.npz"))
    for row in rows:
        if row not in known:
            has = ", ".join(known) or "none: run dvc repro or dvc pull"
            raise InputError(f"there are no predictions of a row {row!r}; {data / 'predictions'} has {has}")
    paths = [data / "predictions" / f"{row}.npz" for row in rows] or [
        path
        for path in sorted((data / "predictions").glob("*.npz"))
        if (data / "models" / path.stem / DESCRIPTION).is_file()
    ]
    if not paths:
        raise InputError(f"{data / 'predictions'} has no predictions of a supervised row; run dvc repro")
    predictions = [_predictions(path, galaxies.sha256) for path in paths]
    store = data / "store"
    source = training_data(data / "models" / paths[0].stem, manifest=galaxies.sha256).name
    found = list_labels(
        galaxies,
        open_store(store),
        read_class_names(data / "classes.json"),
        predictions,
        output,
        sheet=sheet,
        on_sky=source != RENDERED,
        read=[data / "manifest.csv", data / "classes.json", store / IMAGES, store / IDS, *paths],
        overwrite=overwrite,
    )
    kinds = Counter(kind for one in found for kind in one.evidence)
    beside = f" and {sheet}" if sheet is not None else ""
    held_out = len(predictions[0].id)
    rows_used = ", ".join(path.stem for path in paths)
    left = len(galaxies) - held_out
    return [
        f"{counted(left, 'training galaxy')} compared with duplicates only: all rows were trained on their labels",
        f"{output}{beside}: {counted(len(found), 'label')} in doubt",
        f"with a duplicate that has another label: {kinds[DUPLICATE]} of {counted(len(galaxies), 'galaxy')}",
        f"likely of another class by {rows_used}: {kinds[PREDICTION]} of {held_out}",
    ]


def _predictions(path: Path, manifest: str) -> Predictions:
    found = load_predictions(path)
    if found.manifest != manifest:
        raise InputError(f"{path} belongs to another split than the manifest beside it; run dvc repro")
    return found
