from pathlib import Path

import numpy as np
import pytest

from galaxy.errors import InputError
from galaxy.fractals.draw import draw_fractals
from galaxy.recipes.pretrain_pictures import PictureSet, open_pictures, write_fractals, write_rendered
from galaxy.rendered.draw import draw


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> PictureSet:
    folder = tmp_path_factory.mktemp("pictures")
    write_fractals(folder, classes=4, per_class=12, size=64, seed=3)
    return open_pictures(folder)


def test_pictures_are_those_of_their_numbers(pictures: PictureSet) -> None:
    assert pictures.images.shape == (48, 64, 64, 3)
    np.testing.assert_array_equal(pictures.labels, np.arange(48) % 4)
    np.testing.assert_array_equal(pictures.images[[9]], draw_fractals([1], [2], size=64, seed=3))


def test_rendered_galaxies_are_cut_and_averaged(tmp_path: Path) -> None:
    write_rendered(tmp_path, count=41, rendered_size=64, crop=64, size=32, seed=7)
    found = open_pictures(tmp_path)
    np.testing.assert_array_equal(found.labels, [*range(10)] * 4 + [0])
    whole = draw(0, 40, size=64, seed=7).image.reshape(32, 2, 32, 2, 3).astype(int).sum(axis=(1, 3))
    np.testing.assert_array_equal(found.images[40], (whole + 2) // 4)


def test_a_folder_without_pictures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="draw them again"):
        open_pictures(tmp_path)
