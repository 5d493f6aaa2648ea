import numpy as np
import pytest

from galaxy.data.resample import AreaResampler
from galaxy.predict.picture import Picture
from galaxy.predict.prepare import PicturePreparation
from tests.galaxy.predict.rows import galaxies


def prepared(preparation: PicturePreparation, *pictures: Picture) -> list[Picture]:
    return list(preparation(pictures))


def test_pictures_of_all_sizes_keep_their_order() -> None:
    rng = np.random.default_rng(0)
    sizes = rng.integers(28, 40, 50)
    pictures = [Picture(str(n), image=galaxies(1, size=int(size), seed=n)[0]) for n, size in enumerate(sizes)]
    pictures[7] = Picture("7", reason="damaged")
    originals = [picture.image for picture in pictures]
    found = prepared(PicturePreparation(size=32, crop=None), *pictures)
    assert [picture.id for picture in found] == [str(n) for n in range(50)]
    for picture, original in zip(found, originals, strict=True):
        if original is None or len(original) < 32:
            assert picture.image is None
            assert picture.reason
        else:
            expected = AreaResampler(source=len(original), crop=None, size=32)(original[None])[0]
            np.testing.assert_array_equal(picture.image, expected)


def test_the_same_angle_on_the_sky_is_taken() -> None:
    image = galaxies(1, size=96)[0]
    preparation = PicturePreparation(size=32, crop=64, training_scale=0.262)
    for scale, crop, checks in (
        (0.262, 64, []),
        (0.2096, 80, ["other pixel scale"]),
        (0.524, 32, ["other pixel scale"]),
    ):
        picture = prepared(preparation, Picture("a", image=image, pixel_scale=scale))[0]
        np.testing.assert_array_equal(picture.image, AreaResampler(source=96, crop=crop, size=32)(image[None])[0])
        assert picture.checks == checks
    coarse = prepared(preparation, Picture("a", image=image, pixel_scale=1.0))[0]
    assert (
        coarse.reason == "the crop has 17 pixels on a side; the network was trained at 32, and images are not enlarged"
    )
    fine = prepared(preparation, Picture("a", image=image, pixel_scale=0.1))[0]
    assert fine.reason == "the image has 96 pixels on a side; the crop that the network was trained on takes 168"
    tiny = prepared(PicturePreparation(size=32, crop=64, own_crop=90), Picture("a", image=image[:1, :1]))[0]
    assert tiny.reason == "the image has 1 pixel on a side; the crop asked for takes 90"


def test_an_unknown_scale_is_taken_from_the_option_or_is_the_training_s() -> None:
    image = galaxies(1, size=96)[0]
    for option, crop in ((float("nan"), 64), (0.2096, 80)):
        picture = prepared(
            PicturePreparation(size=32, crop=64, training_scale=0.262, pixel_scale=option), Picture("a", image=image)
        )[0]
        np.testing.assert_array_equal(picture.image, AreaResampler(source=96, crop=crop, size=32)(image[None])[0])


@pytest.mark.parametrize("shape", [(40, 60), (61, 40)])
def test_the_central_square_is_taken(shape: tuple[int, int]) -> None:
    image = np.zeros((*shape, 3), np.uint8)
    middle = (shape[0] // 2, shape[1] // 2)
    image[middle[0] - 4 : middle[0] + 4, middle[1] - 4 : middle[1] + 4] = 250
    found = prepared(PicturePreparation(size=20, crop=None), Picture("a", image=image))[0].image
    assert found is not None
    assert found[8:12, 8:12].min() == 250
    assert found[:7].max() == 0
