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
