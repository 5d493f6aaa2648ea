import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score

from galaxy.clustering import neighbour_heads
from galaxy.clustering.neighbour_heads import fit_neighbour_heads
from galaxy.errors import ArgumentError, InputError


def blobs(count: int = 4, *, size: int = 40, spread: float = 0.25) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    rng = np.random.default_rng(0)
    centres = np.eye(6)[:count] * 2
    x = np.concatenate([rng.normal(centre, spread, (size, 6)) for centre in centres])
    return x.astype(np.float32), np.repeat(np.arange(count), size)


def test_groups_of_neighbours_become_clusters() -> None:
    x, label = blobs()
    fitted = fit_neighbour_heads(x, clusters=4, heads=8, neighbours=10, updates=200, seed=0)
    probability = fitted.probability(x)
    np.testing.assert_allclose(probability.sum(axis=1), 1, atol=1e-5)
    assert adjusted_rand_score(label, probability.argmax(axis=1)) > 0.95
    assert fitted.probability(x * 3) == pytest.approx(probability, abs=1e-5), "only directions count"


def test_the_same_seed_gives_the_same_heads() -> None:
    x, _ = blobs()
    settings = {"clusters": 4, "heads": 2, "neighbours": 5, "updates": 20}
    one, again, other = (fit_neighbour_heads(x, **settings, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(one.weight, again.weight)
    assert not np.array_equal(one.weight, other.weight)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"clusters": 161}, r"\Aclusters is 161; .* between 2 and 160"),
        ({"neighbours": 160}, r"\Aneighbours is 160; .* between 1 and 159"),
        ({"heads": 0}, r"\Aheads is 0"),
        ({"updates": 0}, r"\Aupdates is 0; it must be at least 1"),
    ],
)
def test_numbers_that_do_not_fit_are_one_line(changes: dict[str, int], said: str) -> None:
    with pytest.raises(ArgumentError, match=said):
        fit_neighbour_heads(
            blobs()[0], **({"clusters": 4, "heads": 2, "neighbours": 5, "updates": 2, "seed": 0} | changes)
        )


def test_features_that_are_no_numbers_are_one_line() -> None:
    with pytest.raises(InputError, match="NaN or infinity"):
        fit_neighbour_heads(np.full((9, 2), np.nan), clusters=2, heads=1, neighbours=2, updates=1, seed=0)


def test_the_size_of_a_block_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    x, _ = blobs()
    settings = {"clusters": 4, "heads": 1, "neighbours": 5, "updates": 3, "seed": 0}
    whole = fit_neighbour_heads(x, **settings)
    monkeypatch.setattr(neighbour_heads, "_VALUES", 7 * len(x))
    np.testing.assert_array_equal(fit_neighbour_heads(x, **settings).weight, whole.weight)
