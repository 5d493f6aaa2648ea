"""How many processes a stage starts."""

import os

from galaxy.errors import InputError

VARIABLE = "GALAXY_PROCESSES"
"""How many processes; the environment and not params.yaml decides, because the result does not depend on it."""


def process_count() -> int:
    """What the environment asks for; 1 where it says nothing.

    Raises:
        InputError: when it is no positive number.
    """
    text = os.environ.get(VARIABLE) or "1"
    if not text.isdecimal() or not 1 <= int(text) <= 1024:
        raise InputError(f"{VARIABLE} is {text!r}; a number of processes from 1 to 1024 is needed")
    return int(text)
