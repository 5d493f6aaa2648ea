"""The pipeline at a size of seconds, in a repository of its own."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.readme import README, fences
from tests.root import ROOT

TINY: dict[str, Any] = {
    "download.rendered.count": 120,
    "download.rendered.size": 64,
    "split.size": 32,
    "split.crop": None,
    "train.epochs": 2,
    "dino.weights": "random",
    "dino_finetune.images": 64,
    "embed.size": 32,
}


def command(*words: str, cwd: Path) -> str:
    """Run a command of this environment in `cwd` and return what it prints; fails with its output."""
    done = subprocess.run(words, cwd=cwd, env=clean_environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(words)}\n{done.stdout[-3000:]}\n{done.stderr[-5000:]}"
    return done.stdout


def clean_environment() -> dict[str, str]:
    """The variables for commands of this Python environment, without a person's settings of git, DVC and MLflow."""
    env = {key: value for key, value in os.environ.items() if not key.startswith(("DVC_", "MLFLOW_", "GIT_"))}
    env["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}"
    return env | {"GIT_CONFIG_GLOBAL": os.devnull, "PYTHONDONTWRITEBYTECODE": "1"}


def set_params(path: Path, values: dict[str, Any]) -> None:
    """Set dotted keys of params.yaml; a key that is not there yet is an error."""
    yaml = YAML()
    document = yaml.load(path)
    for key, value in values.items():
        *parents, last = key.split(".")
        section = document
        for part in parents:
            section = section[part]
        assert last in section, key
        section[last] = value
    yaml.dump(document, path)


def reproduce(clone: Path, *options: str) -> set[str]:
    """Names of the stages that `dvc repro` runs; with `--dry` those whose own deps or params changed."""
    return ran_stages(command("dvc", "repro", *options, cwd=clone))


def ran_stages(printed: str) -> set[str]:
    """Names of the stages that DVC says to run."""
    return set(re.findall(r"Running stage '([^']+)'", printed))


def copy_work_tree(folder: Path) -> None:
    """Copy every file of this work tree that git knows or does not ignore."""
    listed = command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=ROOT)
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():  # a deleted file stays listed until it is committed
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name, follow_symlinks=False)


def make_clone(folder: Path) -> Path:
    """This work tree as a repository of its own, reproduced with tiny parameters and committed."""
    copy_work_tree(folder)
    set_params(folder / "params.yaml", TINY)
    command("git", "init", "--quiet", "--initial-branch=main", cwd=folder)
    command("git", "config", "user.name", "Test", cwd=folder)
    command("git", "config", "user.email", "test@example.org", cwd=folder)
    command("dvc", "repro", cwd=folder)
    commit(folder, "Reproduced")
    return folder


def commit(folder: Path, message: str) -> None:
    """Commit everything that is not ignored."""
    command("git", "add", "--all", cwd=folder)
    command("git", "commit", "--quiet", f"--message={message}", cwd=folder)


def copy_clone(source: Path, folder: Path) -> Path:
    """The same repository again, cache included, for a test that leaves traces."""
    shutil.copytree(source, folder, symlinks=True)
    return folder


def run_sweep(folder: Path) -> Path:
    """The README's two queued experiments, until both are done."""
    for line in next(fence.lines for fence in fences(README.read_text()) if "--queue" in fence.lines[0]):
        command(*shlex.split(line), cwd=folder)
    for _ in range(100):
        time.sleep(6)  # asking takes a core for a second
        status = command("dvc", "queue", "status", cwd=folder)
        if not re.search("Queued|Running", status):
            break
    assert status.count("Success") == 2, status
    return folder
