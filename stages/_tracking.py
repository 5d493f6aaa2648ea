"""What stages say to MLflow: one run per row, its parameters, curves, final metrics and content hashes.

Nothing here waits for MLflow while a stage works; see `_tracking_outbox` for how records travel.
"""

import os
import shutil
import signal
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, Never

from galaxy.digest import file_sha256
from stages._tracking_outbox import Outbox, find_root, find_uri, read_problem, start_courier
from stages._tracking_tags import flat, origin_tags

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
            self._warn(reason)

    def summary(self, values: Mapping[str, float | None]) -> None:
        """Final metrics; undefined ones (None) are left out."""
        self._append("metrics", values={k: float(v) for k, v in values.items() if v is not None}, step=0)

    def tags(self, values: Mapping[str, str]) -> None:
        """Text by which the run can be found or understood."""
        self._append("tags", values=dict(values))

    def outputs(self, paths: Sequence[Path]) -> None:
        """Tag the run with the SHA-256 of files it wrote; a stage that reads one of them finds the run by it."""
        self.tags({f"sha256.{path.name}": file_sha256(path) for path in paths})

    def dataset(self, manifest: Path, *, name: str, context: str = "training") -> None:
        """Name the split manifest as the run's input, with its digest."""
        self._append("dataset", name=name, digest=file_sha256(manifest), source=manifest.name, context=context)

    def artifact(self, path: Path, *, folder: str | None = None) -> None:
        """Attach a file; it is copied at once, because outs may be replaced before it is delivered."""
        if self._outbox:
            target = self._outbox.files / (folder or "")
            target.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target / path.name)
            self._append("artifact", path=str(target / path.name), folder=folder)

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
                self._warn(str(error))

    def _warn(self, reason: str) -> None:
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
                self._warn(reason)


@contextmanager
def track(
    *,
    stage: str,
    row: str,
    params: Mapping[str, Any],
    params_path: Path,
    resume_key: str | None = None,
    continues: Path | None = None,
) -> Iterator[Run]:
    """Record the body as a run named after `row`: FINISHED, FAILED on an exception, KILLED on Ctrl-C or SIGTERM.

    Args:
        stage: name of the stage, as in dvc.yaml.
        row: row of the table.
        params: the stage's settings; nested ones are flattened to `train.lr`.
        params_path: params.yaml, whose repository holds the store.
        resume_key: hash of everything that determines this training; an unfinished run with the same key is continued.
        continues: a file that an earlier run tagged with `outputs`; that run is added to instead of making another.
            Where none is found a run is made and tagged `origin: no training run found`.
    """
    run = _open(stage, row, params, params_path, resume_key, continues)
    with _terminable():
        try:
            yield run
        except (KeyboardInterrupt, SystemExit):
            run.finish("KILLED")
            raise
        except BaseException:
            run.finish("FAILED")
            raise
    run.finish("FINISHED")


def _open(
    stage: str,
    row: str,
    params: Mapping[str, Any],
    params_path: Path,
    resume_key: str | None,
    continues: Path | None,
) -> Run:
    root = find_root(params_path)
    experiment = os.environ.get("DVC_EXP_NAME", "")
    tags = {"stage": stage, "row": row, **origin_tags(params_path)}
    if experiment:
        tags["dvc_exp"] = experiment
    start = {
        "uri": find_uri(root),
        "root": str(root),
        "name": f"{row} {experiment}".strip(),
        "tags": tags,
        "params": flat(params),
        "resume_key": resume_key,
        "continues": None if continues is None else [continues.name, file_sha256(continues)],
    }
    try:
        outbox = Outbox(root, start)
        start_courier(outbox.folder)
    except OSError as error:
        run = Run(None)
        run._warn(str(error))  # noqa: SLF001
        return run
    return Run(outbox)


@contextmanager
def _terminable() -> Iterator[None]:
    """Let SIGTERM unwind the stack like Ctrl-C does, so that the run ends as KILLED and files are cleaned up."""
    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGTERM) != signal.SIG_DFL:
        yield
        return

    def leave(number: int, frame: FrameType | None) -> Never:  # noqa: ARG001
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
