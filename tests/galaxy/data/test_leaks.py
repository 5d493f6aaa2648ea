import numpy as np

from galaxy.data.leaks import Leak, find_leaks
from tests.galaxy_files import noise

SPLIT = np.array(["train", "train", "validation", "test", "test", "test"])
UNKNOWN = np.full(6, np.nan)


def leaks(**changes: np.ndarray) -> dict[str, Leak]:
    values = {"row": np.arange(6), "label": np.zeros(6, dtype=np.int64), "ra": UNKNOWN, "dec": UNKNOWN} | changes
    return {leak.kind: leak for leak in find_leaks(SPLIT, **values)}


def test_a_test_galaxy_counts_once_however_many_training_galaxies_it_repeats() -> None:
    found = leaks(row=np.array([5, 5, 7, 5, 8, 8]))
    assert found.keys() == {"the same row"}
    leak = found["the same row"]
    assert leak.pairs.tolist() == [[0, 1], [0, 3], [4, 5]]
    assert (leak.across, leak.test, leak.test_share, leak.within_test) == (1, 1, 1 / 3, 1)


def test_validation_galaxies_reveal_nothing_to_the_training() -> None:
    leak = leaks(row=np.array([0, 1, 2, 2, 4, 5]))["the same row"]
    assert (leak.across, leak.test) == (1, 0)


def test_positions_are_related_up_to_a_field_of_view() -> None:
    arcsec = np.array([0, 500, 1000, 0.001, 560, 1500])
    found = leaks(ra=10 + 0 * arcsec, dec=arcsec / 3600)
    assert found["the same position"].pairs.tolist() == [[0, 3]]
    near = found["within 67 arcsec"]
    assert sorted(map(tuple, near.pairs.tolist())) == [(0, 3), (1, 4)]
    assert (near.test, near.across) == (2, 2)


def test_pictures_are_related_when_they_are_nearly_the_same_or_turned() -> None:
    pictures = noise(6, 16)
    pictures[3] = pictures[0]
    pictures[4] = np.rot90(pictures[1], axes=(0, 1))
    found = leaks(thumbnail=pictures)
    assert found["near-identical pictures"].pairs.tolist() == [[0, 3]]
    assert found["flipped or turned copies"].pairs.tolist() == [[1, 4]]


def test_labels_that_differ_are_counted_where_all_are_known() -> None:
    row = np.array([5, 1, 2, 5, 4, 1])
    assert leaks(row=row, label=np.array([0, 1, 0, 0, 0, 0]))["the same row"].conflicting == 1
    assert leaks(row=row, label=np.array([0, 1, 0, 0, -1, 0]))["the same row"].conflicting is None
