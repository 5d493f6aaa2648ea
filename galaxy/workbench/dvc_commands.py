"""Runs commands of DVC and git, and turns their failures into one line."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from galaxy.errors import InputError


def dvc(*words: str, cwd: Path | None = None) -> str:
    """Run `dvc` and return what it prints.

    Raises:
        InputError: If the command fails; the message ends with the last lines of DVC.
    """
    command = [sys.executable, "-m", "dvc", *words]
    done = subprocess.run(command, cwd=cwd, env=dvc_environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.strip()] or ["no reason given"]
        reason = next((line for line in reversed(said) if line.startswith("ERROR")), said[0])
        raise InputError(f"`dvc {' '.join(words)}` failed: {reason.removeprefix('ERROR: ')}")
    return done.stdout


def dvc_environment() -> dict[str, str]:
    """Return an environment in which DVC's stages find this Python, also if its environment is not activated."""
    return os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"}


def dvc_json(*words: str, cwd: Path | None = None) -> Any:
    """Run `dvc` with `--json` and return what it prints, as JSON values."""
    return json.loads(dvc(*words, "--json", cwd=cwd))


def git(*words: str, cwd: Path | None = None) -> str:
    """Run `git` and return what it prints, without the last line break.

    Raises:
        InputError: If the command fails.
    """
    done = subprocess.run(["git", *words], cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        raise InputError(f"`git {' '.join(words)}` failed: {done.stderr.strip() or 'no reason given'}")
    return done.stdout.rstrip("\n")
