import pytest
import torch

from galaxy.errors import ArgumentError, InputError
from galaxy.features.preparation import RESAMPLING, Preparation

PLAIN = {"mean": [0.0] * 3, "std": [1.0] * 3}
IMAGES = torch.randint(0, 256, (2, 12, 12, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("resampling", RESAMPLING)
def test_at_the_same_size_pixels_are_scaled_alone(resampling: str) -> None:
    found = Preparation(size=12, crop=None, resampling=resampling, mean=[0.1, 0.2, 0.3], std=[0.5, 1, 2])(IMAGES)
    expected = (IMAGES.permute(0, 3, 1, 2) / 255 - torch.tensor([0.1, 0.2, 0.3]).view(3, 1, 1)) / torch.tensor(
        [0.5, 1, 2]
    ).view(3, 1, 1)
    torch.testing.assert_close(found, expected)


def test_the_crop_is_the_central_square() -> None:
    found = Preparation(size=6, crop=6, resampling="bicubic", **PLAIN)(IMAGES)
    torch.testing.assert_close(found, IMAGES[:, 3:9, 3:9].permute(0, 3, 1, 2) / 255)


def test_area_is_the_mean_and_bicubic_stays_within_the_colours_of_images() -> None:
    area = Preparation(size=6, crop=None, resampling="area", **PLAIN)(IMAGES)
    torch.testing.assert_close(area, torch.nn.functional.avg_pool2d(IMAGES.permute(0, 3, 1, 2) / 255, 2))
    edge = torch.zeros(1, 12, 12, 3, dtype=torch.uint8)
    edge[:, :, 6:] = 255
    large = Preparation(size=30, crop=None, resampling="bicubic", **PLAIN)(edge)
    assert (float(large.min()), float(large.max())) == (0, 1)  # bicubic alone would overshoot


def test_impossible_settings_are_one_line() -> None:
    with pytest.raises(InputError, match="unknown resampling 'nearest'; allowed are bicubic, bilinear, area"):
        Preparation(size=6, crop=None, resampling="nearest", **PLAIN)
    with pytest.raises(ArgumentError, match="crop is 13; it must be at most 12"):
        Preparation(size=6, crop=13, resampling="area", **PLAIN)(IMAGES)
