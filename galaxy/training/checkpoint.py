"""Saved states of a training, written so that a kill at any moment leaves a valid one.

A generation is two files: `N.safetensors`, and `N.json` with the SHA-256 of the first. The second is written last; a
generation without it is ignored. The newest two generations are kept; a damaged one is skipped with a warning.
"""

import json
import logging
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from galaxy.atomic import atomic_path, write_text
from galaxy.digest import file_sha256, value_sha256
from galaxy.errors import InputError

_GENERATIONS = 2
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Checkpoint:
    """A saved state.

    Attributes:
        tensors: Tensors on the CPU, by name.
        note: JSON values, such as the position of the training.
    """

    tensors: dict[str, torch.Tensor]
    note: dict[str, Any]


class CheckpointFolder:
    """Saves and loads the generations in one folder.

    A save copies the tensors and returns; a thread writes the copies while training goes on.

    Args:
        folder: The folder; the first save creates it.
        interval: Seconds from one save until `due` asks for the next. The interval grows where writing takes long, so
            that it takes at most a twentieth of the time; the state of an optimizer may have gigabytes.
    """

    def __init__(self, folder: Path, *, interval: float = 30.0) -> None:
        self.folder = folder
        self._interval = interval
        self._saved_at = time.monotonic()
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._writing: Future[None] | None = None

    def due(self) -> bool:
        """Return whether enough time has passed since the last save."""
        return time.monotonic() - self._saved_at >= self._interval

    def save(self, tensors: Mapping[str, torch.Tensor], note: Mapping[str, Any]) -> None:
        """Copy the tensors, and begin to write a new generation, after which those that are too old are removed.

        If the save before is not yet written, this method waits for it.

        Args:
            tensors: Tensors on any device, by name; they may change as soon as this method has returned.
            note: JSON values, which must not change until they are written.

        Raises:
            InputError: If the save before could not be written, see `wait`.
        """
        self.wait()
        self._saved_at = time.monotonic()
        copies = {name: torch.empty(t.shape, dtype=t.dtype).copy_(t.detach()) for name, t in tensors.items()}
        self._writing = self._thread.submit(self._write, copies, note)

    def wait(self) -> None:
        """Wait until the last save is written.

        Raises:
            InputError: If it could not be written, for example because the disk is full; earlier generations stay
                valid.
        """
        writing, self._writing = self._writing, None
        if writing is not None:
            writing.result()

    @contextmanager
    def written(self) -> Iterator[None]:
        """Wait at the end of the block, however it ends, so that nothing is written after it."""
        try:
            yield
        finally:
            self.wait()

    def _write(self, tensors: dict[str, torch.Tensor], note: Mapping[str, Any]) -> None:
        started = time.monotonic()
        newest = max((number for number, _ in self._generations()), default=0)
        target = self.folder / f"{newest + 1}.safetensors"
        try:
            with atomic_path(target) as temporary:
                save_file(tensors, temporary)
                digest = file_sha256(temporary)
            content = {"tensors": digest, "note": note}
            write_text(target.with_suffix(".json"), json.dumps({"sha256": value_sha256(content), "content": content}))
        except (OSError, SafetensorError) as error:
            raise InputError(
                f"the state of the training could not be saved in {self.folder} ({error}); make room there, or make it "
                "writable, and start again: the training resumes from the last state that was saved, if there is one"
            ) from None
        self._remove_old()
        self._saved_at = time.monotonic()
        if self._interval > 0:
            self._interval = max(self._interval, 20 * (self._saved_at - started))

    def load(self) -> Checkpoint | None:
        """Return the newest undamaged generation, or None."""
        for number, record in sorted(self._generations(), reverse=True):
            try:
                return _read(record)
            except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
                _log.warning("saved state %s in %s is damaged (%s); trying the one before", number, self.folder, error)
        return None

    def _generations(self) -> list[tuple[int, Path]]:
        return [(int(path.stem), path) for path in self.folder.glob("*.json") if path.stem.isdecimal()]

    def _remove_old(self) -> None:
        kept = {path.stem for _, path in sorted(self._generations())[-_GENERATIONS:]}
        for path in self.folder.iterdir():
            if path.is_file() and path.suffix in {".json", ".safetensors", ".part"} and path.stem not in kept:
                path.unlink(missing_ok=True)


def _read(record: Path) -> Checkpoint:
    document = json.loads(record.read_text(encoding="utf-8"))
    content = document["content"]
    if value_sha256(content) != document["sha256"]:
        raise ValueError("its record does not match its SHA-256")
    file = record.with_suffix(".safetensors")
    if file_sha256(file) != content["tensors"]:
        raise ValueError("its tensors do not match their SHA-256")
    return Checkpoint(tensors=load_file(file), note=content["note"])
