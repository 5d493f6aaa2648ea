"""Access to data sets of an HDF5 file that need not be trusted.

Everything that makes HDF5 read other files or load code is refused: soft and external links, external storage, virtual
data sets, and filters that are not built into HDF5 or h5py.
"""

import math
from pathlib import Path

import h5py

from galaxy.errors import InputError

_CONTENTS = {"images": "the pictures, (N, S, S, 3) uint8", "ans": "the labels, (N,) uint8"}
_BUILT_IN_FILTERS = {1: "gzip", 2: "shuffle", 3: "fletcher32", 32000: "lzf"}


def check_links(path: Path, file: h5py.File) -> None:
    """Check that everything at the root of `file` is in the file itself.

    Raises:
        InputError: If it is a soft or an external link.
    """
    for name in file:
        link = file.get(name, getlink=True)
        if not isinstance(link, h5py.HardLink):
            kind = "an external link" if isinstance(link, h5py.ExternalLink) else "a soft link"
            raise InputError(f"{path}: {name!r} is {kind}; copy the data into the file itself")


def own_dataset(path: Path, file: h5py.File, name: str) -> h5py.Dataset:
    """Return the data set `name` of `file`; none of its values is read yet.

    Raises:
        InputError: If it is missing, is a group, lies in other files, or needs a filter that is not built in.
    """
    if name not in file:
        raise InputError(
            f"{path} has no data set {name!r} ({_CONTENTS.get(name, 'one value per image')}); it contains "
            f"{', '.join(sorted(file)) or 'nothing'}: add the data set, or give another file"
        )
    dataset = file[name]
    if not isinstance(dataset, h5py.Dataset):
        raise InputError(f"{path}: {name!r} is a group; it must be a data set")
    if dataset.is_virtual:
        raise InputError(f"{path}: {name!r} is a virtual data set; copy the data into the file itself")
    if dataset.external:
        raise InputError(f"{path}: {name!r} is stored in other files; copy the data into the file itself")
    plist = dataset.id.get_create_plist()
    for index in range(plist.get_nfilters()):
        code = plist.get_filter(index)[0]
        if code not in _BUILT_IN_FILTERS:
            raise InputError(
                f"{path}: {name!r} uses HDF5 filter {code}; allowed are {', '.join(_BUILT_IN_FILTERS.values())}: "
                "repack the file with h5repack -f GZIP=4"
            )
    return dataset


def check_written(path: Path, dataset: h5py.Dataset) -> None:
    """Check that every part of `dataset` is stored.

    A file of a few bytes can declare terabytes, which are read as zeros.

    Raises:
        InputError: If a part was never written.
    """
    if dataset.chunks is None:
        stored, whole, unit = dataset.id.get_storage_size(), dataset.nbytes, "bytes"
    else:
        pairs = zip(dataset.shape, dataset.chunks, strict=True)
        stored, whole, unit = dataset.id.get_num_chunks(), math.prod(-(-n // step) for n, step in pairs), "chunks"
    if stored < whole:
        raise InputError(
            f"{path}: {dataset.name!r} declares {whole} {unit} but contains {stored}; fetch or write the file again"
        )
