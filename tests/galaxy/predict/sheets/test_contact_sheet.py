import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from galaxy.predict.sheets.contact_sheet import write_sheet
from galaxy.predict.sheets.sheet import Group, Item, Sheet


def sheet(count: int) -> Sheet:
    items = [Item(np.full((16, 16, 3), 10 * number, np.uint8), f"<{number}>", ["a & b"]) for number in range(count)]
    return Sheet("A <b>title</b>", "note", [Group("first", items), Group("second", items[:1], beside=items[0])])


def test_texts_are_escaped_and_equal_sheets_give_equal_bytes(tmp_path: Path) -> None:
    for name in ("a.html", "a.png"):
        write_sheet(tmp_path / name, sheet(3))
        first = (tmp_path / name).read_bytes()
        write_sheet(tmp_path / name, sheet(3))
        assert (tmp_path / name).read_bytes() == first
    page = (tmp_path / "a.html").read_text()
    assert "<b>title</b>" not in page
    assert "&lt;2&gt;" in page
    assert "a &amp; b" in page
    assert not re.search(r'(src|href)="(?!data:)', page)


@pytest.mark.parametrize(("count", "lines"), [(1, 1), (8, 1), (9, 2), (17, 3)])
def test_the_drawn_sheet_has_room_for_every_line(tmp_path: Path, count: int, lines: int) -> None:
    write_sheet(tmp_path / "a.png", sheet(count))
    with Image.open(tmp_path / "a.png") as drawn:
        pixels = np.asarray(drawn.convert("RGB"))
    # The last picture of a group of one colour is on the sheet, and below it there is only paper.
    last = np.all(pixels == 10 * (count - 1), axis=2) if count > 1 else np.all(pixels == 0, axis=2)
    assert last.sum() >= 128 * 128
    assert np.all(pixels[-8:] == pixels[-1, -1])
    assert pixels.shape[0] > 128 * (lines + 1)
