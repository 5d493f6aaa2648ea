"""How a command or a stage ends when its input is wrong: one line for each problem, and exit status 1."""

import json
import os
import sys
import time
from pathlib import Path
from typing import Never

from galaxy.errors import InputError
from galaxy.workbench.params_file import ParamsError


def exit_with_error(error: InputError) -> Never:
    """Print what is wrong, one line for each problem, and exit with status 1."""
    exit_with_lines(*(error.problems if isinstance(error, ParamsError) else [str(error)]))


def exit_with_lines(*messages: str) -> Never:
    """Print one line for each message to stderr and exit with status 1.

    A process that torchrun has started writes the lines into torchrun's error file instead, and the process that
    started torchrun prints them. Under DVC the lines start as DVC's own do, so that a search of its log for ERROR
    finds the reason.
    """
    lines = [" ".join(message.split()) for message in messages]
    if error_file := os.environ.get("TORCHELASTIC_ERROR_FILE"):
        content = {"message": "; ".join(lines), "timestamp": int(time.time())}
        Path(error_file).write_text(json.dumps(content), encoding="utf-8")
    else:
        word = "ERROR" if "DVC_STAGE" in os.environ else "error"
        print("\n".join(f"{word}: {line}" for line in lines), file=sys.stderr)
    raise SystemExit(1)
