import numpy as np

from benchmarks.rendered_to_real import half


def test_halves_share_no_galaxy_and_split_each_class_by_position() -> None:
    labels = np.array([0, 0, 0, 3, 3, 0])
    images = np.arange(6, dtype=np.uint8)[:, None, None, None]
    even, odd = half(images, labels, "even"), half(images, labels, "odd")
    assert even[0].ravel().tolist() == [0, 2, 3]
    assert odd[0].ravel().tolist() == [1, 4, 5]
    assert even[1].tolist() == [0, 0, 3]
    assert odd[1].tolist() == [0, 3, 0]
    assert half(images, labels, None)[0] is images
