"""Computes features for clustering that do not react to a galaxy's orientation and size, and optionally colour."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from galaxy.data.aperture import aperture_radii, cut_to_size
from galaxy.data.photometric import grey
from galaxy.errors import ArgumentError
from galaxy.features.extract import extract
from galaxy.features.symmetries import average_over_symmetries, first_and_average
from galaxy.recipes.best_network import BestNetwork

COLOURS = ("keep", "remove")


def galaxy_features(
    network: Callable[[Tensor], Tensor] | nn.Module,
    images: NDArray[np.uint8],
    rows: NDArray[np.int64],
    *,
    mean: Sequence[float],
    std: Sequence[float],
    size: int,
    symmetries: bool,
    aperture: float | None,
    colour: str,
    batch_size: int,
    device: torch.device,
    title: str | None = None,
) -> NDArray[np.float32]:
    """Compute the features of `images[rows]`.

    Args:
        network: Turns (B, 3, S, S) normalised images into (B, D) features.
        images: (N, s, s, 3) uint8, possibly a memory map.
        rows: (M,) rows of `images`.
        mean: Mean of each channel, of pixels in [0, 1].
        std: Standard deviation of each channel.
        size: Width and height of the network's input in pixels, S.
        symmetries: Whether features are averaged over the eight flips and quarter turns.
        aperture: Width of the square that is cut out of each picture, in units of the radius that holds 90 % of the
            galaxy's light; None takes the whole picture.
        colour: `keep`, or `remove` to give the network the luminance in all three channels.
        batch_size: Number of galaxies that are computed at a time.
        device: Device of the network.
        title: Label of the progress bar.

    Returns:
        (M, D) float32 features.

    Raises:
        ArgumentError: If `colour` is unknown.
    """
    if colour not in COLOURS:
        raise ArgumentError(f"colour is {colour!r}; allowed are {', '.join(COLOURS)}")
    shift, scale = (torch.tensor(values, device=device).view(1, 3, 1, 1) for values in (mean, std))

    def encode(batch: Tensor) -> Tensor:
        pixels = batch.permute(0, 3, 1, 2).float() / 255
        whole = np.full(len(batch), np.nan)
        radii = whole if aperture is None else aperture_radii(batch.cpu().numpy())
        pixels = cut_to_size(pixels, radii, factor=aperture or 1.0, size=size)
        if colour == "remove":
            pixels = grey(pixels)
        prepared = (pixels - shift) / scale
        return average_over_symmetries(network, prepared) if symmetries else network(prepared)

    return extract(encode, images, rows, batch_size=batch_size, device=device, title=title)


def feature_steps(
    network: BestNetwork,
    images: NDArray[np.uint8],
    rows: NDArray[np.int64],
    *,
    size: int,
    aperture: float | None,
    colour: str,
    batch_size: int,
    device: torch.device,
) -> dict[str, NDArray[np.float32]]:
    """Compute the features of each step that leads to those of the row `dino-best`, in order.

    Args:
        network: The network that computes features.
        images: (N, s, s, 3) uint8, possibly a memory map.
        rows: (M,) rows of `images`.
        size: Width and height of the network's input in pixels.
        aperture: Width of the square that is cut out, as in `galaxy_features`; None takes whole pictures.
        colour: `keep` or `remove`.
        batch_size: Number of galaxies that are computed at a time.
        device: Device of the network.

    Returns:
        (M, D) features of each step by name: `size`, of one view that is cut to the galaxy's size (`view` if pictures
        are not cut); and `symmetries`, averaged over flips and quarter turns.
    """
    both = galaxy_features(
        lambda pixels: first_and_average(network.encode, pixels).flatten(1),
        images,
        rows,
        mean=network.mean,
        std=network.std,
        size=size,
        symmetries=False,
        aperture=aperture,
        colour=colour,
        batch_size=batch_size,
        device=device,
        title="dino-best",
    )
    first, average = np.split(both, 2, axis=1)
    return {"view" if aperture is None else "size": first, "symmetries": average}
