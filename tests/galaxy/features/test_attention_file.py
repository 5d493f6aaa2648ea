import numpy as np

from galaxy.features.attention_file import one_of_each


def test_attention_is_shown_of_the_first_galaxy_of_each_class() -> None:
    ids = np.array(["c", "a", "d", "b"])
    assert one_of_each(ids, np.array([1, 1, 0, 0])).tolist() == [3, 1]
