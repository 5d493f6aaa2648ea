import re
import xml.etree.ElementTree as ET

import pytest

from galaxy.report.line_chart import HEIGHT, LEFT, TOP, WIDTH, Series, line_chart, ticks


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (0.13, 0.41, [0.2, 0.3, 0.4]),
        (0, 4000, [0, 1000, 2000, 3000, 4000]),
        (1, 5, [1, 2, 3, 4, 5]),
    ],
)
def test_ticks_are_round_and_inside(low: float, high: float, expected: list[float]) -> None:
    assert ticks(low, high) == pytest.approx(expected)


def test_is_well_formed_and_escaped() -> None:
    name = '<script>alert("&")</script>'
    lines = [Series(name, 0, [(0, 0.5), (1, float("nan")), (2, 0.7)], markers=True)]
    svg = line_chart(lines, title=name, x_label=name, y_label=name, diagonal=True)
    assert "<script" not in svg
    root = ET.fromstring(svg)  # noqa: S314 - our own text
    assert root.attrib["aria-label"] == name
    assert len(root.findall(".//circle")) == 2  # the undefined point is not drawn
    for circle in root.findall(".//circle"):
        assert 0 <= float(circle.attrib["cx"]) <= WIDTH
        assert 0 <= float(circle.attrib["cy"]) <= HEIGHT


def test_draws_with_nothing_to_draw() -> None:
    ET.fromstring(line_chart([], title="empty", x_label="x", y_label="y"))  # noqa: S314
    flat = line_chart([Series("a", 0, [(1, 2), (2, 2)])], title="flat", x_label="x", y_label="y")
    assert "nan" not in flat.lower().replace("name", "")


def test_markers_of_several_sizes_leave_out_what_is_not_finite() -> None:
    line = Series("a", 0, [(0, 0.1), (1, float("nan")), (2, 0.3)], markers=True, radii=[1.5, 2.5, 4.0])
    chart = line_chart([line], title="t", x_label="x", y_label="y")
    assert re.findall(r'<circle [^>]*r="([^"]+)"', chart) == ["1.5", "4"]


def test_bars_are_within_the_frame_and_as_long_as_told() -> None:
    line = Series("a", 0, [(0, 10.0), (1, 20.0), (2, float("nan"))], bars=[5.0, float("nan"), 1.0])
    svg = line_chart([line], title="bars", x_label="x", y_label="y", y_range=(0.0, 40.0))
    (bar,) = re.findall(r'<line x1="([\d.]+)" y1="([\d.]+)" x2="([\d.]+)" y2="([\d.]+)" stroke', svg)
    x1, low, x2, high = map(float, bar)
    height = float(re.findall(r'<line class="axis"[^>]* y1="([\d.]+)"', svg)[0]) - TOP
    assert x1 == x2 == LEFT
    assert low - high == pytest.approx(height / 4, abs=0.1)
    free = line_chart([line], title="bars", x_label="x", y_label="y")
    (_, low, _, high) = map(
        float, re.findall(r'<line x1="([\d.]+)" y1="([\d.]+)" x2="([\d.]+)" y2="([\d.]+)" st', free)[0]
    )
    assert TOP <= high < low <= HEIGHT
