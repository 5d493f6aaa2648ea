import numpy as np

from galaxy.fractals.instance import Instance, draw_instance
from galaxy.fractals.system import sample_system

SYSTEM = sample_system(seed=0, label=1)


def numbers(instance: Instance) -> np.ndarray:
    drawn = (instance.angle, instance.zoom, instance.gamma, instance.noise, *instance.centre, *instance.system.turn)
    return np.array(drawn)


def test_a_picture_depends_on_seed_class_and_index_alone() -> None:
    first = numbers(draw_instance(SYSTEM, seed=0, label=1, index=2))
    np.testing.assert_array_equal(first, numbers(draw_instance(SYSTEM, seed=0, label=1, index=2)))
    for other in ({"seed": 1}, {"label": 2}, {"index": 3}):
        assert not np.isclose(
            first, numbers(draw_instance(SYSTEM, **{"seed": 0, "label": 1, "index": 2} | other))
        ).any()


def test_pictures_of_a_class_resemble_its_system_and_stay_in_range() -> None:
    drawn = [draw_instance(SYSTEM, seed=0, label=1, index=index) for index in range(300)]
    turns = np.array([one.system.turn for one in drawn])
    np.testing.assert_allclose(turns.mean(axis=0), SYSTEM.turn, atol=0.04)
    assert all(one.system.values.max() <= 0.98 for one in drawn)
    assert all(0 <= one.background.min() <= one.background.max() <= 1 for one in drawn)
    assert {one.mirror for one in drawn} == {-1.0, 1.0}
    assert 0.3 < np.mean([one.blur == 0 for one in drawn]) < 0.5
