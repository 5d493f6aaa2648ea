"""One line per row: a figure, its interval and what it is to be compared with, on a common scale."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

WIDTH, HEIGHT = 240, 22


@dataclass(frozen=True)
class Mark:
    """A point on the scale; `shape` is a key of `SHAPES`, the colour one of the page's."""

    name: str
    value: float
    shape: str = "dot"
    colour: int = 0


def strip(
    marks: Sequence[Mark],
    *,
    title: str,
    interval: tuple[float, float] | None = None,
    band: tuple[float, float] | None = None,
    scale: tuple[float, float] = (0.0, 1.0),
) -> Markup:
    """An SVG line from `scale[0]` to `scale[1]` with marks, a whisker for `interval` and a shaded `band`."""

    def place(value: float) -> float:
        inner = WIDTH - 12
        return round(6 + min(max((value - scale[0]) / (scale[1] - scale[0]), 0), 1) * inner, 1)

    middle = HEIGHT / 2
    parts = [
        f'<svg class="strip" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">',
        f"<title>{escape(title)}</title>",
        f'<line class="grid" x1="6" x2="{WIDTH - 6}" y1="{middle}" y2="{middle}"/>',
    ]
    if band:
        low, high = place(band[0]), place(band[1])
        width = max(round(high - low, 1), 1)
        parts.append(f'<rect class="band" x="{low}" y="3" width="{width}" height="{HEIGHT - 6}"/>')
    if interval:
        low, high = place(interval[0]), place(interval[1])
        parts.append(f'<line class="whisker" x1="{low}" x2="{high}" y1="{middle}" y2="{middle}"/>')
    parts += [draw_mark(mark, place(mark.value), middle) for mark in marks]
    parts.append("</svg>")
    return Markup("".join(parts))  # noqa: S704 - every text in it went through escape


SHAPES = {
    "dot": '<circle cx="{x}" cy="{y}" r="4.5" fill="{colour}"/>',
    "ring": '<circle cx="{x}" cy="{y}" r="4" fill="var(--paper)" stroke="{colour}" stroke-width="2"/>',
    "diamond": '<path transform="translate({x} {y})" d="M0 -5.5 l5.5 5.5 -5.5 5.5 -5.5 -5.5z" fill="{colour}"/>',
    "bar": '<rect transform="translate(-1.5 -7)" x="{x}" y="{y}" width="3" height="14" fill="{colour}"/>',
    "square": '<path transform="translate({x} {y})" d="M-4 -4h8v8h-8z" fill="{colour}"/>',
    "up": '<path transform="translate({x} {y})" d="M0 -5l5 9h-10z" fill="{colour}"/>',
    "down": '<path transform="translate({x} {y})" d="M0 5l5 -9h-10z" fill="{colour}"/>',
}


def draw_mark(mark: Mark, x: float, y: float) -> str:
    """The mark with its name to hover over, centred on a point of the drawing."""
    drawn = SHAPES[mark.shape].format(x=x, y=y, colour=f"var(--c{mark.colour})")
    return f"<g><title>{escape(mark.name)}</title>{drawn}</g>"
