"""Names what folders and archives contain besides pictures, so that nothing is left out in silence."""

from collections import Counter

LINKED_FOLDER = "as links to folders"
LINK = "as links"
NO_ENDING = "without an ending"

READ = "only JPEG, PNG, TIFF and, outside of archives, FITS are read"
_MOST = 5


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
