"""The command `galaxy map`: opens the row, looks up classes and splits of the galaxies, and writes the page."""

from collections.abc import Sequence
from pathlib import Path

from galaxy.counted import counted
from galaxy.data.class_names import read_class_names
from galaxy.data.manifest import read_manifest
from galaxy.predict.map_page.write_map import write_map
from galaxy.predict.options import Options
from galaxy.predict.skipped import losses
from galaxy.predict.trained_row import BATCH
from galaxy.workbench.find_training_data import RENDERED
from galaxy.workbench.open_row import OpenedRow, open_row, reading_threads
from galaxy.workbench.output_rules import refuse_outs


def draw_map(
    name: str,
    inputs: Sequence[Path],
    output: Path,
    *,
    models: Path,
    method: str,
    clusters: int | None,
    class_column: str | None,
    most: int,
    options: Options,
    overwrite: bool,
    device: str | None = None,
    batch_size: int = BATCH,
) -> str:
    """Write the map of a collection.

    Args:
        name: Name of the row whose features are compared, or path of its folder.
        inputs: Pictures, folders, archives, HDF5 files and tables.
        output: The page to write.
        models: Folder of the trained rows.
        method: `pca` or `umap`, by which features are reduced to the plane.
        clusters: Number of clusters to colour by; None makes no clusters.
        class_column: Column of a table with the class of each galaxy; None if there is none.
        most: Largest number of galaxies on the map.
        options: How pictures are read and prepared.
        overwrite: Whether an existing output may be replaced.
        device: Device that computes, such as `cpu` or `cuda:1`; None takes the one of `GALAXY_DEVICE` or, where that is
            not set, the first GPU or else the CPU.
        batch_size: Number of images that are computed at a time.

    Returns:
        A line for the user.

    Raises:
        InputError: If the row, an input or the output cannot be used.
    """
    refuse_outs(output)
    opened = open_row(name, models=models, device=device, batch_size=batch_size)
    known = _known(opened)
    found = write_map(
        opened.row,
        inputs,
        output,
        known=known,
        on_sky=opened.data.name != RENDERED,
        method=method,
        clusters=clusters,
        class_column=class_column,
        most=most,
        options=opened.options(options),
        overwrite=overwrite,
        workers=reading_threads(),
    )
    lost = losses(found.unreadable, found.skipped)
    left = f"; {found.left_out} left out, a larger --most includes them" if found.left_out else ""
    return f"{output}: {counted(len(found.id), 'galaxy')} by the features of {name}{left}{lost}"


def _known(opened: OpenedRow) -> dict[str, dict[str, str]]:
    """Return class and split of the galaxies that the row was trained and tested on, by their id."""
    path, names = opened.root / "manifest.csv", opened.root / "classes.json"
    if not path.is_file() or not names.is_file():
        return {}
    galaxies = read_manifest(path)
    if galaxies.sha256 != opened.row.description.manifest:
        return {}
    classes = read_class_names(names)
    ids = galaxies.id.tolist()
    label = [classes[number] for number in galaxies.label.tolist()]
    return {
        "class": dict(zip(ids, label, strict=True)),
        "split": dict(zip(ids, galaxies.split.tolist(), strict=True)),
    }
