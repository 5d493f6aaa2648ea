"""The objects of a rendered picture, and the redshift of the main galaxy."""

from dataclasses import dataclass
from typing import Protocol

from galaxy.rendered.canvas import Canvas


class Body(Protocol):
    """An object that adds light to a canvas."""

    def paint(self, canvas: Canvas) -> None:
        """Add the light to `canvas`."""


@dataclass(frozen=True)
class Scene:
    """The galaxy in the centre and its companions, in the order in which they are drawn; the field is not included."""

    bodies: list[Body]
    redshift: float
