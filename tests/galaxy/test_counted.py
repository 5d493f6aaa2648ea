import pytest

from galaxy.counted import counted


@pytest.mark.parametrize(
    ("number", "noun", "expected"),
    [
        (1, "galaxy", "1 galaxy"),
        (0, "galaxy", "0 galaxies"),
        (2, "test galaxy", "2 test galaxies"),
        (2, "day", "2 days"),
        (3, "class", "3 classes"),
        (3, "box", "3 boxes"),
        (3, "batch", "3 batches"),
        (9_999, "image", "9999 images"),
        (10_000, "image", "10,000 images"),
        (1, "class name", "1 class name"),
    ],
)
def test_a_noun_follows_its_number(number: int, noun: str, expected: str) -> None:
    assert counted(number, noun) == expected
