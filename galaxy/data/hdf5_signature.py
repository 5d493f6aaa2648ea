"""Recognises HDF5 files by their first bytes."""

from pathlib import Path

from galaxy.errors import InputError
from galaxy.stand_in import stand_in

SIGNATURE = b"\x89HDF\r\n\x1a\n"


def check_signature(path: Path) -> None:
    """Check that a file is HDF5 by its signature, without the HDF5 library.

    The signature is at the beginning, or after a user block of 512 bytes or a power of two times that.

    Raises:
        InputError: If the file cannot be read, is empty or is not HDF5.
    """
    try:
        with path.open("rb") as file:
            begin = file.read(200)
            start = found = begin[: len(SIGNATURE)]
            offset = 512
            while found != SIGNATURE and len(found) == len(SIGNATURE):
                file.seek(offset)
                found = file.read(len(SIGNATURE))
                offset *= 2
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); give the path of a readable HDF5 file") from None
    if not start:
        raise InputError(f"{path} is an empty file; give an HDF5 file in Galaxy10's layout")
    if found != SIGNATURE and (other := stand_in(begin)):
        raise InputError(f"{path} {other}")
    if found != SIGNATURE:
        raise InputError(
            f"{path} is not an HDF5 file (it starts with {start!r}); give an HDF5 file in Galaxy10's layout, which "
            "'galaxy import' makes from a folder of pictures"
        )
