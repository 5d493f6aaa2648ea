"""Reading numpy's .npz files so that damage is one line, and no pickle is ever loaded."""

import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from galaxy.errors import InputError


def read_npz(path: Path, names: Sequence[str], *, writer: str) -> dict[str, NDArray[np.generic]]:
    """The arrays `names` of the file; others in it are not read.

    Args:
        path: Of the file.
        names: Which arrays; all must be there.
        writer: What writes such files, for messages.

    Raises:
        InputError: the file is missing, damaged, no .npz or lacks an array.
    """
    if not path.is_file():
        raise InputError(f"{path} does not exist; run {writer}")
    try:
        # Opened here, because numpy leaves a file open that turns out to be no archive.
        # numpy warns about headers that look like another version's, which a flipped bit can make.
        with path.open("rb") as handle, warnings.catch_warnings(action="ignore"):
            file = np.load(handle, allow_pickle=False)
            if isinstance(file, np.ndarray):
                raise InputError(f"{path} holds a single array, not an .npz with {', '.join(names)}")
            missing = [name for name in names if name not in file.files]
            if missing:
                raise InputError(f"{path} lacks {', '.join(missing)}; delete it and run {writer} again")
            return {name: file[name] for name in names}
    except InputError:
        raise
    except Exception as error:  # noqa: BLE001 - damage reaches zipfile, zlib, numpy, tokenize and struct
        reason = " ".join(str(error).split())[:120]
        raise InputError(f"{path} is no readable .npz file ({reason}); delete it and run {writer} again") from None
