"""Close pairs on the sphere, compared with the definition."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from galaxy.data import close_pairs as module
from galaxy.data.close_pairs import close_pairs
from galaxy.errors import InputError


def _separation(ra: NDArray[np.float64], dec: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, N) arcsec, by Vincenty's formula, which is exact at all distances."""
    a, d = np.radians(ra), np.radians(dec)
    da = a[:, None] - a[None, :]
    d1, d2 = d[:, None], d[None, :]
    y = np.hypot(np.cos(d2) * np.sin(da), np.cos(d1) * np.sin(d2) - np.sin(d1) * np.cos(d2) * np.cos(da))
    x = np.sin(d1) * np.sin(d2) + np.cos(d1) * np.cos(d2) * np.cos(da)
    arcsec: NDArray[np.float64] = np.degrees(np.arctan2(y, x)) * 3600
    return arcsec


@settings(max_examples=100, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    centre=st.sampled_from([(0.0, 0.0), (359.999, 0.0), (10.0, 89.999), (10.0, -89.999), (180.0, 60.0), (90.0, 90.0)]),
    spread=st.sampled_from([1e-4, 1e-2, 1.0]),
    radius=st.sampled_from([0.5, 10.0, 67.0, 3600.0]),
)
def test_pairs_are_those_of_the_definition(
    seed: int, centre: tuple[float, float], spread: float, radius: float
) -> None:
    chance = np.random.default_rng(seed)
    dec = np.clip(centre[1] + spread * chance.standard_normal(40), -90, 90)
    ra = (centre[0] + spread * chance.standard_normal(40) / max(np.cos(np.radians(centre[1])), 1e-4)) % 360
    expected = _separation(ra, dec)
    clear = np.abs(expected - radius) > 1e-6  # arcsec: nearer than this, rounding decides
    wanted = {(a, b) for a, b in np.argwhere(expected <= radius) if a < b and clear[a, b]}
    pairs, separation = close_pairs(ra, dec, radius=radius)
    assert {(int(a), int(b)) for a, b in pairs if clear[a, b]} == wanted
    np.testing.assert_allclose(separation, expected[pairs[:, 0], pairs[:, 1]], rtol=1e-6, atol=1e-6)


def test_right_ascension_wraps_and_shrinks() -> None:
    ra = np.array([359.9999, 0.0001, 0.0, 10.0])
    dec = np.array([0.0, 0.0, 89.9999, 89.9999])
    pairs, separation = close_pairs(ra, dec, radius=1.0)
    assert pairs.tolist() == [[0, 1], [2, 3]]
    assert separation == pytest.approx([0.72, 0.36 * 2 * np.sin(np.radians(5))], rel=1e-6)


def test_rows_without_a_position_are_in_no_pair_and_keep_their_numbers() -> None:
    nan = np.nan
    pairs, _ = close_pairs(np.array([nan, 5.0, nan, 5.0]), np.array([nan, 5.0, nan, 5.0]), radius=0.0)
    assert pairs.tolist() == [[1, 3]]
    assert close_pairs(np.array([nan]), np.array([nan]), radius=1.0)[0].shape == (0, 2)


def test_made_up_positions_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_PAIRS", 44)
    close_pairs(np.zeros(9), np.zeros(9), radius=1.0)
    with pytest.raises(InputError, match="check that ra and dec are positions"):
        close_pairs(np.zeros(11), np.zeros(11), radius=1.0)
