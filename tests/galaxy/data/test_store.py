"""The store returns by id what was written, and a damaged store is refused with one line."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from galaxy.atomic import replaced_folder
from galaxy.data.store import open_store
from galaxy.data.store_writer import StoreWriter
from galaxy.errors import InputError
from tests.galaxy_files import noise

IDS = np.array([f"abababababab-{row:06d}" for row in (0, 2, 3, 7, 11)])


@pytest.fixture
def store(tmp_path: Path) -> Path:
    folder = tmp_path / "store"
    with replaced_folder(folder) as fresh, StoreWriter(fresh, size=8) as writer:
        images = noise(5, 8)
        writer.append(images[:2])
        writer.append(images[2:])
        writer.finish(np.arange(5), IDS)
    return folder


def test_comes_back_as_written(store: Path) -> None:
    found = open_store(store)
    np.testing.assert_array_equal(found.images, noise(5, 8))
    assert (len(found), found.size, found.ids.tolist()) == (5, 8, IDS.tolist())
    assert isinstance(found.images, np.memmap)
    assert not found.images.flags.writeable
    np.testing.assert_array_equal(np.load(store / "images.npy"), noise(5, 8))


def test_joins_by_id_in_any_order(store: Path) -> None:
    found = open_store(store)
    assert found.rows_of(IDS[[4, 0, 0]]).tolist() == [4, 0, 0]
    assert found.rows_of([]).tolist() == []
    for foreign in ("abababababab-000001", "abababababab-999999", "000000000000-000000", ""):
        with pytest.raises(InputError, match="1 of 2 galaxies are not in the image store, the first is"):
            found.rows_of([IDS[0], foreign])


def test_keeping_some_moves_them_to_the_front(tmp_path: Path) -> None:
    images = noise(700, 8)
    keep = np.flatnonzero(np.arange(700) % 3 != 1)
    ids = np.array([f"abababababab-{row:06d}" for row in keep])
    with StoreWriter(tmp_path, size=8) as writer:
        writer.append(images)
        writer.finish(keep, ids)
    np.testing.assert_array_equal(open_store(tmp_path).images, images[keep])


def test_a_failure_leaves_the_old_store(store: Path) -> None:
    with pytest.raises(FileNotFoundError), replaced_folder(store) as fresh:
        (fresh / "absent").rename(fresh / "images.npy")
    assert len(open_store(store)) == 5
    assert [path.name for path in store.parent.iterdir()] == ["store"]


@pytest.mark.parametrize(
    ("name", "array", "expected"),
    [
        ("images.npy", np.zeros((5, 8, 9, 3), np.uint8), r"has shape \(5, 8, 9, 3\)"),
        ("images.npy", np.zeros((5, 8, 8, 3), np.float32), "type float32"),
        ("images.npy", np.asfortranarray(noise(5, 8)), "Fortran"),
        ("images.npy", np.array([{}], dtype=object), "cannot be read as an array"),
        ("ids.npy", IDS[:4], "must contain 5 ids"),
        ("ids.npy", IDS[::-1], "repeated or not sorted"),
        ("ids.npy", np.arange(5), "must contain 5 ids as text"),
    ],
)
def test_another_array_is_refused(store: Path, name: str, array: np.ndarray, expected: str) -> None:
    np.save(store / name, array, allow_pickle=True)
    with pytest.raises(InputError, match=expected):
        open_store(store)


def test_a_missing_store_says_who_writes_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"images\.npy does not exist; stages\.split writes it"):
        open_store(tmp_path)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(["images.npy", "ids.npy"]),
    cut=st.none() | st.integers(0, 200),
    flips=st.lists(st.tuples(st.integers(0, 127), st.integers(0, 7)), max_size=3),
)
def test_damaged_headers_are_one_line(store: Path, name: str, cut: int | None, flips: list[tuple[int, int]]) -> None:
    path = store / name
    good = path.read_bytes()
    content = bytearray(good)
    for place, bit in flips:
        content[place] ^= 1 << bit
    path.write_bytes(content[:cut])
    message = ""
    try:
        open_store(store)
    except InputError as error:
        message = str(error)
    finally:
        path.write_bytes(good)
    assert "\n" not in message
    assert message == "" or str(store) in message
