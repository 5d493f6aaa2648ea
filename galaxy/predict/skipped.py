"""Names what folders and archives contain besides pictures, so that nothing is left out in silence."""

from collections import Counter

LINKED_FOLDER = "as links to folders"
LINK = "as links"
NO_ENDING = "without an ending"

READ = "only JPEG, PNG, TIFF and, outside of archives, FITS are read"
_MOST = 5


def losses(unreadable: int, skipped: Counter[str]) -> str:
    """Return what follows in a sentence on a collection of which some pictures are missing; empty if none is.

    Args:
        unreadable: Number of pictures that could not be read.
        skipped: Endings or other kinds of files that are not pictures, with their numbers.

    Example:
        >>> losses(2, Counter({".gif": 8}))
        '; 2 could not be read; skipped: 8 .gif; only JPEG, PNG, TIFF and, outside of archives, FITS are read'
    """
    words = f"; {unreadable} could not be read" if unreadable else ""
    return words + (f"; skipped: {skipped_words(skipped)}; {READ}" if skipped else "")


def skipped_words(skipped: Counter[str]) -> str:
    """Return numbers and kinds, the most frequent ones first.

    Args:
        skipped: Endings such as `.gif`, or other kinds, with their numbers; at least one.

    Example:
        >>> skipped_words(Counter({".gif": 8, ".txt": 1}))
        '8 .gif, 1 .txt'
    """
    kinds = sorted(skipped.items(), key=lambda item: (-item[1], item[0]))
    words = [f"{number} {kind}" for kind, number in kinds[:_MOST]]
    if more := sum(number for _, number in kinds[_MOST:]):
        words.append(f"{more} others")
    return ", ".join(words)
