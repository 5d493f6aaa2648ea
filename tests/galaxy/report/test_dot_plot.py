import xml.etree.ElementTree as ET

from galaxy.report.dot_plot import LEFT, WIDTH, DotRow, Lane, dot_plot, mark_key
from galaxy.report.interval_plot import SHAPES, Mark


def test_marks_lie_on_one_scale_and_below_their_row() -> None:
    rows = [
        DotRow("<dino>", [Lane("k-means", [Mark("a", 0.1), Mark("b", 0.4)], band=(0.05, 0.15), interval=(0.3, 0.5))]),
        DotRow("pixels", [Lane("k-means", [Mark("c", 0.1)]), Lane("others", [Mark("d", 0.9)])]),
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
