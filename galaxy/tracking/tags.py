"""Where a run comes from: its settings flat, its profile, its commit."""

import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml.error import YAMLError

from galaxy.workbench.profile_values import leaves, profile_of, read_yaml


def flat(params: Mapping[str, Any]) -> dict[str, str]:
    """Nested settings with dotted names and values as text: {"train": {"lr": 0.1}} is {"train.lr": "0.1"}."""
    return {key: str(value)[:6000] for key, value in leaves(params).items()}  # MLflow refuses longer ones


def content_tag(path: Path) -> str:
    """Name of the tag that holds a file's hash, in the characters that MLflow allows."""
    return "sha256." + re.sub(r"[^\w.-]", "_", path.name, flags=re.ASCII)


def row_params(params_path: Path, row: str) -> dict[str, str]:
    """All settings that lead to a row, flat, as they stand in params.yaml; nothing where that cannot be read."""
    try:
        content = read_yaml(params_path)
    except (OSError, YAMLError):
        return {}
    names = ["download", "split"]
    models = content.get("models")
    if isinstance(models, Mapping) and row in models:
        return flat({**_sections(content, [*names, "train"]), "model": models[row]})
    features = row.removesuffix("-kmeans")
    names += ["dino"] if features != "pixels" else []
    names += ["dino_finetune"] if features == "dino-lora" else []
    names += (
        ["embed_pixels" if features == "pixels" else "embed", "pca", "kmeans", "evaluate_clusters"]
        if row.endswith("-kmeans")
        else []
    )
    return flat(_sections(content, names))


def _sections(content: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: content[name] for name in names if name in content}


def origin_tags(params_path: Path) -> dict[str, str]:
    """Tags `commit`, `uncommitted_changes` (to code or settings) and `profile`, as far as they can be known."""
    return {"profile": profile_of(params_path), **commit_tags(params_path.resolve().parent)}


def commit_tags(folder: Path) -> dict[str, str]:
    """Tags `commit` and, where code or settings differ from it, `uncommitted_changes`; none outside of git."""

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
