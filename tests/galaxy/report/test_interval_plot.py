import xml.etree.ElementTree as ET

from galaxy.report.interval_plot import WIDTH, Mark, strip


def test_marks_stand_in_order_and_inside() -> None:
    marks = [Mark("<low>", 0.2, "ring", 1), Mark("high", 0.9), Mark("beyond", 1.7, "bar"), Mark("d", 0.5, "diamond")]
    svg = strip(marks, title='"quoted"', interval=(0.85, 0.95), band=(0.1, 0.1))
    root = ET.fromstring(svg)  # noqa: S314 - our own text
    low, high = (float(circle.attrib["cx"]) for circle in root.findall(".//circle"))
    assert 0 < low < high < WIDTH
    (bar,) = (r for r in root.findall(".//rect") if r.attrib.get("class") != "band")
    assert float(bar.attrib["x"]) < WIDTH
    assert [title.text for title in root.findall(".//g/title")] == ["<low>", "high", "beyond", "d"]
