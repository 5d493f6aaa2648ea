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
        title: The emphasised line below it.
        lines: Further lines.
        link: Address that the last line links in HTML; empty for none.
    """

    image: NDArray[np.uint8]
    title: str
    lines: Sequence[str] = ()
    link: str = ""


@dataclass(frozen=True, eq=False)
class Group:
    """Pictures under a heading, after the picture that they are compared with, if there is one."""

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
