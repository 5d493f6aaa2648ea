"""Records a stage as a run in MLflow, with its settings, those of earlier stages, the profile and the commit."""

import subprocess
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ruamel.yaml.error import YAMLError

from galaxy.workbench.profile_values import leaves, profile_of, read_yaml

if TYPE_CHECKING:
    from galaxy.tracking.track import Run


def track_stage(
    *,
    stage: str,
    row: str,
    params: Mapping[str, Any],
    params_path: Path,
    seeds: Sequence[int] = (),
    resume_key: str | None = None,
    continues: Path | None = None,
    adapter: str | None = None,
) -> "AbstractContextManager[Run]":
    """Return the run of a stage, to be entered by `with`; see `galaxy.tracking.track.track` for the arguments.

    `params` holds the stage's own settings, nested as in params.yaml.
    """
    from galaxy.tracking.track import track

    sections, trained = _row_sections(params_path, row)
    return track(
        stage=stage,
        row=row,
        params=setting_texts(params),
        params_path=params_path,
        tags={"profile": profile_of(params_path), **commit_tags(params_path.resolve().parent)},
        further_params=setting_texts(sections),
        seeds=seeds,
        resume_key=resume_key,
        continues=continues,
        adapter=adapter,
        trained=trained,
    )


def setting_texts(params: Mapping[str, Any]) -> dict[str, str]:
    """Return nested settings as texts by dotted name: {"train": {"lr": 0.1}} is {"train.lr": "0.1"}.

    Equal settings have equal texts: tuples are written as lists, 8.0 as 8.
    """
    return {key: str(_plain(value))[:6000] for key, value in leaves(params).items()}  # MLflow refuses longer ones


def commit_tags(folder: Path) -> dict[str, str]:
    """Return the tags `commit` and, where code or settings differ from it, `uncommitted_changes`; none outside git."""

    def git(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=False)

    try:
        commit = git("rev-parse", "HEAD").stdout.strip()
        if not commit:
            return {}
        changed = git("diff", "--quiet", "HEAD", "--", "galaxy", "stages", "params.yaml", "dvc.yaml").returncode
    except OSError:  # no git on this machine
        return {}
    return {"commit": commit, "mlflow.source.git.commit": commit} | ({"uncommitted_changes": "yes"} if changed else {})


def _plain(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def _row_sections(params_path: Path, row: str) -> tuple[dict[str, Any], bool]:
    """Return the sections of params.yaml on which a row depends, and whether the row is a trained one."""
    try:
        content = read_yaml(params_path)
    except (OSError, YAMLError):
        return {}, False
    names = ["download", "split"]
    models = content.get("models")
    if isinstance(models, Mapping) and row in models:
        return {**_pick(content, [*names, "train"]), "model": models[row]}, True
    features = row.removesuffix("-kmeans")
    names += ["dino"] if features != "pixels" else []
    names += ["dino_finetune"] if features == "dino-lora" else []
    if row.endswith("-kmeans"):
        names += ["embed_pixels" if features == "pixels" else "embed", "pca", "kmeans", "evaluate_clusters"]
    return _pick(content, names), False


def _pick(content: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: content[name] for name in names if name in content}
