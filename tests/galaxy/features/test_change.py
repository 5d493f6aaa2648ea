import numpy as np
import pytest

from galaxy.errors import InputError
from galaxy.features.change import embedding_change


def test_change_is_measured_and_its_absence_is_loud() -> None:
    x = np.random.default_rng(0).normal(size=(30, 6))
    assert embedding_change(x, 2 * x)["cosine_distance"] == pytest.approx(0, abs=1e-9)
    assert embedding_change(x, -x)["cosine_distance"] == pytest.approx(2)
    assert embedding_change(x, x + x.std() * 0.1)["relative_change"] == pytest.approx(0.1, rel=0.05)
    with pytest.raises(InputError, match="has not changed any embedding"):
        embedding_change(x, x)
    with pytest.raises(InputError, match="NaN"):
        embedding_change(x, x * np.nan)
