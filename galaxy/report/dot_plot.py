"""Dot plots as inline SVG: values from 0 to 1 on a common scale, with intervals and shaded bands."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from galaxy.report.line_chart import ticks

WIDTH, LEFT = 760, 150
NARROW_WIDTH, NARROW_LEFT = 340, 84
RIGHT, TOP, BOTTOM = 14, 6, 36
LANE, GAP, HEADING = 17, 13, 17
SMALL_WIDTH, SMALL_HEIGHT, SMALL_MARGIN = 240, 22, 6
KEY = 16

SHAPES = {
    "dot": '<circle cx="{x}" cy="{y}" r="4.5" fill="{colour}"/>',
    "ring": '<circle cx="{x}" cy="{y}" r="4" fill="var(--paper)" stroke="{colour}" stroke-width="2"/>',
    "diamond": '<path transform="translate({x} {y})" d="M0 -5.5 l5.5 5.5 -5.5 5.5 -5.5 -5.5z" fill="{colour}"/>',
    "bar": '<rect transform="translate(-1.5 -7)" x="{x}" y="{y}" width="3" height="14" fill="{colour}"/>',
    "square": '<path transform="translate({x} {y})" d="M-4 -4h8v8h-8z" fill="{colour}"/>',
    "up": '<path transform="translate({x} {y})" d="M0 -5l5 9h-10z" fill="{colour}"/>',
    "down": '<path transform="translate({x} {y})" d="M0 5l5 -9h-10z" fill="{colour}"/>',
}


@dataclass(frozen=True)
class Mark:
    """A point on the scale. `shape` is a key of `SHAPES`, `colour` the number of one of the page's ten colours."""

    name: str
    value: float
    shape: str = "dot"
    colour: int = 0


@dataclass(frozen=True)
class Lane:
    """Marks on one line. If given, `band` is a shaded range behind them and `interval` is drawn as a whisker."""

    name: str
    marks: Sequence[Mark]
    band: tuple[float, float] | None = None
    interval: tuple[float, float] | None = None


@dataclass(frozen=True)
class LaneGroup:
    """Lanes under a common heading."""

    name: str
    lanes: Sequence[Lane]


def dot_plot(groups: Sequence[LaneGroup], *, title: str, label: str, top: float, narrow: bool = False) -> Markup:
    """Draw groups of lanes below each other.

    Args:
        groups: Groups of lanes to draw, from the top.
        title: Description of the figure for screen readers.
        label: Name of the scale.
        top: Upper end of the scale, which starts at 0; larger values are drawn at this end.
        narrow: Whether to fit the figure to the screen of a phone, with headings above the lanes.

    Returns:
        An SVG element.
    """
    width, left = (NARROW_WIDTH, NARROW_LEFT) if narrow else (WIDTH, LEFT)
    heading = HEADING if narrow else 0

    def place(value: float) -> float:
        return round(left + min(max(value / top, 0), 1) * (width - left - RIGHT), 1)

    lanes = sum(len(group.lanes) for group in groups)
    end = TOP + lanes * LANE + len(groups) * (GAP + heading)
    parts = [
        f'<svg class="chart" viewBox="0 0 {width} {end + BOTTOM}" role="img" aria-label="{escape(title)}">',
        f"<title>{escape(title)}</title>",
    ]
    for value in ticks(0.0, top, about=4 if narrow else 5):
        x = place(value)
        parts.append(f'<line class="grid" x1="{x}" x2="{x}" y1="{TOP}" y2="{end}"/>')
        parts.append(f'<text x="{x}" y="{end + 15}" text-anchor="middle">{100 * value:g}</text>')
    middle = (left + width - RIGHT) / 2
    parts.append(f'<text class="name" x="{middle}" y="{end + 31}" text-anchor="middle">{escape(label)}</text>')
    y = float(TOP)
    for group in groups:
        parts.append(f'<line class="axis" x1="0" x2="{width - RIGHT}" y1="{y}" y2="{y}" opacity=".4"/>')
        parts.append(f'<text class="name" x="0" y="{y + 17}" font-weight="600">{escape(group.name)}</text>')
        y += GAP / 2 + heading
        for lane in group.lanes:
            parts.append(f'<text x="{left - 8}" y="{y + LANE / 2 + 3.5}" text-anchor="end">{escape(lane.name)}</text>')
            parts += _draw_lane(lane, place, middle=y + LANE / 2, height=LANE - 2)
            y += LANE
        y += GAP / 2
    parts.append("</svg>")
    return Markup("".join(parts))  # noqa: S704 - every text in it went through escape


def interval_plot(lane: Lane, *, title: str) -> Markup:
    """Draw one lane on a scale from 0 to 1, small enough for the cell of a table.

    Args:
        lane: Lane to draw; its name is not written.
        title: Description of the figure for screen readers.

    Returns:
        An SVG element.
    """

    def place(value: float) -> float:
        return round(SMALL_MARGIN + min(max(value, 0), 1) * (SMALL_WIDTH - 2 * SMALL_MARGIN), 1)

    middle = SMALL_HEIGHT / 2
    parts = [
        f'<svg class="strip" viewBox="0 0 {SMALL_WIDTH} {SMALL_HEIGHT}" role="img" aria-label="{escape(title)}">',
        f"<title>{escape(title)}</title>",
        f'<line class="grid" x1="{place(0)}" x2="{place(1)}" y1="{middle}" y2="{middle}"/>',
        *_draw_lane(lane, place, middle=middle, height=SMALL_HEIGHT - SMALL_MARGIN),
        "</svg>",
    ]
    return Markup("".join(parts))  # noqa: S704 - as above


def mark_key(mark: Mark) -> Markup:
    """Draw a single mark for a legend, as an SVG element."""
    drawn = _draw_mark(mark, KEY / 2, KEY / 2)
    return Markup(f'<svg width="{KEY}" height="{KEY}" role="img" aria-label="{mark.shape}">{drawn}</svg>')  # noqa: S704 - as above


def _draw_lane(lane: Lane, place: Callable[[float], float], *, middle: float, height: float) -> list[str]:
    parts = []
    if lane.band:
        low, high = (place(value) for value in lane.band)
        width = max(round(high - low, 1), 1)
        parts.append(f'<rect class="band" x="{low}" y="{middle - height / 2}" width="{width}" height="{height}"/>')
    if lane.interval:
        low, high = (place(value) for value in lane.interval)
        parts.append(f'<line class="whisker" x1="{low}" x2="{high}" y1="{middle}" y2="{middle}"/>')
    return parts + [_draw_mark(mark, place(mark.value), middle) for mark in lane.marks]


def _draw_mark(mark: Mark, x: float, y: float) -> str:
    drawn = SHAPES[mark.shape].format(x=x, y=y, colour=f"var(--c{mark.colour})")
    return f"<g><title>{escape(mark.name)}</title>{drawn}</g>"
