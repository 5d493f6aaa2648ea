"""One run in MLflow as a stage sees it: what is said here goes to the outbox and never waits."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from galaxy.digest import file_sha256
from galaxy.tracking.spool import Outbox, read_problem
from galaxy.tracking.tags import content_tag

PATIENCE = 120.0  # seconds that a finished stage waits for its records to arrive
REGISTER_PATIENCE = 900.0  # the same where networks are exported and registered


class Run:
    """One run in MLflow, or nothing but a warning on stderr when no record can be kept."""

    def __init__(self, outbox: Outbox | None) -> None:
        self._outbox = outbox
        self._warned = False
        self._patience = PATIENCE

    def log(self, values: Mapping[str, float], *, step: int, seed: int | None = None) -> None:
        """One point of each curve; with a seed, the curve `name` is called `name/seed-0`."""
        suffix = "" if seed is None else f"/seed-{seed}"
        self._append("metrics", values={f"{name}{suffix}": float(value) for name, value in values.items()}, step=step)
        if self._outbox and (reason := read_problem(self._outbox.folder)):
            self.warn(reason)

    def summary(self, values: Mapping[str, float | None]) -> None:
        """Final metrics; undefined ones (None) are left out."""
        self._append("metrics", values={k: float(v) for k, v in values.items() if v is not None}, step=0)

    def tags(self, values: Mapping[str, str]) -> None:
        """Text by which the run can be found or understood."""
        self._append("tags", values=dict(values))

    def outputs(self, paths: Sequence[Path]) -> None:
        """Tag the run with the SHA-256 of files it wrote; a stage that reads one of them finds the run by it."""
        self.tags({content_tag(path): file_sha256(path) for path in paths})

    def dataset(self, manifest: Path, *, name: str, context: str = "training") -> None:
        """Name the split manifest as the run's input, with its digest."""
        self._append("dataset", name=name, digest=file_sha256(manifest), source=manifest.name, context=context)

    def artifact(self, path: Path, *, folder: str | None = None) -> None:
        """Attach a file; it is copied at once, because outs may be replaced before it is delivered."""
        self._attach(path.name, path.read_bytes(), folder)

    def text(self, name: str, content: str) -> None:
        """Attach a text as a file of this name."""
        self._attach(name, content.encode(), None)

    def _attach(self, name: str, content: bytes, folder: str | None) -> None:
        if self._outbox:
            target = self._outbox.files / (folder or "")
            try:
                target.mkdir(parents=True, exist_ok=True)
                (target / name).write_bytes(content)
            except OSError as error:
                self.warn(str(error))
                return
            self._append("artifact", path=str(target / name), folder=folder)

    def models(self, folder: Path, *, row: str, seeds: Sequence[int]) -> None:
        """Log the trained networks in `folder` and register them under `row`, if GALAXY_REGISTER is 1.

        Off by default, because the export takes a quarter of a minute for each network.
        """
        if os.environ.get("GALAXY_REGISTER") == "1":
            self._patience = REGISTER_PATIENCE
            self._append("models", folder=str(folder.resolve()), row=row, seeds=list(seeds))

    def _append(self, kind: str, **content: Any) -> None:
        if self._outbox:
            try:
                self._outbox.append(kind, **content)
            except OSError as error:
                self.warn(str(error))

    def warn(self, reason: str) -> None:
        """Say on stderr, once, why records do not arrive."""
        if not self._warned:
            self._warned = True
            kept = "; its records are kept in .state/tracking and sent later" if self._outbox else ""
            print(f"tracking: MLflow does not get this run now ({' '.join(reason.split())}){kept}", file=sys.stderr)

    def finish(self, status: str) -> None:
        """Close the run and wait until MLflow has it."""
        if self._outbox:
            self._append("end", status=status)
            self._outbox.close()
            if reason := self._outbox.wait(self._patience):
                self.warn(reason)
