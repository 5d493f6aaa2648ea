"""Pictures in files: single ones, or all of a folder."""

import os
import re
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from galaxy.digest import value_sha256
from galaxy.errors import InputError
from galaxy.predict.picture import CHUNK, Chunk, Picture, file_states, sorted_id_digests
from galaxy.predict.readers import decode, fits_cutout
from galaxy.predict.readers.fits_cutout import FitsOptions
from galaxy.predict.skipped import LINKED_FOLDER, NO_ENDING, skipped_words

ENDINGS = (*decode.ENDINGS, *fits_cutout.ENDINGS)


class Files:
    """Pictures in files, some of which may be the three bands of one FITS cut-out.

    Args:
        entries: Id and files of each picture, in order.
        options: How FITS cut-outs are turned into colour.
        name: What messages call these pictures.
        skipped: What a folder has besides them, by ending or kind.
    """

    further: dict[str, str] = {}  # noqa: RUF012 -- a protocol's attribute, never changed
    distributable = True

    def __init__(
        self,
        entries: list[tuple[str, tuple[Path, ...]]],
        options: FitsOptions,
        *,
        name: str,
        skipped: Counter[str] | None = None,
    ) -> None:
        self.name = name
        self.skipped = skipped or Counter()
        self._entries = entries
        self._options = options

    @property
    def count(self) -> int:
        """Return the number of pictures."""
        return len(self._entries)

    @property
    def ids(self) -> NDArray[np.uint64]:
        """Return the digests of the ids, 64 bits each, sorted."""
        return sorted_id_digests(name for name, _ in self._entries)

    def files(self) -> list[Path]:
        """Return all files."""
        return [path for _, paths in self._entries for path in paths]

    def identity(self) -> object:
        """Return a digest of the names of all files."""
        return value_sha256([[name, *(str(path.absolute()) for path in paths)] for name, paths in self._entries])

    def states(self) -> Iterator[list[int]]:
        """Yield sizes and times of the files of each picture."""
        for _, paths in self._entries:
            yield file_states(paths)

    def chunks(self, skip: int) -> Iterator[Chunk]:
        """Yield chunks of the pictures from number `skip` on."""
        for start in range(skip, len(self._entries), CHUNK):
            yield partial(_read, self._entries[start : start + CHUNK], Path.cwd(), self._options)


def _read(entries: list[tuple[str, tuple[Path, ...]]], folder: Path, options: FitsOptions) -> Iterator[Picture]:
    """Read pictures whose relative paths count from `folder`; it may run in another process."""
    for name, paths in entries:
        yield read_picture(Picture(name), tuple(folder / path for path in paths), options)


def read_picture(picture: Picture, paths: tuple[Path, ...], options: FitsOptions) -> Picture:
    """Read one picture from its file or, for FITS, from the files of its bands.

    Args:
        picture: The picture, complete except for its image and its state.
        paths: One file, or for FITS also three in the order of the bands.
        options: How FITS cut-outs are turned into colour.

    Returns:
        `picture`, with its image or the reason why there is none.

    Raises:
        InputError: If it is FITS and astropy is not installed.
    """
    picture.state = file_states(paths)
    if ending(paths[0]) in fits_cutout.ENDINGS:
        return fits_cutout.read_cutout(picture, paths, options)
    try:
        if paths[0].stat().st_size > decode.MAX_BYTES:
            picture.reason = decode.TOO_LARGE
            return picture
        if not paths[0].is_file():
            picture.reason = "not a regular file"
            return picture
        content = paths[0].read_bytes()
    except OSError as error:
        picture.reason = f"cannot be read ({error.strerror})"
        return picture
    except ValueError:
        picture.reason = "the path contains a character that no path can contain"
        return picture
    return decode.decode(picture, content)


def ending(path: Path) -> str:
    """Return the ending of a file's name in lower case, with the one before .gz or .fz."""
    parts = path.name.lower().rsplit(".", 2)
    if len(parts) == 3 and parts[2] in ("gz", "fz"):
        return f".{parts[1]}.{parts[2]}"
    return f".{parts[-1]}" if len(parts) > 1 else ""


def folder_source(folder: Path, options: FitsOptions, *, prefix: str = "") -> Files:
    """Return all pictures below a folder, sorted by path.

    Hidden files, files with other endings and links to folders, which may lead in circles, are left out.

    Args:
        folder: The folder.
        options: How FITS cut-outs are turned into colour; files of its bands are grouped.
        prefix: Text before the path in the folder, with which it makes up the id.

    Raises:
        InputError: If there is no picture, or the folder cannot be read.
    """
    found: list[str] = []
    skipped: Counter[str] = Counter()

    def fail(error: OSError) -> None:
        raise InputError(f"{error.filename} cannot be read ({error.strerror}); make it readable or move it away")

    for root, folders, names in os.walk(folder, onerror=fail):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__MACOSX")))
        place = Path(root)
        skipped[LINKED_FOLDER] += sum((place / name).is_symlink() for name in folders)
        for name in names:
            if name.startswith("."):
                continue
            if (kind := ending(Path(name))) in ENDINGS:
                found.append((place / name).relative_to(folder).as_posix())
            else:
                skipped[kind or NO_ENDING] += 1
    skipped = +skipped
    if not found:
        raise InputError(f"{folder} contains no picture{_only(skipped)}; pictures end in {', '.join(ENDINGS)}")
    entries = group_bands(sorted(found), folder, options.bands, prefix=prefix)
    return Files(entries, options, name=str(folder), skipped=skipped)


def _only(skipped: Counter[str]) -> str:
    return f", only {skipped_words(skipped)}" if skipped else ""


def _without_band(before: str, after: str) -> str:
    """Return what a name is without its band, empty where that would be an ending alone."""
    name = before[:-1] + after if before else after[1:]
    kind = ending(Path(name))
    return name if kind in fits_cutout.ENDINGS and Path(name).name.lower() != kind else ""


def group_bands(names: list[str], folder: Path, bands: str, *, prefix: str = "") -> list[tuple[str, tuple[Path, ...]]]:
    """Group FITS files whose names differ only by the band, such as `m31-g.fits` and `m31-r.fits`.

    The band stands between two of `-`, `_`, `.` and `/`, or at the start: `frame-g-0123.fits` and `g/m31.fits` are
    grouped as well. A group needs one file for each band; its files are in the order of `bands`. It is named without
    the band, or, where something else has that name, as the file of the first band.

    Args:
        names: Paths relative to `folder`.
        folder: Folder of all files.
        bands: Three letters, from blue to red.
        prefix: Text before each name, with which it makes up the id.

    Returns:
        Id and files of each picture, sorted by id: three files for a group, one otherwise.
    """
    pattern = re.compile(rf"(?<![^-_./])[{re.escape(bands)}](?=[-_./])", re.IGNORECASE)
    groups: dict[tuple[str, str], dict[str, str]] = {}
    for name in names:
        if ending(Path(name)) in fits_cutout.ENDINGS:
            for match in pattern.finditer(name):
                groups.setdefault((name[: match.start()], name[match.end() :]), {})[match[0].lower()] = name
    whole: list[tuple[str, dict[str, str]]] = []
    grouped: set[str] = set()
    # The last letter first, where several in a name could be the band.
    for (before, after), found in sorted(groups.items(), key=lambda item: (len(item[0][1]), item[0])):
        if set(found) == set(bands) and grouped.isdisjoint(found.values()):
            whole.append((_without_band(before, after) or found[bands[0]], found))
            grouped.update(found.values())
    taken = Counter([*names, *(name for name, _ in whole)])
    entries: list[tuple[str, tuple[Path, ...]]] = [
        (prefix + name, (folder / name,)) for name in names if name not in grouped
    ]
    entries += [
        (prefix + (name if taken[name] == 1 else found[bands[0]]), tuple(folder / found[band] for band in bands))
        for name, found in whole
    ]
    return sorted(entries)
