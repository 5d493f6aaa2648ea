"""The number of cores."""

import os


def usable_cores() -> int:
    """Return the number of cores that this process may use, or of all cores where the system does not tell."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
