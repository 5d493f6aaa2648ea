"""Files and folders that are either complete or absent."""

import glob
import os
import platform
import re
import secrets
import shutil
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp

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


@contextmanager
def replaced_folder(folder: Path) -> Iterator[Path]:
    """Yield an empty folder beside `folder` that takes its place on success; otherwise `folder` stays as it was."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    remove_leftovers(folder)
    fresh = Path(mkdtemp(prefix=temporary_prefix(folder), suffix=".part", dir=folder.parent))
    try:
        yield fresh
        fresh.chmod(0o755)
        if folder.exists():
            old = Path(mkdtemp(prefix=temporary_prefix(folder), suffix=".old", dir=folder.parent))
            folder.replace(old / folder.name)
            try:
                fresh.replace(folder)
            except OSError:
                (old / folder.name).replace(folder)
                raise
            finally:
                shutil.rmtree(old, ignore_errors=True)
        else:
            fresh.replace(folder)
        sync_folder(folder.parent)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


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


def temporary_prefix(path: Path, process: int | None = None) -> str:
    """Return how names of temporary files beside `path` begin: with its name, and numbers of machine and process.

    Args:
        path: Path of the file or folder that is written.
        process: Number of a process of this machine; None stands for this process.
    """
    return f".{path.name}.{_machine()}-{os.getpid() if process is None else process}."


def remove_leftovers(path: Path) -> None:
    """Remove the temporary files that killed processes have left beside `path`; they may be gigabytes.

    Files of other machines, which may share the disk, stay: which processes run there is unknown.
    """
    if not Path("/proc/self").exists():  # there is no list of running processes
        return
    for left in path.parent.glob(f".{glob.escape(path.name)}.*"):
        found = re.fullmatch(rf"{_machine()}-([0-9]+)\.[^.]+\.(part|old)", left.name.removeprefix(f".{path.name}."))
        if found is None or Path("/proc", found[1]).exists():
            continue
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            with suppress(OSError):  # it may belong to another user
                left.unlink()


def _machine() -> str:
    """Return a number of fixed length for this machine's name."""
    return f"{zlib.crc32(platform.node().encode()):08x}"


def sync_folder(folder: Path) -> None:
    """Write the entries of `folder` to disk; without this a crash after a rename can undo the rename."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
