"""A dot plot as inline SVG: shares of one on a common scale, in lanes under the name of what they belong to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from galaxy.report.chart import ticks
from galaxy.report.interval_plot import Mark, draw_mark

WIDTH, LEFT, RIGHT, TOP, BOTTOM = 760, 150, 14, 6, 36
LANE, GAP = 17, 13
KEY = 16


@dataclass(frozen=True)
class Lane:
    """Marks on one line; `band` is shaded behind them and `interval` drawn as a whisker."""

    name: str
    marks: Sequence[Mark]
    band: tuple[float, float] | None = None
    interval: tuple[float, float] | None = None


@dataclass(frozen=True)
class DotRow:
    """Lanes of one subject, from the top."""

    name: str
    lanes: Sequence[Lane]


def dot_plot(rows: Sequence[DotRow], *, title: str, label: str, top: float) -> Markup:
    """The figure with a scale from 0 to `top` in per cent; `title` is for those who do not see it."""

    def place(value: float) -> float:
        return round(LEFT + min(max(value / top, 0), 1) * (WIDTH - LEFT - RIGHT), 1)

    lanes = sum(len(row.lanes) for row in rows)
    end = TOP + lanes * LANE + len(rows) * GAP
    parts = [
        f'<svg class="chart" viewBox="0 0 {WIDTH} {end + BOTTOM}" role="img" aria-label="{escape(title)}">',
        f"<title>{escape(title)}</title>",
    ]
    for value in ticks(0.0, top):
        x = place(value)
        parts.append(f'<line class="grid" x1="{x}" x2="{x}" y1="{TOP}" y2="{end}"/>')
        parts.append(f'<text x="{x}" y="{end + 15}" text-anchor="middle">{100 * value:g}</text>')
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(f'<text class="name" x="{middle}" y="{end + 31}" text-anchor="middle">{escape(label)}</text>')
    y = float(TOP)
    for row in rows:
        parts.append(f'<line class="axis" x1="0" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}" opacity=".4"/>')
        parts.append(f'<text class="name" x="0" y="{y + 17}" font-weight="600">{escape(row.name)}</text>')
        y += GAP / 2
        for lane in row.lanes:
            parts += _lane(lane, y, place)
            y += LANE
        y += GAP / 2
    parts.append("</svg>")
    return Markup("".join(parts))  # noqa: S704 - every text in it went through escape


def mark_key(mark: Mark) -> Markup:
    """A mark alone, for a legend."""
    drawn = draw_mark(mark, KEY / 2, KEY / 2)
    return Markup(f'<svg width="{KEY}" height="{KEY}" role="img" aria-label="{mark.shape}">{drawn}</svg>')  # noqa: S704 - as above


def _lane(lane: Lane, y: float, place: Callable[[float], float]) -> list[str]:
    middle = y + LANE / 2
    parts = [f'<text x="{LEFT - 8}" y="{middle + 3.5}" text-anchor="end">{escape(lane.name)}</text>']
    if lane.band:
        low, high = (place(value) for value in lane.band)
        width = max(round(high - low, 1), 1)
        parts.append(f'<rect class="band" x="{low}" y="{y + 1}" width="{width}" height="{LANE - 2}"/>')
    if lane.interval:
        low, high = (place(value) for value in lane.interval)
        parts.append(f'<line class="whisker" x1="{low}" x2="{high}" y1="{middle}" y2="{middle}"/>')
    return parts + [draw_mark(mark, place(mark.value), middle) for mark in lane.marks]
