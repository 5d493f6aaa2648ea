"""The interface through which recipes report curves, metrics and files, and a tracker that discards them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol


class Tracker(Protocol):
    """Receives the curves, metrics and files of a recipe; `galaxy.tracking.track.Run` sends them to MLflow."""

    def log(self, values: Mapping[str, float], *, step: int, seed: int | None = None) -> None:
        """Record one point of each curve, at `step` (counted from 0), of the training with `seed`."""

    def summary(self, values: Mapping[str, float | None]) -> None:
        """Record final metrics by name; undefined ones (None) are left out."""

    def tags(self, values: Mapping[str, str]) -> None:
        """Record texts by which the run can be found."""

    def outputs(self, paths: Sequence[Path]) -> None:
        """Record the SHA-256 of files that the run has written."""

    def artifact(self, path: Path, *, folder: str | None = None) -> None:
        """Attach a copy of a file."""

    def text(self, name: str, content: str) -> None:
        """Attach a text as a file called `name`."""


class NoTracker:
    """A tracker that discards everything, for runs that are not recorded."""

    def log(self, values: Mapping[str, float], *, step: int, seed: int | None = None) -> None:
        """Discard the points."""

    def summary(self, values: Mapping[str, float | None]) -> None:
        """Discard the metrics."""

    def tags(self, values: Mapping[str, str]) -> None:
        """Discard the tags."""

    def outputs(self, paths: Sequence[Path]) -> None:
        """Discard the hashes."""

    def artifact(self, path: Path, *, folder: str | None = None) -> None:
        """Discard the file."""

    def text(self, name: str, content: str) -> None:
        """Discard the text."""
