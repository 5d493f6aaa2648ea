import xml.etree.ElementTree as ET

from galaxy.report.dot_plot import (
    LEFT,
    SHAPES,
    SMALL_WIDTH,
    WIDTH,
    Lane,
    LaneGroup,
    Mark,
    dot_plot,
    interval_plot,
    mark_key,
)


def test_marks_lie_on_one_scale_and_below_their_row() -> None:
    rows = [
        LaneGroup(
            "<dino>", [Lane("k-means", [Mark("a", 0.1), Mark("b", 0.4)], band=(0.05, 0.15), interval=(0.3, 0.5))]
        ),
        LaneGroup("pixels", [Lane("k-means", [Mark("c", 0.1)]), Lane("others", [Mark("d", 0.9)])]),
    ]
    root = ET.fromstring(dot_plot(rows, title='"quoted"', label="accuracy", top=0.5))  # noqa: S314 - our own text
    a, b, c, d = ((float(mark.attrib["cx"]), float(mark.attrib["cy"])) for mark in root.findall(".//circle"))
    assert a[0] == c[0] < b[0] < d[0] <= WIDTH  # beyond the scale is at its end
    assert (a[0] - LEFT) * 4 == b[0] - LEFT
    assert a[1] == b[1] < c[1] < d[1]
    band, whisker = root.find(".//rect[@class='band']"), root.find(".//line[@class='whisker']")
    assert band is not None
    assert whisker is not None
    assert float(band.attrib["x"]) < a[0] < float(band.attrib["x"]) + float(band.attrib["width"]) < b[0]
    assert float(whisker.attrib["x1"]) < b[0] < float(whisker.attrib["x2"])
    assert [text.text for text in root.findall(".//text[@font-weight]")] == ["<dino>", "pixels"]


def test_every_shape_can_be_drawn_alone() -> None:
    for shape in SHAPES:
        assert len(ET.fromstring(mark_key(Mark("<name>", 0, shape))).findall("./g/")) == 2  # noqa: S314 - our own text


def test_one_lane_fits_a_cell_of_a_table() -> None:
    marks = [Mark("<low>", 0.2, "ring", 1), Mark("high", 0.9), Mark("beyond", 1.7, "bar"), Mark("d", 0.5, "diamond")]
    svg = interval_plot(Lane("", marks, interval=(0.85, 0.95), band=(0.1, 0.1)), title='"quoted"')
    root = ET.fromstring(svg)  # noqa: S314 - our own text
    low, high = (float(circle.attrib["cx"]) for circle in root.findall(".//circle"))
    assert 0 < low < high < SMALL_WIDTH
    (bar,) = (r for r in root.findall(".//rect") if r.attrib.get("class") != "band")
    assert float(bar.attrib["x"]) < SMALL_WIDTH
    assert [title.text for title in root.findall(".//g/title")] == ["<low>", "high", "beyond", "d"]
