"""Draws line charts as inline SVG.

No plotting library is used, so that colours can be CSS variables, which follow the reader's light or dark setting, and
text remains text.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

WIDTH, HEIGHT = 400, 260
LEFT, RIGHT, TOP, BOTTOM = 44, 10, 10, 38

COLOURS = 10
"""Number of colours in style.css, --c0 to --c9; further series repeat them with dashed lines."""

Placement = Callable[[float, float], tuple[float, float]]


@dataclass(frozen=True)
class Series:
    """One line of a chart; points that are not finite are not drawn."""

    name: str
    colour: int
    points: Sequence[tuple[float, float]]
    """Points (x, y) in increasing order of x."""
    faint: bool = False
    markers: bool = False
    """Whether each point has a marker; a single point always has one."""
    radii: Sequence[float] | None = None
    """Radius of each point's marker in pixels; None gives all the same one."""
    bars: Sequence[float] | None = None
    """Half the length of a vertical bar through each point, in units of y; None draws no bars."""


def line_chart(
    series: Sequence[Series],
    *,
    title: str,
    x_label: str,
    y_label: str,
    x_range: tuple[float, float] | None = None,
    y_range: tuple[float, float] | None = None,
    diagonal: bool = False,
    whole: bool = False,
    x_names: Mapping[float, str] | None = None,
) -> Markup:
    """Draw lines in a frame with axes.

    Args:
        series: The lines.
        title: Description of the figure for screen readers.
        x_label: Name of the horizontal axis.
        y_label: Name of the vertical axis.
        x_range: Ends of the horizontal axis; None takes those of the points.
        y_range: Ends of the vertical axis; None takes those of the points and bars, with a margin of 5 % on each side.
        diagonal: Whether to draw a dotted line from the lower left to the upper right corner.
        whole: Whether to mark only whole numbers on the horizontal axis.
        x_names: Labels of the horizontal axis by position, for example of a logarithmic axis; None marks round numbers.

    Returns:
        An SVG element.
    """
    points = [point for line in series for point in line.points if all(map(math.isfinite, point))]
    low_x, high_x = x_range or _span([x for x, _ in points])
    ends = [y + side * half for line in series for _, y, half in _with_bars(line) for side in (-1, 1)]
    low_y, high_y = y_range or _span([y for y in ends if math.isfinite(y)], room=0.05)

    def place(x: float, y: float) -> tuple[float, float]:
        across = (x - low_x) / (high_x - low_x) * (WIDTH - LEFT - RIGHT)
        up = (y - low_y) / (high_y - low_y) * (HEIGHT - TOP - BOTTOM)
        return round(LEFT + across, 1), round(HEIGHT - BOTTOM - up, 1)

    parts = [
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">',
        *_axes((low_x, high_x), (low_y, high_y), place, x_label, y_label, whole=whole, x_names=x_names),
    ]
    if diagonal:
        (x1, y1), (x2, y2) = place(low_x, low_y), place(high_x, high_y)
        parts.append(f'<line class="guide" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>')
    parts += [_line(line, place) for line in series]
    parts.append("</svg>")
    return Markup("".join(parts))  # noqa: S704 - every text in it went through escape


def ticks(low: float, high: float, *, about: int = 5) -> list[float]:
    """Return roughly `about` round numbers within [low, high], 1, 2 or 5 times a power of ten apart."""
    raw = (high - low) / about
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * 0.999)
    first = math.ceil(low / step - 1e-9)
    return [round(n * step, 10) for n in range(first, math.floor(high / step + 1e-9) + 1)]


def _span(values: Sequence[float], *, room: float = 0.0) -> tuple[float, float]:
    if not values:
        return 0.0, 1.0
    low, high = min(values), max(values)
    more = room * (high - low)
    return (low - more, high + more) if high > low else (low - 0.5, high + 0.5)


def _axes(
    x_span: tuple[float, float],
    y_span: tuple[float, float],
    place: Placement,
    x_label: str,
    y_label: str,
    *,
    whole: bool,
    x_names: Mapping[float, str] | None,
) -> list[str]:
    parts = []
    for value in ticks(*y_span):
        x, y = place(x_span[0], value)
        parts.append(f'<line class="grid" x1="{x}" y1="{y}" x2="{WIDTH - RIGHT}" y2="{y}"/>')
        parts.append(f'<text x="{x - 6}" y="{y + 3.5}" text-anchor="end">{value:g}</text>')
    if x_names is None:
        x_names = {value: f"{value:g}" for value in ticks(*x_span) if not whole or value == round(value)}
    for value, name in x_names.items():
        x, y = place(value, y_span[0])
        parts.append(f'<text x="{x}" y="{y + 14}" text-anchor="middle">{escape(name)}</text>')
    x, y = place(x_span[0], y_span[0])
    parts.append(f'<line class="axis" x1="{x}" y1="{y}" x2="{WIDTH - RIGHT}" y2="{y}"/>')
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(f'<text class="name" x="{middle}" y="{HEIGHT - 5}" text-anchor="middle">{escape(x_label)}</text>')
    height = (TOP + HEIGHT - BOTTOM) / 2
    parts.append(
        f'<text class="name" transform="translate(11 {height}) rotate(-90)" text-anchor="middle">'
        f"{escape(y_label)}</text>"
    )
    return parts


def _with_bars(line: Series) -> list[tuple[float, float, float]]:
    """Return x, y and half the length of the bar of each point, 0 without a bar."""
    halves = line.bars or [0.0] * len(line.points)
    return [(x, y, half if math.isfinite(half) else 0.0) for (x, y), half in zip(line.points, halves, strict=True)]


def _line(line: Series, place: Placement) -> str:
    radii = line.radii or [2.6] * len(line.points)
    marks = [(*place(x, y), r) for (x, y), r in zip(line.points, radii, strict=True) if math.isfinite(x + y)]
    dash = ' stroke-dasharray="5 3"' if line.colour >= COLOURS else ""
    faint = ' opacity="0.45"' if line.faint else ""
    path = " ".join(f"{x},{y}" for x, y, _ in marks)
    colour = f"var(--c{line.colour % COLOURS})"
    drawn = f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.8"{dash}{faint}/>'
    if line.markers or len(marks) == 1:
        drawn += "".join(f'<circle cx="{x}" cy="{y}" r="{r:.2g}" fill="{colour}"/>' for x, y, r in marks)
    for x, y, half in _with_bars(line):
        if half and math.isfinite(x + y):
            (across, low), (_, high) = place(x, y - half), place(x, y + half)
            drawn += f'<line x1="{across}" y1="{low}" x2="{across}" y2="{high}" stroke="{colour}" opacity="0.6"/>'
    return f"<g><title>{escape(line.name)}</title>{drawn}</g>"
