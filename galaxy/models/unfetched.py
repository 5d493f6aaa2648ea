"""Makes the error for published weights that could not be fetched, with its reason and advice in one line."""

import errno
from pathlib import Path

from galaxy.errors import InputError


def unfetched(what: str, error: Exception, *, folder: Path, by_hand: str) -> InputError:
    """Return the error for weights that could not be fetched.

    Args:
        what: Name of the weights for the message, in the plural.
        error: The error that the download has raised.
        folder: Folder to which the download writes.
        by_hand: What a user can do without a network, for the message.
    """
    number = error.errno if isinstance(error, OSError) else None
    if number in {errno.ENOSPC, errno.EDQUOT}:
        remedy = f"make room for {folder} and run again"
    elif number in {errno.EACCES, errno.EPERM, errno.EROFS}:
        remedy = f"make {folder} writable and run again"
    else:
        remedy = f"run again, or {by_hand}"
    # Errors of the hub's client have several paragraphs, of which the first sentence names the reason.
    reason = " ".join(str(error).split()).partition(". ")[0][:200] or type(error).__name__
    return InputError(f"{what} cannot be fetched ({reason}): {remedy}")
