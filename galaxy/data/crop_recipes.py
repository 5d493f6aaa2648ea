"""The recipes for random views: DINO's for photographs, one for galaxies, and one for pretraining on fractals."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Light:
    """Random means and standard deviations of a view's pixels, in units in which white is 1.

    Attributes:
        mean: Range of the mean over all channels.
        mean_by_channel: Largest difference of a channel's mean from it.
        std: Range of the standard deviation, uniform in its logarithm.
        std_by_channel: Largest relative difference of a channel's standard deviation from it.
    """

    mean: tuple[float, float]
    mean_by_channel: float
    std: tuple[float, float]
    std_by_channel: float


@dataclass(frozen=True)
class Recipe:
    """How views are drawn and changed.

    Attributes:
        rotate: Whether crops are rotated by a random angle.
        max_offset: Largest distance of a crop's centre from the image's centre, in units of half the crop's sides; None
            allows any place within the image.
        aspect: Largest ratio of a crop's width to its height.
        jitter: Probability of the colour jitter.
        brightness: Strength x of the change of brightness: the factor is uniform in [1 - x, 1 + x], as in torchvision.
        contrast: Strength of the change of contrast, as for brightness.
        saturation: Strength of the change of saturation, as for brightness.
        hue: Largest shift, in turns.
        grey: Probability that a view loses its colour.
        blur: Probabilities of blur in the first global view, in the second, and in each local view.
        sigma: Range of the blur's standard deviation, in pixels of a 224 px global or a 96 px local view; it is scaled
            with the size of the view.
        solarise: Probability of solarisation in the second global view.
        light: How the mean and the standard deviation of a view's pixels are replaced; None leaves both.
    """

    rotate: bool
    max_offset: float | None
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
    light: Light | None = None


REFERENCE = Recipe(
    rotate=False,
    max_offset=None,
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

GALAXY = replace(
    REFERENCE,
    rotate=True,
    max_offset=0.5,
    aspect=1.0,
    hue=0.0,
    blur=(0.5, 0.5, 0.5),
    sigma=(0.1, 1.0),
    solarise=0.0,
)
"""The recipe for galaxies, and how it differs from that for photographs.

Galaxies have no preferred orientation, so views are rotated. The axis ratio tells an edge-on disc from a round galaxy,
so crops do not change it. Galaxies are in the middle of the picture, so crops keep the middle in view. Colour is a
measurement, so hue does not change and nothing is inverted. Brightness varies and some views are grey, because views
with the same colour could be matched by colour alone.
"""

SHAPES = replace(
    GALAXY,
    jitter=1.0,
    brightness=0.8,
    contrast=0.8,
    saturation=0.8,
    hue=0.5,
    grey=0.3,
    solarise=0.3,
)
"""The recipe for pretraining on fractals: that for galaxies, with strong changes of light and colour.

The background and the mean colour of a fractal identify it among others. Where they stay nearly the same in all views,
the network learns little else: nine tenths of the variance of its features follow the brightness and the colour of the
background. Strong changes leave the shapes to be matched.
"""

RELIT = replace(
    GALAXY,
    jitter=0.5,
    saturation=0.4,
    hue=0.2,
    light=Light(mean=(0.05, 0.6), mean_by_channel=0.1, std=(0.05, 0.4), std_by_channel=0.3),
)
"""The recipe for a network that has begun to match shapes: all views have random light.

Nothing is left then of brightness, mean colour and contrast by which views could be matched. A network with random
weights finds nothing to match in such views, and does not begin to learn.
"""

RECIPES = {"reference": REFERENCE, "galaxy": GALAXY, "shapes": SHAPES, "relit": RELIT}
