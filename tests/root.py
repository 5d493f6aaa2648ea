"""The folder of this checkout, and the modules that its stages start."""

import shlex
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def entry_point(command: str) -> str:
    """Return the module of a stage's command line, `python -m MODULE ...`."""
    words = shlex.split(command)
    return words[words.index("-m") + 1]
