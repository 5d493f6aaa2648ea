import pytest

from galaxy.predict.readers.angle import degrees


@pytest.mark.parametrize(
    ("text", "hours", "expected"),
    [
        ("150.1", True, 150.1),
        (" -5 ", False, -5),
        ("10:00:24", True, 150.1),
        ("10:00:24", False, 10 + 24 / 3600),
        ("10h00m24s", True, 150.1),
        ("10 00 24.0", True, 150.1),
        ("150d06m00s", True, 150.1),
        ("-00:30:00", False, -0.5),
        ("+05d00m36s", False, 5.01),
        ("05°00'36\"", False, 5.01),
    ],
)
def test_angles_are_read_as_tables_write_them(text: str, hours: bool, expected: float) -> None:
    assert degrees(text, hours=hours) == pytest.approx(expected)


@pytest.mark.parametrize("text", ["", "north", "10:60:00", "10:00:60", "10:00"])
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="could not convert"):
        degrees(text, hours=True)
