"""Reads pictures in a zip or tar archive without unpacking it."""

import re
import tarfile
import threading
import zipfile
from collections import Counter
from collections.abc import Iterator
from functools import partial
from itertools import pairwise, repeat
from pathlib import Path, PurePosixPath

from galaxy.errors import InputError
from galaxy.predict.picture import CHUNK, Chunk, Picture, file_identity
from galaxy.predict.readers import decode
from galaxy.predict.skipped import LINK, NO_ENDING, skipped_words

_EARLIER = "the archive contains an earlier picture of this name"
ENDINGS = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
_DRIVE = re.compile("[A-Za-z]:")
"""A drive of Windows at the start of a name; `J10:20:30.png` has none."""


def is_archive(path: Path) -> bool:
    """Return whether a file's name has the ending of an archive."""
    return path.name.lower().endswith(ENDINGS)


def check_member(path: Path, name: str) -> str:
    """Return the name of a member of an archive.

    Raises:
        InputError: If the name is absolute or leads out of the archive.
    """
    parts = PurePosixPath(name.replace("\\", "/"))
    if parts.is_absolute() or ".." in parts.parts or _DRIVE.match(name):
        raise InputError(f"{path}: {name[:80]!r} leads out of the archive; pack it again without such names")
    return name


def is_picture(name: str) -> bool:
    """Return whether a member of an archive is a picture, by its name."""
    parts = PurePosixPath(name).parts
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in parts)
    return not hidden and name.lower().endswith(decode.ENDINGS)


def is_other(name: str) -> bool:
    """Return whether a member of an archive is a file that is not hidden, and no picture by its name."""
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in PurePosixPath(name).parts)
    return not hidden and not name.endswith("/") and not is_picture(name)


def other_kind(name: str) -> str:
    """Return the ending of a member's name in lower case, or that there is none."""
    return PurePosixPath(name).suffix.lower() or NO_ENDING


class Archive:
    """The JPEG, PNG and TIFF pictures of an archive, sorted by name in a zip and in stored order in a tar.

    Raises:
        InputError: If the archive cannot be read, has names that lead out of it, holds no picture, or is a zip with
            two pictures of one name. In a tar, which is read only once, the second one becomes a row with the reason.
    """

    further: dict[str, str] = {}  # noqa: RUF012 -- a protocol's attribute, never changed
    distributable = False

    def __init__(self, path: Path, *, prefix: str = "") -> None:
        self.path = path
        self.count: int | None = None
        self._prefix = prefix
        self._zip = path.name.lower().endswith(".zip")
        self._names: list[str] = []
        self.skipped: Counter[str] = Counter()
        if self._zip:
            try:
                with zipfile.ZipFile(path) as file:
                    names = [check_member(path, name) for name in file.namelist()]
            except (OSError, zipfile.BadZipFile) as error:
                raise self._unreadable(error) from None
            self._names = sorted(filter(is_picture, names))
            self.skipped.update(other_kind(name) for name in names if is_other(name))
            if twice := [name for name, other in pairwise(self._names) if name == other]:
                raise InputError(f"{path} contains {twice[0][:80]!r} more than once; pack it again with one of them")
            if not self._names:
                raise self._without_picture()
            self.count = len(self._names)

    def _unreadable(self, error: Exception) -> InputError:
        reason = " ".join(str(error).split()).removeprefix("file could not be opened successfully: ")[:120]
        return InputError(f"{self.path} cannot be read as an archive ({reason}); pack it again")

    def _without_picture(self) -> InputError:
        only = f", only {skipped_words(self.skipped)}" if self.skipped else ""
        return InputError(f"{self.path} contains no picture{only}; pictures end in {', '.join(decode.ENDINGS)}")

    def files(self) -> list[Path]:
        """Return the archive."""
        return [self.path]

    def identity(self) -> object:
        """Return name, size and time of the archive."""
        return file_identity(self.path)

    def states(self) -> Iterator[list[int]]:
        """Yield nothing: the identity has size and time of the archive."""
        return repeat([])

    def chunks(self, skip: int) -> Iterator[Chunk]:
        """Yield chunks of the pictures from number `skip` on."""
        if not self._zip:
            yield from self._tar_chunks(skip)
            return
        local = threading.local()
        for start in range(skip, len(self._names), CHUNK):
            yield partial(self._read_zip, local, self._names[start : start + CHUNK])

    def _read_zip(self, local: threading.local, names: list[str]) -> Iterator[Picture]:
        if not hasattr(local, "file"):
            local.file = zipfile.ZipFile(self.path)
        for name in names:
            picture = Picture(self._prefix + name)
            try:
                if local.file.getinfo(name).file_size > decode.MAX_BYTES:
                    picture.reason = decode.TOO_LARGE
                    yield picture
                    continue
                content = local.file.read(name)
            except Exception as error:  # noqa: BLE001 -- zipfile raises anything for a damaged or encrypted member
                picture.reason = f"damaged in the archive ({' '.join(str(error).split())[:80]})"
                yield picture
                continue
            yield decode.decode(picture, content)

    def _tar_chunks(self, skip: int) -> Iterator[Chunk]:
        found, waiting, seen = 0, list[tuple[str, bytes, str]](), set[int]()
        try:
            with tarfile.open(self.path) as file:
                for member in file:
                    file.members = []  # type: ignore[attr-defined] # tarfile keeps all that it has seen
                    name = check_member(self.path, member.name)
                    if not member.isfile() or not is_picture(name):
                        if is_picture(name) and not member.isdir():
                            self.skipped[LINK] += 1  # pipes and devices are counted as links
                        elif member.isfile() and is_other(name):
                            self.skipped[other_kind(name)] += 1
                        continue
                    found += 1
                    digest = hash(name)  # 64 bits instead of a name, which may be long
                    again = digest in seen
                    seen.add(digest)
                    if found <= skip:
                        continue
                    reason = _EARLIER if again else decode.TOO_LARGE if member.size > decode.MAX_BYTES else ""
                    stream = None if reason else file.extractfile(member)
                    waiting.append((self._prefix + name, stream.read() if stream else b"", reason))
                    if len(waiting) == CHUNK or sum(len(content) for _, content, _ in waiting) > 64 << 20:
                        yield partial(_read_members, waiting)
                        waiting = []
        except (OSError, EOFError, tarfile.TarError) as error:
            raise self._unreadable(error) from None
        if not found:
            raise self._without_picture()
        yield partial(_read_members, waiting)


def _read_members(members: list[tuple[str, bytes, str]]) -> Iterator[Picture]:
    for name, content, reason in members:
        picture = Picture(name, reason=reason)
        yield picture if reason else decode.decode(picture, content)
