from pathlib import Path

import pytest

from galaxy.data.fingerprint import Fingerprints
from galaxy.data.layout import open_galaxies
from galaxy.data.relations import relate
from tests.galaxy_files import write_galaxies


@pytest.mark.parametrize("radius", [0.0, 0.001, 5.0])
def test_contradictions_do_not_depend_on_the_radius_of_groups(tmp_path: Path, radius: float) -> None:
    apart = 0.005 / 3600  # half of what counts as the same position
    path = write_galaxies(tmp_path / "g.h5", labels=[0, 1, 0, 0], ra=[10, 10, 10, 20], dec=[0, apart, 0.001, 0])
    with open_galaxies(path) as galaxies:
        fingerprints = Fingerprints(4, size=16)
        fingerprints.add(0, galaxies.images[:])
        found = relate(galaxies, fingerprints, group_radius=radius, group_images=None)
    assert found.conflicting.tolist() == [0, 1]
    assert found.group.tolist() == ([0, 0, 0, 3] if radius == 5.0 else [0, 1, 2, 3])
