"""Brings pictures to the field of view and the number of pixels that the network was trained on."""

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from galaxy.counted import counted
from galaxy.data.resample import AreaResampler
from galaxy.predict.picture import Picture
from galaxy.predict.picture_checks import OTHER_SCALE, SCALE_TOLERANCE, check_image

_GROUP = 8
"""Pictures of one size that are resampled together."""


class PicturePreparation:
    """Centre crop and averaging down, as in training.

    Where the pixel scales of the picture and of the training are known, the crop covers the same angle on the sky as
    in training; otherwise it has as many pixels as in training. Pictures that are not square are first cut to their
    central square.

    Args:
        size: Pixels on a side that the network takes.
        crop: Pixels on a side of training's centre crop; None if it took the whole image.
        training_scale: Arcseconds per pixel of the images before training's crop, NaN where unknown.
        training_side: Pixels on a side of the images before training's crop, None where unknown.
        own_crop: Pixels on a side of the centre crop, whatever the pixel scales.
        pixel_scale: Arcseconds per pixel of pictures that do not state it, NaN where unknown.

    Example:
        >>> prepare = PicturePreparation(size=32, crop=48)
        >>> (found,) = prepare([Picture("m31.png", image=np.zeros((64, 64, 3), dtype=np.uint8))])
        >>> found.image.shape
        (32, 32, 3)
    """

    def __init__(
        self,
        *,
        size: int,
        crop: int | None,
        training_scale: float = float("nan"),
        training_side: int | None = None,
        own_crop: int | None = None,
        pixel_scale: float = float("nan"),
    ) -> None:
        self.size = size
        self.crop = crop
        self.own_crop = own_crop
        self.pixel_scale = pixel_scale
        self.training_scale = training_scale
        self._side = crop or training_side
        self._resamplers: dict[tuple[int, int], AreaResampler] = {}

    def __call__(self, pictures: Iterable[Picture]) -> Iterator[Picture]:
        """Yield the pictures with images of (size, size, 3), or with the reason why there is none."""
        group: list[Picture] = []
        crop = 0
        for picture in pictures:
            wanted = self._examine(picture)
            if group and (wanted != crop or not _alike(group[0], picture) or len(group) == _GROUP):
                yield from self._resample(group, crop)
                group = []
            if wanted:
                group.append(picture)
                crop = wanted
            else:
                yield picture
        if group:
            yield from self._resample(group, crop)

    def _examine(self, picture: Picture) -> int:
        """Cut the picture to a square; return the crop in pixels, 0 if the picture cannot be used."""
        if picture.image is None:
            return 0
        picture.image = _square(picture.image)
        side = len(picture.image)
        if np.isnan(picture.pixel_scale):
            picture.pixel_scale = self.pixel_scale
        crop = self._crop(picture, side)
        if not self.size <= crop <= side:
            picture.reason = self._misfit(side, crop)
            picture.image = None
            return 0
        picture.checks += check_image(picture.image)
        return crop

    def _crop(self, picture: Picture, side: int) -> int:
        scale = picture.pixel_scale
        known = scale > 0 and self.training_scale > 0
        if known and abs(scale / self.training_scale - 1) > SCALE_TOLERANCE:
            picture.checks.append(OTHER_SCALE)
        if self.own_crop is not None:
            return self.own_crop
        if known and self._side is not None:
            return round(self._side * self.training_scale / scale)
        return self.crop or side

    def _misfit(self, side: int, crop: int) -> str:
        if crop > side:
            pixels = counted(side, "pixel")
            whose = "that the network was trained on" if self.own_crop is None else "asked for"
            return f"the image has {pixels} on a side; the crop {whose} takes {crop}"
        pixels = counted(crop, "pixel")
        return f"the crop has {pixels} on a side; the network was trained at {self.size}, and images are not enlarged"

    def _resample(self, group: list[Picture], crop: int) -> Iterator[Picture]:
        images: NDArray[np.uint8] = np.stack([picture.image for picture in group if picture.image is not None])
        key = (images.shape[1], crop)
        if key not in self._resamplers:
            self._resamplers[key] = AreaResampler(source=key[0], crop=crop, size=self.size)
        for picture, image in zip(group, self._resamplers[key](images), strict=True):
            picture.image = image
            yield picture


def _square(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = image.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return image[top : top + side, left : left + side]


def _alike(one: Picture, other: Picture) -> bool:
    return one.image is not None and other.image is not None and one.image.shape == other.image.shape
