"""The MD5 of a file, by which dvc.lock and DVC's cache name it."""

import hashlib
from pathlib import Path


def file_md5(path: Path) -> str:
    """Return the MD5 of a file's content as 32 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
