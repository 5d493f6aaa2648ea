import pytest
import torch

from galaxy.models.normalise import IMAGENET_MEAN, IMAGENET_STD, Normalise
from tests.galaxy.models.classifiers import images


def test_pixels_become_what_torchvision_makes_of_them() -> None:
    from torchvision.transforms import functional

    expected = torch.stack(
        [
            functional.normalize(functional.to_tensor(image.numpy()), list(IMAGENET_MEAN), list(IMAGENET_STD))
            for image in images()
        ]
    )
    found = Normalise(IMAGENET_MEAN, IMAGENET_STD)(images())
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-6)
    assert found.is_contiguous(memory_format=torch.channels_last)


def test_by_hand() -> None:
    pixels = torch.tensor([0, 51, 255], dtype=torch.uint8).expand(1, 1, 1, 3)
    found = Normalise((0.0, 0.1, 0.5), (1.0, 0.1, 0.25))(pixels).flatten().tolist()
    assert found == pytest.approx([0.0, 1.0, 2.0], abs=1e-6)


@pytest.mark.parametrize(("mean", "std"), [((0.1,), (1.0,)), ((0.1,) * 3, (1.0, 0.0, 1.0))])
def test_impossible_values_are_refused(mean: tuple[float, ...], std: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="three numbers"):
        Normalise(mean, std)
