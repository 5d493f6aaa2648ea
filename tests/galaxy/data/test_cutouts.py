import numpy as np

from galaxy.data.cutouts import CutoutProblems
from tests.galaxy_files import noise


def test_each_kind_of_unusable_cutout_is_found_by_its_row() -> None:
    images = noise(8, 20)
    images = np.minimum(images, 250)
    images[1] = 7  # blank
    images[2] = 40
    images[2, 3, 3] = 42  # two levels apart: blank still
    images[3] = 40
    images[3, 3, 3] = 43  # three levels: not blank, and one colour along all edges
    images[4, :, -1] = (9, 8, 7)  # the edge of the survey
    images[5, 4, 5:9] = 255  # 4 of 400 pixels: one per cent
    images[6, 4, 5:8] = 255  # 3 of 400
    images[7, 2:6, 2:6, 0] = 255  # one channel alone
    problems = CutoutProblems()
    problems.add(100, images[:5])
    problems.add(105, images[5:])
    assert problems.blank == [101, 102]
    assert problems.truncated == [103, 104]
    assert problems.saturated == [105]
    assert (problems.darkest, problems.brightest) == (int(images.min()), 255)
