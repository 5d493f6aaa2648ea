"""Ends a command or a stage whose input is wrong with one line for each problem and exit status 1."""

import errno
import json
import os
import sys
import time
from pathlib import Path
from typing import Never

from galaxy.errors import InputError
from galaxy.workbench.params_error import ParamsError

_REMEDIES = {
    errno.ENAMETOOLONG: "give a shorter name",
    errno.ELOOP: "correct the links, which lead in a circle",
    errno.EACCES: "change the permissions, or give another place",
    errno.EPERM: "change the permissions, or give another place",
    errno.EROFS: "give a place on a disk that can be written",
    errno.ENOSPC: "make room on this disk and run again",
    errno.EDQUOT: "make room within the quota and run again",
}
"""What helps against errors of a file's place, which the file's reader or writer need not foresee."""


def exit_with_error(error: InputError) -> Never:
    """Print what is wrong, one line for each problem, and exit with status 1."""
    exit_with_lines(*(error.problems if isinstance(error, ParamsError) else [str(error)]))


def exit_with_file_error(error: OSError) -> Never:
    """Print one line if the place of a file is at fault, and exit with status 1; raise any other error."""
    remedy = _REMEDIES.get(error.errno or 0)
    if remedy is None or error.filename is None:
        raise error
    exit_with_lines(f"{os.fsdecode(error.filename)} cannot be used ({error.strerror}); {remedy}")


def exit_with_lines(*messages: str) -> Never:
    r"""Print one line for each message to stderr and exit with status 1.

    A process that torchrun has started writes the lines into torchrun's error file instead, and the process that
    started torchrun prints them. Under DVC the lines start as DVC's own do, so that a search of its log for ERROR
    finds the reason. Control characters, of a file's name for instance, are printed as escapes such as \x1b.
    """
    lines = [_one_line(message) for message in messages]
    if error_file := os.environ.get("TORCHELASTIC_ERROR_FILE"):
        content = {"message": "; ".join(lines), "timestamp": int(time.time())}
        Path(error_file).write_text(json.dumps(content), encoding="utf-8")
    else:
        word = "ERROR" if "DVC_STAGE" in os.environ else "error"
        print("\n".join(f"{word}: {line}" for line in lines), file=sys.stderr)
    raise SystemExit(1)


def _one_line(message: str) -> str:
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in " ".join(message.split()))
