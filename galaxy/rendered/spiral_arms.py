"""Logarithmic spiral arms in the plane of a disc."""

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class SpiralArms:
    """Arms along theta = ln(R) / tan(pitch), at a constant angle to circles (Seigar & James 1998).

    Attributes:
        flux: (3,) fluxes in g, r and z in nanomaggies, in addition to those of the smooth disc.
        number: Number of arms.
        pitch: Pitch angle in radians; its sign is the direction of winding.
        sharpness: Concentration of the von Mises profile across an arm, from 0.5 (broad) to 6 (thin).
        phase: Phase of the first arm in radians.
        start, stop: Radii in scale lengths between which there are arms.
        lopsidedness: Share by which arms are fainter on one side of the disc and brighter on the other, 0 to 1.
        meander: Amplitude in radians of waves of the arms' angle, for broken and flocculent arms.
        waves: (k, 3) waves of the meander: harmonic in angle, harmonic in log radius, and phase in radians.
    """

    flux: np.ndarray
    number: int
    pitch: float
    sharpness: float
    phase: float
    start: float
    stop: float
    lopsidedness: float
    meander: float
    waves: np.ndarray

    def ridge(self, log_radius: np.ndarray) -> np.ndarray:
        """Return the angle of the first arm in radians at ln(R / scale length), without meander."""
        return np.asarray(log_radius / math.tan(self.pitch) + self.phase / self.number)

    def brightness(self, log_radius: np.ndarray, cos: np.ndarray, sin: np.ndarray) -> np.ndarray:
        """Return the brightness of the arms relative to the disc; between `start` and `stop` its mean over angles is 1.

        Args:
            log_radius: Array of ln(R / scale length), of any shape.
            cos: Cosine of the angle in the disc's plane, of the same shape.
            sin: Sine of that angle.
        """
        turn = np.float32(self.number / math.tan(self.pitch)) * log_radius + np.float32(self.phase)
        harmonics = _harmonics(cos, sin, max(self.number, *(int(wave[0]) for wave in self.waves), 1))
        for angular, radial, phase in self.waves:
            c, s = harmonics[int(angular) - 1]
            argument = np.float32(radial) * log_radius + np.float32(phase)
            turn += np.float32(self.meander) * (c * np.cos(argument) + s * np.sin(argument))
        c, s = harmonics[self.number - 1]
        wave = c * np.cos(turn) + s * np.sin(turn)
        mean = np.float32(np.i0(self.sharpness) * math.exp(-self.sharpness))
        arms: np.ndarray = np.exp(np.float32(self.sharpness) * (wave - np.float32(1))) / mean
        if self.lopsidedness:
            tilt = np.float32(math.cos(self.phase)) * cos + np.float32(math.sin(self.phase)) * sin
            arms *= np.float32(1) + np.float32(self.lopsidedness) * tilt
        # Smooth steps in log radius at the beginning and the end of the arms.
        arms /= np.float32(1) + np.exp(np.minimum(np.float32(6) * (np.float32(math.log(self.start)) - log_radius), 15))
        arms /= np.float32(1) + np.exp(np.minimum(np.float32(8) * (log_radius - np.float32(math.log(self.stop))), 15))
        return arms


def _harmonics(cos: np.ndarray, sin: np.ndarray, highest: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return cosine and sine of 1 to `highest` times the angle, without arc tangents, which are twenty times slower."""
    found = [(cos, sin)]
    for _ in range(highest - 1):
        c, s = found[-1]
        found.append((c * cos - s * sin, s * cos + c * sin))
    return found
