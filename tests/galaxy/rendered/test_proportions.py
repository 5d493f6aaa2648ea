import numpy as np
import pytest

from galaxy.classes import GALAXY10_COUNTS
from galaxy.errors import InputError
from galaxy.rendered.proportions import SMALLEST_CLASS, class_counts


def test_the_published_size_gives_the_published_counts() -> None:
    assert class_counts(17736).tolist() == list(GALAXY10_COUNTS.values())


@pytest.mark.parametrize("count", [30, 31, 100, 999, 2000, 4000, 50_000])
def test_counts_add_up_and_follow_the_shares(count: int) -> None:
    counts = class_counts(count)
    shares = np.array(list(GALAXY10_COUNTS.values())) / sum(GALAXY10_COUNTS.values())
    assert counts.sum() == count
    assert counts.min() >= SMALLEST_CLASS
    if (count * shares).min() >= SMALLEST_CLASS:
        assert np.abs(counts - count * shares).max() < 1


def test_too_few_galaxies_are_refused() -> None:
    with pytest.raises(InputError, match=r"rendered count is 29; at least 30"):
        class_counts(29)
