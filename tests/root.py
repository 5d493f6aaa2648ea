"""The folder of this checkout, its settings, and the modules that its stages start."""

import shlex
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def entry_point(command: str) -> str:
    """Return the module of a stage's command line, `python -m MODULE ...`."""
    words = shlex.split(command)
    return words[words.index("-m") + 1]


def copy_settings(folder: Path) -> None:
    """Copy the pipeline, its parameters and the profiles of this checkout."""
    for name in ("dvc.yaml", "params.yaml", "profiles"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copyfile
        copy(ROOT / name, folder / name)
