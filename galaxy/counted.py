"""Writes a number with its noun, such as "1 galaxy" and "2 galaxies"."""

import re


def counted(number: int, noun: str) -> str:
    """Return a number and a noun, which is in the plural unless the number is 1.

    Args:
        number: The number, printed with commas between thousands if it has five digits or more.
        noun: The noun in the singular; words before the last one stay as they are.

    Example:
        >>> counted(1, "test galaxy"), counted(2, "test galaxy"), counted(12_000, "class")
        ('1 test galaxy', '2 test galaxies', '12,000 classes')
    """
    if number != 1:
        if re.search("[^aeiou]y$", noun):
            noun = f"{noun[:-1]}ies"
        else:
            noun += "es" if noun.endswith(("s", "x", "ch", "sh")) else "s"
    return f"{number:,} {noun}" if number >= 10_000 else f"{number} {noun}"
