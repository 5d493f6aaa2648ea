"""Finds the folder of a trained row by the row's name or by the folder's path."""

from collections.abc import Sequence
from pathlib import Path

from galaxy.errors import InputError
from galaxy.models.saved_network import DESCRIPTION
from galaxy.predict.hub import PREFIX, fetch_row


def find_row(row: str, models: Path, *, clusters: Sequence[str] = ()) -> Path:
    """Find the folder that holds `model.json` and the weights.

    Args:
        row: Name of a row of the table, such as `custom`, the path of a folder that holds a row, or the address of an
            exported one on the Hugging Face hub, such as `hf://owner/name`.
        models: Folder of the trained rows.
        clusters: Names of the rows of clusters that the caller takes as well, which the error for an unknown name
            lists.

    Returns:
        The folder; that of a row on the hub is in the hub's cache.

    Raises:
        InputError: If there is no such row or folder.
    """
    if row.startswith(PREFIX):
        return fetch_row(row)
    trained = trained_rows(models)
    if row in trained:
        return models / row
    if row and (Path(row) / DESCRIPTION).is_file():
        return Path(row)
    if row and Path(row).exists():
        what = f"a folder without {DESCRIPTION}" if Path(row).is_dir() else "a file"
        raise InputError(f"{row} is {what}; give the name of a row, or the folder of a trained or exported one")
    there = f"{models.absolute()} has {', '.join(trained) or 'none'}"
    if clusters:
        there += f", and there are the rows of clusters {', '.join(clusters)}"
    remedy = "dvc repro trains the rows that params.yaml lists"
    if not models.is_dir():  # before the first run, or outside of a repository
        remedy += ", in a clone of the repository; elsewhere give the folder of a trained or exported row"
    raise InputError(f"there is no trained row {row!r}; {there}; {remedy}")


def trained_rows(models: Path) -> list[str]:
    """Return the names of the rows whose networks are in a folder, sorted."""
    return sorted(path.parent.name for path in models.glob(f"*/{DESCRIPTION}"))
