"""Stellar bars and rings in the plane of a disc."""

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Bar:
    """A Ferrers bar, (1 - rho^2) within a generalised ellipse (Athanassoula et al. 1990; Gadotti 2011).

    Attributes:
        flux: (3,) fluxes in g, r and z, in nanomaggies.
        length: Semi-major axis in scale lengths of the disc.
        axis_ratio: Minor over major axis in the plane of the disc.
        angle: Angle of the major axis in the plane of the disc, in radians.
        boxiness: Exponent of the generalised ellipse; 2 is an ellipse.
    """

    flux: np.ndarray
    length: float
    axis_ratio: float
    angle: float
    boxiness: float

    def brightness(self, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        """Return the light per square scale length at (u, v) scale lengths in the disc's plane, about 1 in total."""
        cos, sin = np.float32(math.cos(self.angle)), np.float32(math.sin(self.angle))
        along = np.abs(cos * u + sin * v) * np.float32(1 / self.length)
        across = np.abs(cos * v - sin * u) * np.float32(1 / (self.length * self.axis_ratio))
        power = np.float32(self.boxiness)
        rho = (along**power + across**power) ** (2 / power)
        light: np.ndarray = np.maximum(np.float32(1) - rho, 0)
        light *= np.float32(2 / (math.pi * self.length**2 * self.axis_ratio))
        return light


@dataclass(frozen=True)
class Ring:
    """A ring with a Gaussian profile, like those around bars at the inner resonance (Buta & Combes 1996).

    Attributes:
        flux: (3,) fluxes in g, r and z, in nanomaggies.
        radius: Radius of the brightest circle in scale lengths of the disc.
        width: Standard deviation of the profile in scale lengths of the disc.
    """

    flux: np.ndarray
    radius: float
    width: float

    def brightness(self, radius: np.ndarray) -> np.ndarray:
        """Return the light per square scale length at `radius` scale lengths; its total is 1."""
        distance = (radius - np.float32(self.radius)) * np.float32(1 / self.width)
        norm = (2 * math.pi) ** 1.5 * self.radius * self.width
        light: np.ndarray = np.exp(np.float32(-0.5) * np.minimum(distance * distance, 30)) * np.float32(1 / norm)
        return light
