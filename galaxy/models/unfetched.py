"""Says in one line why published weights could not be fetched, and what helps."""

import errno
from pathlib import Path

from galaxy.errors import InputError


def unfetched(what: str, error: Exception, *, folder: Path, by_hand: str) -> InputError:
    """Return the error for weights that could not be fetched.

    Args:
        what: The weights, in the plural.
        error: What was raised.
        folder: Folder to which they were to be written.
        by_hand: What a user can do where there is no network.
    """
    number = error.errno if isinstance(error, OSError) else None
    if number in {errno.ENOSPC, errno.EDQUOT}:
        remedy = f"make room for {folder} and run again"
    elif number in {errno.EACCES, errno.EPERM, errno.EROFS}:
        remedy = f"make {folder} writable and run again"
    else:
        remedy = f"run again, or {by_hand}"
    # The hub's client explains in paragraphs, of which the first sentence names the reason.
    reason = " ".join(str(error).split()).partition(". ")[0][:200] or type(error).__name__
    return InputError(f"{what} cannot be fetched ({reason}): {remedy}")
