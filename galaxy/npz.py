"""Write numpy's .npz files, and read them without loading pickles, with one clear line for a damaged file."""

import warnings
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy.atomic import atomic_path
from galaxy.errors import InputError


def write_npz(path: Path, arrays: Mapping[str, NDArray[Any]], *, compressed: bool = True) -> None:
    """Write arrays by name, atomically; equal arrays give equal bytes.

    `numpy.savez` gives other bytes with Python 3.11.4 and later than before, because it asks zipfile for the headers of
    files above 4 GiB whatever the size.
    """
    method = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
    with atomic_path(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for name, array in arrays.items():
            entry = zipfile.ZipInfo(f"{name}.npy")  # with the date 1980-01-01
            entry.compress_type = method
            entry.file_size = array.nbytes + 4096  # about that; zipfile chooses the header by it
            with archive.open(entry, "w") as file:
                np.lib.format.write_array(file, array, allow_pickle=False)


def read_npz(path: Path, names: Sequence[str], *, writer: str) -> dict[str, NDArray[np.generic]]:
    """Read some arrays of a file; the others in it are not read.

    Args:
        path: The file.
        names: Names of the arrays to read, all of which must be there.
        writer: The command that writes such files, for messages.

    Returns:
        The arrays by name.

    Raises:
        InputError: If the file is missing, is damaged, is no .npz file or lacks an array.
    """
    if not path.is_file():
        raise InputError(f"{path} does not exist; run {writer}")
    try:
        opened = path.open("rb")  # here, because numpy leaves a file open that turns out to be no archive
    except OSError as error:  # nothing is known about the content, so that it must not be deleted
        raise InputError(f"{path} cannot be read ({error.strerror}); make it readable") from None
    try:
        # numpy warns about headers that look like another version's, which a flipped bit can make.
        with opened as handle, warnings.catch_warnings(action="ignore"):
            file = np.load(handle, allow_pickle=False)
            if isinstance(file, np.ndarray):
                raise InputError(
                    f"{path} holds a single array, not an .npz file with {', '.join(names)}; delete it and run "
                    f"{writer} again"
                )
            missing = [name for name in names if name not in file.files]
            if missing:
                raise InputError(f"{path} lacks {', '.join(missing)}; delete it and run {writer} again")
            return {name: file[name] for name in names}
    except InputError:
        raise
    except Exception as error:  # noqa: BLE001 - damage reaches zipfile, zlib, numpy, tokenize and struct
        reason = " ".join(str(error).split())[:120]
        raise InputError(
            f"{path} cannot be read as an .npz file ({reason}); delete it, and its copy in DVC's cache, which "
            f"`galaxy verify` names, and run {writer} again"
        ) from None
