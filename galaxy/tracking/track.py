"""Records the work of stages in MLflow: one run per row with its settings, curves, final metrics and content hashes.

Nothing here waits for MLflow while a stage works; see `galaxy.tracking.spool` for how records travel.
"""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from galaxy.digest import file_sha256
from galaxy.tracking.sender import start_sender, wait_delivered
from galaxy.tracking.spool import Spool, content_tag, find_root, find_uri, read_problem, unsaid_refusals

PATIENCE = 120.0  # seconds that a finished stage waits until its records are delivered
REGISTER_PATIENCE = 900.0  # the same if networks are exported and registered


class Run:
    """One run in MLflow; satisfies `galaxy.recipes.tracker.Tracker`.

    Args:
        spool: Keeps the records until they are delivered; None keeps nothing.
    """

    def __init__(self, spool: Spool | None) -> None:
        self._spool = spool
        self._warned = False
        self._patience = PATIENCE

    def log(self, values: Mapping[str, float], *, step: int, seed: int | None = None) -> None:
        """Record one point of each curve of the training with `seed`.

        `step` is an epoch, counted from 0. MLflow shows it counted from 1, as the report's page does.
        """
        given = {name: float(value) for name, value in values.items()}
        self._append("metrics", values=given, step=step + 1, seed=seed)
        if self._spool and (reason := read_problem(self._spool.folder, self._spool.uri)):
            self.warn(reason)

    def summary(self, values: Mapping[str, float | None]) -> None:
        """Record final metrics by name; undefined ones (None) are left out."""
        self._append("summary", values={k: float(v) for k, v in values.items() if v is not None})

    def tags(self, values: Mapping[str, str]) -> None:
        """Record texts by which the run can be found or understood."""
        self._append("tags", values=dict(values))

    def outputs(self, paths: Sequence[Path]) -> None:
        """Tag the run with the SHA-256 of files that it wrote; a stage that reads one of them finds the run by it."""
        self.tags({content_tag(path): file_sha256(path) for path in paths})

    def dataset(self, manifest: Path, *, name: str, context: str = "training") -> None:
        """Record the split manifest, with its SHA-256, as the run's input."""
        self._append("dataset", name=name, digest=file_sha256(manifest), source=manifest.name, context=context)

    def artifact(self, path: Path, *, folder: str | None = None) -> None:
        """Attach a copy of a file, which is made at once, because outs may be replaced before the copy is delivered."""
        self._attach(path.name, path.read_bytes(), folder)

    def text(self, name: str, content: str) -> None:
        """Attach a text as a file called `name`."""
        self._attach(name, content.encode(), None)

    def models(
        self, folder: Path, *, row: str, seeds: Sequence[int], classes: Sequence[str], loader: str, opener: str
    ) -> None:
        """Log the trained networks in `folder` and register the row, if the variable GALAXY_REGISTER is 1.

        It is off by default because the export takes a quarter of a minute for each network. `loader` names the
        function that reads a network, see `galaxy.tracking.mlflow_models.log_models`; `opener` the one that makes a
        classifier of the folder, see `galaxy.tracking.mlflow_models.log_row`.
        """
        if os.environ.get("GALAXY_REGISTER") == "1":
            self._patience = REGISTER_PATIENCE
            self._append(
                "models",
                folder=str(folder.resolve()),
                row=row,
                seeds=list(seeds),
                classes=list(classes),
                loader=loader,
                opener=opener,
            )

    def warn(self, reason: str) -> None:
        """Print to stderr why records are not delivered; further calls print nothing."""
        if not self._warned:
            self._warned = True
            kept = "; its records are kept in .state/tracking and sent later" if self._spool else ""
            print(f"tracking: this run could not be sent to MLflow ({' '.join(reason.split())}){kept}", file=sys.stderr)

    def finish(self, status: str) -> None:
        """End the run and wait until MLflow has it, unless its store cannot be reached."""
        if not self._spool:
            return
        self._append("end", status=status)
        self._spool.close()
        if reason := wait_delivered(self._spool.path, self._spool.uri, self._patience):
            self.warn(reason)
        for reason in unsaid_refusals(self._spool.folder):
            print(
                f"tracking: MLflow refuses a run ({reason}), so its records are set aside; `galaxy tracking` lists "
                "them, sends them again or discards them",
                file=sys.stderr,
            )

    def _attach(self, name: str, content: bytes, folder: str | None) -> None:
        if self._spool:
            target = self._spool.files / (folder or "")
            try:
                target.mkdir(parents=True, exist_ok=True)
                (target / name).write_bytes(content)
            except OSError as error:
                self.warn(str(error))
                return
            self._append("artifact", path=str(target / name), folder=folder)

    def _append(self, kind: str, **content: Any) -> None:
        if self._spool:
            try:
                self._spool.append(kind, **content)
            except OSError as error:
                self.warn(str(error))


@contextmanager
def track(
    *,
    stage: str,
    row: str,
    params: Mapping[str, Any],
    params_path: Path,
    tags: Mapping[str, str] | None = None,
    further_params: Mapping[str, Any] | None = None,
    seeds: Sequence[int] = (),
    resume_key: str | None = None,
    continues: Path | None = None,
    adapter: str | None = None,
    trained: bool = False,
) -> Iterator[Run]:
    """Record the block as a run named `row`: FINISHED, FAILED on an exception, or KILLED on Ctrl-C or SystemExit.

    `stages._stage` turns SIGTERM into SystemExit.

    Args:
        stage: Name of the stage, as in dvc.yaml.
        row: Row of the table.
        params: The stage's settings by dotted name.
        params_path: params.yaml, whose repository holds the store.
        tags: Further texts about the run.
        further_params: Settings of earlier stages by dotted name, which a new run gets as well.
        seeds: Seeds of the trainings in the block. If there are several, each gets a child run with its curves.
        resume_key: Hash of everything that determines this training; an unfinished run with the same key is continued.
        continues: A file that an earlier run tagged with `outputs`; records are added to that run instead of a new one.
            If there is no such run, a new run gets a tag `origin` that says so. If that run was evaluated with other
            settings, which cannot change in a run, a child run is made.
        adapter: SHA-256 of the adapter that tuned what is measured; a new run becomes a child of the run of the tuning.
        trained: Whether an earlier stage trains the row; it decides what the tag `origin` says.

    Yields:
        The run.
    """
    root = find_root(params_path)
    experiment = os.environ.get("DVC_EXP_NAME", "")
    start = {
        "uri": find_uri(root),
        "root": str(root),
        "name": f"{row} {experiment}".strip(),
        "tags": {"stage": stage, "row": row, **(tags or {})} | ({"dvc_exp": experiment} if experiment else {}),
        "params": {name: str(value) for name, value in params.items()},
        "further_params": {name: str(value) for name, value in (further_params or {}).items()},
        "seeds": list(seeds),
        "resume_key": resume_key,
        "continues": None if continues is None else [content_tag(continues), file_sha256(continues)],
        "adapter": adapter,
        "trained": trained,
    }
    run = _open(root, start)
    try:
        yield run
    except (KeyboardInterrupt, SystemExit):
        run.finish("KILLED")
        raise
    except BaseException:
        run.finish("FAILED")
        raise
    run.finish("FINISHED")


def _open(root: Path, start: dict[str, Any]) -> Run:
    try:
        spool = Spool(root, start)
        start_sender(spool.folder, spool.uri)
    except OSError as error:
        run = Run(None)
        run.warn(str(error))
        return run
    return Run(spool)
