import numpy as np

from galaxy.fractals.chaos_game import STEPS, WALKERS, attractor_points
from galaxy.fractals.instance import Instance, draw_instance
from galaxy.fractals.system import sample_system


def instance(label: int) -> Instance:
    return draw_instance(sample_system(seed=0, label=label), seed=0, label=label, index=0)


def test_points_lie_on_the_attractor() -> None:
    drawn = instance(3)
    points, place = attractor_points([drawn])
    assert points.shape == (2, 1, STEPS * WALKERS)
    assert (place.min(), place.max()) == (0, 1)
    # Each map takes the attractor into itself, so its images of the points lie near other points.
    cloud = points[:, 0].T.astype(float)
    for matrix in drawn.system.matrices():
        images = cloud[:200] @ matrix[:, :2].T + matrix[:, 2]
        nearest = np.sqrt(((images[:, None] - cloud) ** 2).sum(axis=2).min(axis=1))
        assert np.median(nearest) < 0.02 * np.ptp(cloud)


def test_a_picture_has_the_same_points_in_any_company() -> None:
    alone = attractor_points([instance(5)])
    together = attractor_points([instance(4), instance(5), instance(6)])
    np.testing.assert_array_equal(alone[0][:, 0], together[0][:, 1])
    np.testing.assert_array_equal(alone[1][0], together[1][1])
