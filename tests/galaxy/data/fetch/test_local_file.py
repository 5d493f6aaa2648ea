"""Files are copied completely or not at all."""

import hashlib
import threading
from pathlib import Path

import pytest

from galaxy.data.fetch import local_file
from galaxy.data.fetch.local_file import copy_verified
from galaxy.errors import InputError
from tests.galaxy_files import write_galaxies


def test_copies_and_hashes(tmp_path: Path) -> None:
    source = write_galaxies(tmp_path / "own.h5", labels=[0, 1])
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    assert copy_verified(source, tmp_path / "copy.h5", sha256=digest) == digest
    assert (tmp_path / "copy.h5").read_bytes() == source.read_bytes()
    assert not (tmp_path / "copy.h5").samefile(source)


def test_another_hash_is_refused(tmp_path: Path) -> None:
    source = write_galaxies(tmp_path / "own.h5", labels=[0, 1])
    with pytest.raises(InputError, match=r"own\.h5 has SHA-256 .*, but 000.* is expected"):
        copy_verified(source, tmp_path / "copy.h5", sha256="0" * 64)


@pytest.mark.parametrize("change", ["grow", "shrink", "rewrite"])
def test_a_file_that_changes_meanwhile_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str) -> None:
    source = write_galaxies(tmp_path / "own.h5", labels=[0, 1])
    content = source.read_bytes()
    monkeypatch.setattr(local_file, "_CHUNK_BYTES", 512)
    halfway, changed = threading.Event(), threading.Event()
    read = hashlib.sha256

    class Slow:
        """A hash that stops after its first piece until the file has changed."""

        def __init__(self) -> None:
            self._digest = read()

        def update(self, chunk: bytes) -> None:
            halfway.set()
            assert changed.wait(10)
            self._digest.update(chunk)

        def hexdigest(self) -> str:
            return self._digest.hexdigest()

    monkeypatch.setattr("galaxy.data.fetch.local_file.hashlib.sha256", Slow)

    def tamper() -> None:
        halfway.wait(10)
        match change:
            case "grow":
                with source.open("ab") as file:
                    file.write(b"more")
            case "shrink":
                with source.open("r+b") as file:
                    file.truncate(len(content) // 2)
            case "rewrite":
                source.write_bytes(content[::-1])
        changed.set()

    thread = threading.Thread(target=tamper)
    thread.start()
    with pytest.raises(InputError, match="changed while it was read"):
        copy_verified(source, tmp_path / "copy.h5", sha256=None)
    thread.join()
