"""The command `galaxy similar`: opens the row, finds neighbours and says what was found."""

from collections.abc import Sequence
from pathlib import Path

from galaxy.counted import counted
from galaxy.predict.options import Options
from galaxy.predict.similar.find_similar import find_similar
from galaxy.predict.skipped import losses
from galaxy.predict.trained_row import BATCH
from galaxy.workbench.open_row import open_row, reading_threads
from galaxy.workbench.output_rules import refuse_outs


def similar(
    name: str,
    wanted: Sequence[Path],
    among: Sequence[Path],
    output: Path,
    *,
    sheet: Path | None,
    count: int,
    models: Path,
    options: Options,
    overwrite: bool,
    device: str | None = None,
    batch_size: int = BATCH,
) -> str:
    """Write the nearest galaxies of `among` for each of `wanted`.

    Args:
        name: Name of the row whose features are compared, or path of its folder.
        wanted: Pictures of the galaxies whose neighbours are searched.
        among: Pictures, folders, archives, HDF5 files and tables of the collection.
        output: The table to write.
        sheet: The contact sheet to write; None writes none.
        count: Number of neighbours of each galaxy.
        models: Folder of the trained rows.
        options: How pictures are read and prepared.
        overwrite: Whether existing outputs may be replaced.
        device: Device that computes, such as `cpu` or `cuda:1`; None takes the one of `GALAXY_DEVICE` or, where that is
            not set, the first GPU or else the CPU.
        batch_size: Number of images that are computed at a time.

    Returns:
        A line for the user.

    Raises:
        InputError: If the row, an input or an output cannot be used.
    """
    refuse_outs(output, sheet)
    opened = open_row(name, models=models, device=device, batch_size=batch_size)
    found = find_similar(
        opened.row,
        wanted,
        among,
        output,
        sheet=sheet,
        count=count,
        options=opened.options(options),
        overwrite=overwrite,
        workers=reading_threads(),
    )
    lost = losses(found.unreadable, found.skipped)
    beside = f" and {sheet}" if sheet is not None else ""
    return f"{output}{beside}: {counted(found.queries, 'galaxy')} compared with {found.compared} by {name}{lost}"
