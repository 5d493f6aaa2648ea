"""The options with which pictures are read, prepared for a row and classified."""

import math
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from galaxy.errors import InputError
from galaxy.models.saved_network import Description
from galaxy.predict.prepare import PicturePreparation
from galaxy.predict.readers.fits_cutout import FitsOptions
from galaxy.predict.readers.open_inputs import Inputs, open_inputs


@dataclass(frozen=True, kw_only=True)
class Options:
    """How pictures are read and classified.

    Attributes:
        crop: Pixels on a side of the centre crop; None takes the training's.
        pixel_scale: Arcseconds per pixel of pictures that do not state it; NaN where unknown.
        training_scale: Arcseconds per pixel of the training images; NaN where unknown.
        training_side: Pixels on a side of the training images before their crop; None where unknown.
        coverage: Share of galaxies whose set of classes is to hold the true one.
        symmetries: Whether probabilities are means over the eight flips and quarter turns.
        path_column: Name of a table's column of paths; None looks for a usual one.
        bands: Bands of FITS cut-outs, from blue to red.
        stretch: Factor on the fluxes of FITS cut-outs.
        top_k: Number of most probable classes that have columns.
        embeddings: Whether features are kept.

    Raises:
        InputError: If the bands are not three different letters, or the stretch or the pixel scale is not a positive
            number.
    """

    crop: int | None = None
    pixel_scale: float = float("nan")
    training_scale: float = float("nan")
    training_side: int | None = None
    coverage: float = 0.9
    symmetries: bool = False
    path_column: str | None = None
    bands: str = "grz"
    stretch: float = 1.0
    top_k: int = 1
    embeddings: bool = False

    def __post_init__(self) -> None:
        _ = self.fits  # refuses bands and stretches before anything is read
        if not (math.isnan(self.pixel_scale) or 0 < self.pixel_scale < math.inf):
            raise InputError(
                f"pixel_scale is {self.pixel_scale}; give a positive number of arcseconds per pixel, such as 0.262"
            )

    @property
    def fits(self) -> FitsOptions:
        """Return the options by which FITS cut-outs are turned into colour pictures."""
        return FitsOptions(self.bands, self.stretch)

    def check(self, description: Description) -> None:
        """Check that the row can take the crop and has as many classes as are asked for.

        Raises:
            InputError: If the crop is smaller than the images that the row was trained on, or there are fewer classes.
        """
        if not 1 <= self.top_k <= len(description.classes):
            raise InputError(
                f"top_k is {self.top_k}; it must be between 1 and {len(description.classes)}, the number of classes"
            )
        if self.crop is not None and self.crop < description.size:
            raise InputError(
                f"crop is {self.crop}; it must be at least {description.size}, the width in pixels of the images "
                "that the row was trained on"
            )

    def open(self, paths: Sequence[Path], *, stack: ExitStack) -> Inputs:
        """Open pictures; `stack` closes what is opened.

        Raises:
            InputError: If an input does not exist, is of no known kind, or cannot be read.
        """
        return open_inputs(paths, stack=stack, options=self.fits, path_column=self.path_column)

    def preparation(self, description: Description) -> PicturePreparation:
        """Return the preparation that brings pictures to the field of view and the size that the row was trained on."""
        return PicturePreparation(
            size=description.size,
            crop=description.crop,
            training_scale=self.training_scale,
            training_side=self.training_side,
            own_crop=self.crop,
            pixel_scale=self.pixel_scale,
        )
