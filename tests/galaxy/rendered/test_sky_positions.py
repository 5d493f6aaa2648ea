import numpy as np

from galaxy.rendered.sky_positions import DEC_RANGE, RA_RANGES, sky_positions
from galaxy.rendered.survey import FIELD_OF_VIEW


def _unit_vectors(ra: np.ndarray, dec: np.ndarray) -> np.ndarray:
    ra, dec = np.deg2rad(ra), np.deg2rad(dec)
    return np.stack([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)], axis=1)


def test_positions_lie_in_the_footprint() -> None:
    ra, dec = sky_positions(2000, seed=1)
    assert all(any(low <= value <= high for low, high in RA_RANGES) for value in ra)
    assert dec.min() >= DEC_RANGE[0]
    assert dec.max() <= DEC_RANGE[1]
    # Spread out: every tenth of the sine of declination holds a tenth of the galaxies.
    counts, _ = np.histogram(np.sin(np.deg2rad(dec)), bins=10)
    assert counts.min() > 180


def test_no_two_share_a_field_of_view() -> None:
    from scipy.spatial import cKDTree

    vectors = _unit_vectors(*sky_positions(17736, seed=0))
    distances = np.asarray(cKDTree(vectors).query(vectors, k=2)[0])
    assert np.rad2deg(distances[:, 1].min()) * 3600 > 5 * FIELD_OF_VIEW


def test_the_seed_moves_every_position_and_the_count_none() -> None:
    ra, dec = sky_positions(50, seed=0)
    other_ra, other_dec = sky_positions(50, seed=1)
    assert (ra != other_ra).all()
    assert (dec != other_dec).all()
    assert (sky_positions(10, seed=0)[0] == ra[:10]).all()
