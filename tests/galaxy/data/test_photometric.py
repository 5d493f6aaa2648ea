import colorsys
import itertools

import numpy as np
import pytest
import torch

from galaxy.data.photometric import blur, grey, jitter, relight, solarise
from tests.galaxy.data.crops import seeded


def test_hue_shifts_agree_with_colorsys() -> None:
    images = torch.rand(6, 3, 2, 2, generator=seeded())
    one, shift = torch.ones(6), torch.linspace(-0.5, 0.5, 6)
    got = jitter(images, brightness=one, contrast=one, saturation=one, hue=shift)
    for image, result, turn in zip(images, got, shift.tolist(), strict=True):
        for row in range(2):
            hue, saturation, value = colorsys.rgb_to_hsv(*image[:, row, 0].tolist())
            expected = colorsys.hsv_to_rgb((hue + turn) % 1, saturation, value)
            np.testing.assert_allclose(result[:, row, 0].numpy(), expected, atol=1e-5)


def test_brightness_contrast_and_saturation_by_hand() -> None:
    image = torch.tensor([0.2, 0.4, 0.6]).view(1, 3, 1, 1).expand(1, 3, 2, 2)
    one = torch.ones(1)
    bright = jitter(image, brightness=one * 1.5, contrast=one, saturation=one, hue=None)
    torch.testing.assert_close(bright[0, :, 0, 0], torch.tensor([0.3, 0.6, 0.9]))
    dull = jitter(image, brightness=one, contrast=one, saturation=one * 0, hue=None)
    torch.testing.assert_close(dull, grey(image).contiguous())
    assert float(grey(image)[0, 0, 0, 0]) == pytest.approx(0.299 * 0.2 + 0.587 * 0.4 + 0.114 * 0.6)


def test_blur_keeps_the_light_and_widens_by_its_sigma() -> None:
    image = torch.zeros(2, 3, 33, 33)
    image[:, :, 16, 16] = 1
    blurred = blur(image, torch.tensor([0.0, 1.5]), largest=2.0)
    torch.testing.assert_close(blurred[0], image[0])
    torch.testing.assert_close(blurred[1].sum(dim=(1, 2)), torch.ones(3))
    offset = torch.arange(33.0) - 16
    variance = (blurred[1, 0].sum(dim=0) * offset**2).sum()
    assert float(variance) == pytest.approx(1.5**2, rel=0.05)


def test_random_light_replaces_brightness_and_contrast() -> None:
    images = torch.rand(4, 3, 8, 8, generator=seeded())
    mean, std = torch.rand(4, 3, generator=seeded(1)), torch.rand(4, 3, generator=seeded(2))
    lit = relight(images, mean, std)
    torch.testing.assert_close(lit.mean(dim=(2, 3)), mean)
    torch.testing.assert_close(lit.std(dim=(2, 3), correction=0), std)
    torch.testing.assert_close(relight(0.3 * images + 0.2, mean, std), lit)  # the former light leaves no trace
    flat = relight(images * 1e-3, mean, std)
    assert (flat - mean[:, :, None, None]).abs().max() < 0.05  # nothing but noise is not stretched


def test_solarise_inverts_the_bright_half() -> None:
    torch.testing.assert_close(solarise(torch.tensor([0.2, 0.5, 0.9])), torch.tensor([0.2, 0.5, 0.1]))


def test_the_order_of_the_jitter_is_that_of_the_permutation() -> None:
    images = torch.rand(24, 3, 4, 4, generator=seeded())
    strength = {
        "brightness": torch.full((24,), 1.6),
        "contrast": torch.full((24,), 0.5),
        "saturation": torch.full((24,), 1.5),
        "hue": torch.full((24,), 0.3),
    }
    neutral = dict.fromkeys(("brightness", "contrast", "saturation"), torch.ones(24)) | {"hue": torch.zeros(24)}
    orders = torch.tensor(list(itertools.permutations(range(4))))
    found = jitter(images, **strength, order=orders)
    names = list(strength)
    for row, order in enumerate(orders.tolist()):
        expected = images[row : row + 1]
        for step in order:
            one = {name: value[:1] for name, value in (neutral | {names[step]: strength[names[step]]}).items()}
            expected = jitter(expected, **one)
        torch.testing.assert_close(found[row : row + 1], expected, rtol=0, atol=2e-6)
    assert torch.equal(found[:1], jitter(images[:1], **{name: value[:1] for name, value in strength.items()}))
