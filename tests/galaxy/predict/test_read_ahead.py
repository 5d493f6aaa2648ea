"""Pictures come in order, and few of them are in memory at a time."""

from collections.abc import Iterable, Iterator

import pytest

from galaxy.predict.picture import Chunk, Picture
from galaxy.predict.read_ahead import read_ahead

requested: list[int] = []


def chunks(count: int, *, broken: int | None = None) -> Iterator[Chunk]:
    def read(number: int) -> Iterator[Picture]:
        if number == broken:
            raise OSError(f"chunk {number} cannot be read")
        yield from (Picture(f"{number}-{place}") for place in range(2))

    requested.clear()
    for number in range(count):
        requested.append(number)
        yield lambda number=number: read(number)  # type: ignore[misc]


def unchanged(pictures: Iterable[Picture]) -> Iterator[Picture]:
    yield from pictures


@pytest.mark.parametrize("workers", [1, 3, 20])
def test_pictures_come_in_the_order_of_the_chunks(workers: int) -> None:
    found = [picture.id for picture in read_ahead(chunks(9), unchanged, workers=workers)]
    assert found == [f"{number}-{place}" for number in range(9) for place in range(2)]


def test_few_chunks_are_read_before_they_are_wanted() -> None:
    pictures = read_ahead(chunks(100), unchanged, workers=2)
    next(pictures)
    assert requested == [0, 1, 2]
    for _ in range(2):
        next(pictures)
    assert requested == [0, 1, 2, 3]
    pictures.close()  # type: ignore[attr-defined]
    assert len(requested) == 4


def test_an_error_of_a_reading_thread_is_raised_in_its_place() -> None:
    pictures = read_ahead(chunks(5, broken=1), unchanged, workers=2)
    assert [next(pictures).id for _ in range(2)] == ["0-0", "0-1"]
    with pytest.raises(OSError, match="chunk 1 cannot be read"):
        next(pictures)
