import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from galaxy.clustering.kmeans import distances, fit_centres
from galaxy.errors import InputError


def blobs(
    seed: int = 0,
) -> tuple[np.ndarray[tuple[int, int], np.dtype[np.float32]], np.ndarray[tuple[int], np.dtype[np.int64]]]:
    rng = np.random.default_rng(seed)
    label = np.repeat(np.arange(3), 40)
    place = np.array([[0, 0], [8, 0], [0, 9]])[label]
    return (place + rng.normal(size=(120, 2))).astype(np.float32), label


def test_separate_groups_are_found_and_centres_are_their_means() -> None:
    x, label = blobs()
    centres = fit_centres(x, clusters=3, restarts=5, seed=0)
    found = distances(x, centres).argmin(axis=1)
    assert adjusted_rand_score(label, found) == 1.0
    for cluster in range(3):
        np.testing.assert_allclose(centres[cluster], x[found == cluster].mean(axis=0), atol=1e-4)


def test_the_same_seed_gives_the_same_bytes_and_centres_have_a_fixed_order() -> None:
    x, _ = blobs()
    first, again = (fit_centres(x, clusters=4, restarts=2, seed=1) for _ in range(2))
    assert first.tobytes() == again.tobytes()
    spread = np.linalg.norm(first - x.mean(axis=0), axis=1)
    assert (np.diff(spread) >= -1e-6).all()


def test_distances_agree_with_the_definition() -> None:
    rng = np.random.default_rng(0)
    x, centres = rng.normal(size=(20, 5)).astype(np.float32), rng.normal(size=(4, 5))
    expected = np.linalg.norm(x[:, None] - centres, axis=2)
    np.testing.assert_allclose(distances(x, centres), expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("clusters", "restarts", "said"), [(121, 1, "between 1 and 120"), (0, 1, "between 1 and 120"), (3, 0, "restarts")]
)
def test_impossible_numbers_are_one_line(clusters: int, restarts: int, said: str) -> None:
    x, _ = blobs()
    with pytest.raises(InputError, match=said):
        fit_centres(x, clusters=clusters, restarts=restarts, seed=0)


def test_nan_and_constant_features_are_one_line() -> None:
    x, _ = blobs()
    with pytest.raises(InputError, match="different features"):
        fit_centres(np.ones_like(x), clusters=2, restarts=1, seed=0)
    with pytest.raises(InputError, match=r"the features have shape \(5,\); it must be \(N, D\)"):
        fit_centres(np.ones(5), clusters=2, restarts=1, seed=0)
    x[3, 1] = np.nan
    with pytest.raises(InputError, match="NaN"):
        fit_centres(x, clusters=2, restarts=1, seed=0)
