"""Finds the folder of a trained row by the row's name or by the folder's path."""

from collections.abc import Sequence
from pathlib import Path

from galaxy.errors import InputError
from galaxy.models.stored import DESCRIPTION
from galaxy.predict.hub import PREFIX, fetch_row


def find_row(row: str, models: Path, *, further: Sequence[str] = ()) -> Path:
    """Find the folder that holds `model.json` and the weights.

    Args:
        row: Name of a row of the table, such as `custom`, the path of a folder that holds a row, or the address of an
            exported one on the Hugging Face hub, such as `hf://owner/name`.
        models: Folder of the trained rows.
        further: Names of rows of another kind, which the error for an unknown name lists.

    Raises:
        InputError: If there is no such row or folder.
    """
    if row.startswith(PREFIX):
        return fetch_row(row)
    trained = sorted(path.parent.name for path in models.glob(f"*/{DESCRIPTION}"))
    if row in trained:
        return models / row
    if (Path(row) / DESCRIPTION).is_file():
        return Path(row)
    if Path(row).is_dir():
        raise InputError(f"{row} holds no {DESCRIPTION}; give the name of a row or the folder of a trained one")
    names = ", ".join([*trained, *further]) or "none: run dvc repro in a clone"
    raise InputError(f"row {row!r} is not trained; {models.absolute()} has {names}")
