"""The objects that a rendered picture shows, and the redshift of the main galaxy."""

from dataclasses import dataclass
from typing import Protocol

from galaxy.rendered.canvas import Canvas


class Body(Protocol):
    """Anything that adds light to a canvas."""

    def paint(self, canvas: Canvas) -> None:
        """Add the light to `canvas`."""


@dataclass(frozen=True)
class Scene:
    """The galaxy in the middle with its companions, in the order in which they are drawn; the field is added later."""

    bodies: list[Body]
    redshift: float
