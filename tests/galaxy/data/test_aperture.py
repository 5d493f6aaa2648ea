import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from galaxy.data.aperture import aperture_radii, cut_to_size


def discs(radii: list[float], *, side: int = 96, sky: int = 12, companion: bool = False) -> NDArray[np.uint8]:
    """Return noisy pictures with a disc of constant brightness in the middle."""
    rng, grid = np.random.default_rng(0), np.indices((side, side)) - (side - 1) / 2
    images = rng.normal(sky, 1.5, (len(radii), side, side, 3))
    for image, radius in zip(images, radii, strict=True):
        image[np.hypot(*grid) < radius] += 120
        if companion:
            image[np.hypot(grid[0] - 36, grid[1] - 36) < 6] += 200
    return images.clip(0, 255).astype(np.uint8)


def test_the_radius_holds_the_share_of_the_light_asked_for() -> None:
    wanted = [6.0, 12.0, 25.0]
    found = aperture_radii(discs(wanted), light=0.9)
    np.testing.assert_allclose(found, np.sqrt(0.9) * np.array(wanted), rtol=0.02, atol=0.4)


def test_a_companion_and_a_brighter_sky_change_nothing() -> None:
    plain = aperture_radii(discs([10.0]))
    np.testing.assert_allclose(aperture_radii(discs([10.0], companion=True)), plain, rtol=0.02)
    np.testing.assert_allclose(aperture_radii(discs([10.0], sky=80)), plain, rtol=0.05)


@pytest.mark.parametrize("level", [0, 40])
def test_an_empty_picture_has_no_radius_and_is_taken_whole(level: int) -> None:
    empty = np.full((1, 96, 96, 3), level, dtype=np.uint8)
    radii = aperture_radii(empty)
    assert np.isnan(radii).all()
    images = torch.rand(1, 3, 96, 96, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(cut_to_size(images, radii, factor=3.0, size=96), images, atol=1e-6)


def test_galaxies_of_different_sizes_are_cut_to_the_same_size() -> None:
    images = discs([8.0, 14.0])
    pixels = torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255
    cut = cut_to_size(pixels, aperture_radii(images), factor=3.0, size=48)
    assert cut.shape == (2, 3, 48, 48)
    bright = (cut.mean(dim=1) > 0.3).float().mean(dim=(1, 2))
    assert float(bright[0]) == pytest.approx(float(bright[1]), rel=0.15)
    before = (pixels.mean(dim=1) > 0.3).float().mean(dim=(1, 2))
    assert float(before[1] / before[0]) > 2.5
