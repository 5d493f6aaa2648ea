import numpy as np
import pytest

from galaxy.errors import ArgumentError
from galaxy.features.whitening import fit_whitening, unit_rows

X = np.random.default_rng(0).normal(size=(60, 8)) * np.arange(1, 9) + 3


def test_components_have_equal_spread_at_full_strength_and_their_own_at_none() -> None:
    whitened = fit_whitening(X, components=4, strength=1.0)(X)
    np.testing.assert_allclose(np.cov(whitened.T, bias=True), np.eye(4), atol=1e-4)
    plain = fit_whitening(X, components=4, strength=0.0)(X)
    spread = plain.std(axis=0)
    assert (np.diff(spread) < 0).all()
    half = fit_whitening(X, components=4, strength=0.5)(X)
    np.testing.assert_allclose(half.std(axis=0), np.sqrt(spread), rtol=1e-4)


def test_lengths_of_the_rows_do_not_count() -> None:
    fitted = fit_whitening(X, components=3, strength=0.5)
    np.testing.assert_allclose(fitted(X * 7), fitted(X), atol=1e-5)
    assert not unit_rows(np.zeros((1, 3))).any()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"components": 9, "strength": 1.0}, r"\Acomponents is 9; .* must be between 1 and 8"),
        ({"components": 2, "strength": 1.5}, r"\Awhitening is 1\.5; it must be between 0 and 1"),
    ],
)
def test_what_does_not_fit_is_one_line(arguments: dict[str, float], said: str) -> None:
    with pytest.raises(ArgumentError, match=said):
        fit_whitening(X, **arguments)  # type: ignore[arg-type]
