import numpy as np
import pytest

from galaxy.errors import InputError
from galaxy.predict.cluster_row import find_centres


def test_centres_are_found_from_distances() -> None:
    generator = np.random.default_rng(0)
    points = generator.normal(5, 2, (60, 8)).astype(np.float32)
    centres = generator.normal(5, 2, (3, 8))
    distance = np.linalg.norm(points[:, None] - centres, axis=2).astype(np.float32)
    np.testing.assert_allclose(find_centres(points, distance), centres, atol=1e-5)
    with pytest.raises(InputError, match="too few"):
        find_centres(points[:6], distance[:6])
