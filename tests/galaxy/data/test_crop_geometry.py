import numpy as np
import pytest
import torch

from galaxy.data.bicubic_crops import cut_boxes, draw_boxes
from galaxy.data.crop_geometry import CropRange, cut_crops, draw_crops
from tests.galaxy.data.crops import seeded, wanted


def test_a_crop_of_everything_is_the_image() -> None:
    images = torch.rand(3, 3, 16, 16, generator=seeded())
    torch.testing.assert_close(cut_crops(images, draw_crops(3, wanted(), seeded()), wanted()), images)


def test_shrinking_averages_all_the_light() -> None:
    images = torch.rand(2, 3, 64, 64, generator=seeded())
    small = wanted(size=16)
    expected = torch.nn.functional.avg_pool2d(images, 4)
    torch.testing.assert_close(cut_crops(images, draw_crops(2, small, seeded()), small), expected)


def test_areas_and_aspects_are_those_asked_for() -> None:
    maps = draw_crops(4000, wanted(scale=(0.2, 0.5), aspect=4 / 3), seeded())
    width, height = maps[:, 0, 0], maps[:, 1, 1]
    area, aspect = width * height, width / height
    assert area.min() >= 0.2 - 1e-6
    assert area.max() <= 0.5 + 1e-6
    assert area.mean() == pytest.approx(0.35, abs=0.01)
    assert aspect.log().abs().max() <= np.log(4 / 3) + 1e-5
    # Within the image: the crop's edge is at most at 1.
    assert (maps[:, 0, 2].abs() + width).max() <= 1 + 1e-6
    assert (maps[:, 1, 2].abs() + height).max() <= 1 + 1e-6


def test_turned_crops_keep_the_galaxy_in_view() -> None:
    maps = draw_crops(4000, wanted(scale=(0.05, 0.4), rotate=True, flip=True, max_offset=0.5), seeded())
    # The image's centre in the crop's own coordinates: solve M p + t = 0.
    centre = torch.linalg.solve(maps[:, :, :2], -maps[:, :, 2])
    assert centre.abs().max() <= 0.5 + 1e-4
    assert torch.linalg.det(maps[:, :, :2]).sign().unique().tolist() == [-1.0, 1.0]
    angle = torch.atan2(maps[:, 1, 1], -maps[:, 0, 1])
    assert torch.histc(angle, 8, -np.pi, np.pi).min() > 400


def test_several_crops_of_an_image_at_once_are_those_cut_one_by_one() -> None:
    images = torch.rand(3, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    generator = torch.Generator().manual_seed(1)
    wanted = CropRange(size=16, scale=(0.05, 0.9), aspect=4 / 3, rotate=True, flip=True, max_offset=1.0)
    maps = draw_crops(6, wanted, generator)
    boxes = draw_boxes(6, side=64, scale=(0.05, 0.9), aspect=4 / 3, generator=generator)
    mirror = torch.tensor([True, False, False, True, True, False])
    whole = cut_crops(images, maps, wanted, count=2), cut_boxes(images, boxes, mirror, size=16, count=2)
    for view in range(2):
        one = slice(view, None, 2)
        torch.testing.assert_close(whole[0][one], cut_crops(images, maps[one], wanted))
        torch.testing.assert_close(whole[1][one], cut_boxes(images, boxes[one], mirror[one], size=16))
