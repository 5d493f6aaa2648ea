from collections import Counter

import numpy as np
import pytest

from galaxy.data.groups import group_numbers
from tests.galaxy.data.splits import digests, sides


def test_large_groups_are_drawn_by_their_share() -> None:
    """Many pairs of two classes: not all of them go to the training split."""
    label = np.repeat([0, 1], 50)
    group = group_numbers(100, np.array([[0, 50]]))
    found = Counter(sides(label, group, digests(100, seed))[0] for seed in range(400))
    assert found["train"] == pytest.approx(280, abs=45)
    assert found["validation"] == pytest.approx(40, abs=25)
    assert found["test"] == pytest.approx(80, abs=35)
