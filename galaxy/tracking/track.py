"""What stages say to MLflow: one run per row, its parameters, curves, final metrics and content hashes.

Nothing here waits for MLflow while a stage works; see `_tracking_outbox` for how records travel.
"""

import os
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, Never

from galaxy.digest import file_sha256
from galaxy.tracking.run import Run
from galaxy.tracking.spool import Outbox, find_root, find_uri, start_courier
from galaxy.tracking.tags import content_tag, flat, origin_tags, row_params


@contextmanager
def track(
    *,
    stage: str,
    row: str,
    params: Mapping[str, Any],
    params_path: Path,
    resume_key: str | None = None,
    continues: Path | None = None,
    adapter: str | None = None,
) -> Iterator[Run]:
    """Record the body as a run named after `row`: FINISHED, FAILED on an exception, KILLED on Ctrl-C or SIGTERM.

    Args:
        stage: name of the stage, as in dvc.yaml.
        row: row of the table.
        params: the stage's settings; nested ones are flattened to `train.lr`. A new run also carries the settings of
            the stages before it, as they stand in params.yaml.
        params_path: params.yaml, whose repository holds the store.
        resume_key: hash of everything that determines this training; an unfinished run with the same key is continued.
        continues: a file that an earlier run tagged with `outputs`; that run is added to instead of making another.
            Where none is found, a run is made whose tag `origin` says so; where it was evaluated with other settings,
            which no run can change, one is made below it.
        adapter: SHA-256 of the adapter that tuned what is measured; a run that is made stands below its tuning.
    """
    run = _open(stage, row, params, params_path, resume_key, continues, adapter)
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
    adapter: str | None,
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
        "further_params": row_params(params_path, row),
        "resume_key": resume_key,
        "continues": None if continues is None else [content_tag(continues), file_sha256(continues)],
        "adapter": adapter,
    }
    try:
        outbox = Outbox(root, start)
        start_courier(outbox.folder)
    except OSError as error:
        run = Run(None)
        run.warn(str(error))
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
