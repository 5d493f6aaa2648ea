"""Finds the file of Galaxy10 DECaLS on this machine."""

import os
from pathlib import Path

from galaxy.errors import InputError
from galaxy.workbench.named_inputs import from_root


def galaxy10_place() -> Path:
    """Return the path of Galaxy10 DECaLS: GALAXY10_FILE, or a file in the repository's folder `downloads`.

    DVC removes the outputs of a stage before it runs the stage again, but not files in `downloads`.

    Raises:
        InputError: If GALAXY10_FILE names no file.
    """
    from galaxy.data.fetch.galaxy10 import FILE_NAME  # because the stage sets the threads of numpy before its import

    chosen = os.environ.get("GALAXY10_FILE")
    if not chosen:
        return from_root("downloads") / FILE_NAME
    place = Path(os.path.expanduser(chosen))  # noqa: PTH111 -- Path.expanduser fails for unknown users
    if not place.is_file():
        raise InputError(f"GALAXY10_FILE is {chosen!r}, where there is no file; correct it, or unset it to download")
    return place
