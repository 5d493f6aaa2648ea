"""The two recipes of random views: the reference's for photographs, and one for galaxies."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Recipe:
    """How views are drawn and changed.

    Attributes:
        rotate: Whether crops are turned by any angle.
        keep: How far a crop's centre may lie from the image's, in halves of the crop's sides; None: anywhere.
        aspect: Largest ratio of a crop's width to its height.
        jitter: Probability of the colour jitter.
        brightness: Strength x: a factor is uniform in 1 - x to 1 + x, as in torchvision.
        contrast: Strength, as above.
        saturation: Strength, as above.
        hue: Largest shift, in turns.
        grey: Probability that a view loses its colour.
        blur: Probability of blur in the first global view, the second, and in local views.
        sigma: Range of the blur's standard deviation, in pixels of a 224 px global or a 96 px local view; it is scaled
            with the size of the view.
        solarise: Probability of solarisation in the second global view.
    """

    rotate: bool
    keep: float | None
    aspect: float
    jitter: float
    brightness: float
    contrast: float
    saturation: float
    hue: float
    grey: float
    blur: tuple[float, float, float]
    sigma: tuple[float, float]
    solarise: float


REFERENCE = Recipe(
    rotate=False,
    keep=None,
    aspect=4 / 3,
    jitter=0.8,
    brightness=0.4,
    contrast=0.4,
    saturation=0.2,
    hue=0.1,
    grey=0.2,
    blur=(1.0, 0.1, 0.5),
    sigma=(0.1, 2.0),
    solarise=0.2,
)
"""The released recipe for photographs (https://github.com/facebookresearch/dino, `DataAugmentationDINO`)."""

GALAXY = Recipe(
    rotate=True,
    keep=0.5,
    aspect=1.0,
    jitter=0.8,
    brightness=0.4,
    contrast=0.4,
    saturation=0.2,
    hue=0.0,
    grey=0.2,
    blur=(0.5, 0.5, 0.5),
    sigma=(0.1, 1.0),
    solarise=0.0,
)
"""For galaxies. They have no preferred orientation, so views are turned; their axis ratio tells an edge-on disc from a
round galaxy, so crops keep it; they are in the middle of the picture, so crops keep the middle in view. Colour is a
measurement, so hue is kept and nothing is inverted; brightness varies and some views are grey, because views with the
same colour could be matched by colour alone.
"""

RECIPES = {"reference": REFERENCE, "galaxy": GALAXY}
