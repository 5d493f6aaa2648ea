import numpy as np
import pytest

from galaxy.rendered.disc import Disc
from galaxy.rendered.knots import knots
from galaxy.rendered.photometry import fluxes


def test_knots_share_one_blue_light_over_a_factor_of_ten() -> None:
    disc = Disc(0, 0, np.ones(3), 3.0, 1.0, 0.0, np.ones(3))
    found = knots(np.random.default_rng(0), disc, count=2000, magnitude=18.0)
    total = found.flux.sum(axis=0)
    assert total[1] == pytest.approx(fluxes(18.0, 0.0, 0.0)[1])
    assert -2.5 * np.log10(total[0] / total[1]) < 0.3  # g - r of star-forming regions
    each = found.flux[:, 1]
    assert each.max() / each.min() == pytest.approx(9, rel=0.05)  # (1 + 1/8) / (1/8)
    assert np.median(each) < each.mean()  # few are bright
