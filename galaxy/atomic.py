"""Files that are either complete or absent."""

import glob
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from galaxy.errors import InputError


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; on success flush it to disk and rename it to `path` in one step.

    When the body raises, `path` is left as it was and the temporary file is removed. Temporary files of processes that
    were killed are removed as well. The parent folder is created.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    remove_leftovers(path)
    temporary = path.parent / f"{temporary_prefix(path)}{secrets.token_hex(4)}.part"
    # Not with tempfile, which makes files private: the file mode shall follow the umask, as for any other file.
    os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
    mode = temporary.stat().st_mode
    try:
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.chmod(mode)  # a library that replaces the temporary file, as safetensors does, makes it private
        temporary.replace(path)
        sync_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8 with Unix line ends, atomically."""
    with atomic_path(path) as temporary:
        temporary.write_bytes(text.encode())


def write_and_check(path: Path, text: str) -> None:
    """Write `text` as `write_text` does and read it back, for files whose saved state is removed afterwards.

    Raises:
        InputError: If the file contains another text.
    """
    write_text(path, text)
    if path.read_bytes() != text.encode():
        raise InputError(f"{path} contains another text than was written; check the disk and start again")


def temporary_prefix(path: Path) -> str:
    """Return the beginning of the names of temporary files beside `path`, which contains this process's number."""
    return f".{path.name}.{os.getpid()}."


def remove_leftovers(path: Path) -> None:
    """Remove the temporary files that killed processes have left beside `path`; they may be gigabytes."""
    if not Path("/proc/self").exists():  # there is no list of running processes
        return
    for left in path.parent.glob(f".{glob.escape(path.name)}.*"):
        found = re.fullmatch(r"([0-9]+)\.[^.]+\.(part|old)", left.name.removeprefix(f".{path.name}."))
        if found is None or Path("/proc", found[1]).exists():
            continue
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Write the entries of `folder` to disk; without this a crash after a rename can undo the rename."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
