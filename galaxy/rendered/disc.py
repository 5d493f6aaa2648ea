"""Inclined exponential discs with arms, bar and ring (Freeman 1970)."""

import math
from dataclasses import dataclass, field

import numpy as np

from galaxy.rendered.bar import Bar, Ring
from galaxy.rendered.canvas import Canvas, Window
from galaxy.rendered.spiral_arms import SpiralArms
from galaxy.rendered.survey import PIXEL_SCALE

REACH = 6.0
"""Radius in scale lengths to which a disc is drawn; 98 % of the light of an exponential disc is inside it."""


@dataclass(frozen=True)
class Disc:
    """An inclined disc.

    Attributes:
        x, y: Position of the centre in arcsec from the centre of the picture.
        flux: (3,) fluxes of the smooth disc in g, r and z, in nanomaggies.
        scale_length: Exponential scale length along the major axis in arcsec.
        axis_ratio: Apparent minor over major axis, in (0, 1].
        angle: Angle of the major axis in radians.
        outer_flux: (3,) fluxes in nanomaggies to which `flux` changes towards the outside, where discs are bluer
            (de Jong 1996).
        truncation: Radius in scale lengths at which the disc ends, two to five (Pohlen & Trujillo 2006).
        lopsidedness: Amplitude of an m = 1 mode of the light (Zaritsky & Rix 1997).
        lopsided_angle: Angle of the bright side in the plane of the disc, in radians.
        warp: (k, 4) waves that displace the light: amplitude, wavenumber (scale lengths), phase, direction (radians).
        arms, bar, ring: Components that are added to the smooth disc.
    """

    x: float
    y: float
    flux: np.ndarray
    scale_length: float
    axis_ratio: float
    angle: float
    outer_flux: np.ndarray
    truncation: float = 5.0
    lopsidedness: float = 0.0
    lopsided_angle: float = 0.0
    warp: np.ndarray = field(default_factory=lambda: np.zeros((0, 4)))
    arms: tuple[SpiralArms, ...] = ()
    bar: Bar | None = None
    ring: Ring | None = None

    def on_sky(self, radius: np.ndarray, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the positions x, y in arcsec of points of the disc's plane, with `radius` in scale lengths."""
        u = radius * np.cos(theta) * self.scale_length
        v = radius * np.sin(theta) * self.scale_length * self.axis_ratio
        cos, sin = math.cos(self.angle), math.sin(self.angle)
        return self.x + u * cos - v * sin, self.y + u * sin + v * cos

    def paint(self, canvas: Canvas) -> None:
        """Add the light to `canvas`."""
        reach = min(REACH, self.truncation + 1.0) * self.scale_length
        for window in canvas.windows(self.x, self.y, max(reach, 3 * canvas.scale)):
            self._paint(window, canvas.scale)

    def _paint(self, window: Window, pixel: float) -> None:
        u, v = self._plane(window)
        square = u * u + v * v + np.float32((0.3 * pixel / self.scale_length) ** 2)
        radius = np.sqrt(square)
        inverse = np.float32(1) / radius
        cos, sin = u * inverse, v * inverse
        light = np.exp(-radius)
        light /= np.float32(1) + np.exp(np.minimum(np.float32(5) * (radius - np.float32(self.truncation)), 15))
        if self.lopsidedness:
            c, s = math.cos(self.lopsided_angle), math.sin(self.lopsided_angle)
            side = (np.float32(c) * cos + np.float32(s) * sin) * np.minimum(radius, 2) * np.float32(0.5)
            light *= np.maximum(np.float32(1) + np.float32(self.lopsidedness) * side, 0)
        outer = square / (square + np.float32(4))
        layers = [
            (light * (np.float32(1) - outer), self.flux / (2 * math.pi)),
            (light * outer, self.outer_flux / (2 * math.pi)),
        ]
        log_radius = np.log(radius) if self.arms else radius
        layers += [(light * a.brightness(log_radius, cos, sin), a.flux / (2 * math.pi)) for a in self.arms]
        if self.bar is not None:
            layers.append((self.bar.brightness(u, v), self.bar.flux))
        if self.ring is not None:
            layers.append((self.ring.brightness(radius), self.ring.flux))
        area = PIXEL_SCALE**2 / (self.scale_length**2 * self.axis_ratio)
        for shape, flux in layers:
            for band in range(3):
                window.flux[band] += shape * np.float32(flux[band] * area)

    def _plane(self, window: Window) -> tuple[np.ndarray, np.ndarray]:
        """Return the coordinates of the pixels in the disc's plane, in scale lengths."""
        cos = math.cos(self.angle) / self.scale_length
        sin = math.sin(self.angle) / self.scale_length
        u = np.float32(cos) * window.x + np.float32(sin) * window.y
        v = np.float32(cos / self.axis_ratio) * window.y - np.float32(sin / self.axis_ratio) * window.x
        for amplitude, wavenumber, phase, direction in self.warp:
            c, s = math.cos(direction), math.sin(direction)
            push = np.sin(np.float32(wavenumber * c) * u + np.float32(wavenumber * s) * v + np.float32(phase))
            push *= np.float32(amplitude)
            u, v = u - np.float32(s) * push, v + np.float32(c) * push
        return u, v
