"""The content of a contact sheet: groups of pictures with lines of text."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Item:
    """A picture on a sheet.

    Attributes:
        image: (S, S, 3) uint8.
        title: The line below it that stands out.
        lines: Further lines.
        link: Address behind the last line, for sheets that know links; empty for none.
    """

    image: NDArray[np.uint8]
    title: str
    lines: Sequence[str] = ()
    link: str = ""


@dataclass(frozen=True, eq=False)
class Group:
    """Pictures under a heading, after one that they are compared with, if there is any."""

    heading: str
    items: Sequence[Item]
    beside: Item | None = None
    note: str = ""


@dataclass(frozen=True, eq=False)
class Sheet:
    """A page of pictures."""

    title: str
    note: str
    groups: Sequence[Group] = field(default_factory=tuple)
