from typing import Any

import numpy as np
import pytest
import torch

from galaxy.errors import InputError
from galaxy.features.extract import extract
from galaxy.features.preparation import Preparation

CPU = torch.device("cpu")
IMAGES = np.random.default_rng(0).integers(0, 256, (11, 8, 8, 3), dtype=np.uint8)


def means(images: torch.Tensor) -> torch.Tensor:
    return images.float().mean(dim=(1, 2))


@pytest.mark.parametrize("batch_size", [1, 4, 11, 100])
def test_rows_come_in_the_order_asked_for_whatever_the_batch(batch_size: int) -> None:
    rows = np.array([7, 0, 10, 3, 3])
    got = extract(means, IMAGES, rows, batch_size=batch_size, device=CPU)
    np.testing.assert_allclose(got, IMAGES[rows].mean(axis=(1, 2)), rtol=1e-5)
    assert got.dtype == np.float32


def test_only_a_batch_of_images_is_read_at_a_time() -> None:
    read: list[int] = []

    class Watched:
        def __getitem__(self, rows: Any) -> Any:
            read.append(len(rows))
            return IMAGES[rows]

    images: Any = Watched()
    extract(means, images, np.arange(11), batch_size=4, device=CPU)
    assert read == [4, 4, 3]


def make(size: int, *, crop: int | None = None, resampling: str = "bicubic") -> Preparation:
    return Preparation(size=size, crop=crop, resampling=resampling, mean=(0.5, 0.4, 0.3), std=(0.2, 0.3, 0.4))


def test_at_its_own_size_an_image_is_only_normalised() -> None:
    got = make(8)(torch.from_numpy(IMAGES[:2]))
    expected = (IMAGES[:2] / 255 - [0.5, 0.4, 0.3]) / [0.2, 0.3, 0.4]
    np.testing.assert_allclose(got.permute(0, 2, 3, 1).numpy(), expected, atol=1e-5)


def test_the_crop_is_the_centre() -> None:
    got = make(4, crop=4)(torch.from_numpy(IMAGES[:1]))
    np.testing.assert_allclose(got.numpy(), make(8)(torch.from_numpy(IMAGES[:1]))[:, :, 2:6, 2:6].numpy())


@pytest.mark.parametrize("resampling", ["bicubic", "bilinear", "area"])
def test_resampling_keeps_flat_images_flat(resampling: str) -> None:
    flat = torch.full((1, 32, 32, 3), 100, dtype=torch.uint8)
    got = make(12, resampling=resampling)(flat)
    expected = (100 / 255 - torch.tensor([0.5, 0.4, 0.3])) / torch.tensor([0.2, 0.3, 0.4])
    torch.testing.assert_close(got[0, :, 5, 7], expected)
    assert got.shape == (1, 3, 12, 12)


def test_impossible_preparation_is_one_line() -> None:
    with pytest.raises(InputError, match="bicubic, bilinear, area"):
        make(8, resampling="nearest")
    with pytest.raises(InputError, match="it must be at most 8"):
        make(8, crop=9)(torch.from_numpy(IMAGES))
