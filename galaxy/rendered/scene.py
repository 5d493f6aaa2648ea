"""What a rendered picture shows: bodies, in the order in which they are painted, and the main galaxy's redshift."""

from dataclasses import dataclass
from typing import Protocol

from galaxy.rendered.canvas import Canvas


class Body(Protocol):
    """Anything that adds light to a canvas."""

    def paint(self, canvas: Canvas) -> None:
        """Add the light to `canvas`."""


@dataclass(frozen=True)
class Scene:
    """The galaxy in the middle with its companions; stars and the faint background come on top."""

    bodies: list[Body]
    redshift: float
