"""The pulse in the colour of the skin: how much darker blood makes it in red, green and blue."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from affect_perception.core.errors import InputError

Array = npt.NDArray[np.float64]

BLOOD_VOLUME_RGB = np.array([0.33, 0.77, 0.53])
"""Relative pulse in red, green and blue, each over its own mean, of a camera under white light:
the blood volume signature of de Haan and van Leest, "Improved motion robustness of remote-PPG by
using the blood volume pulse signature", Physiological Measurement 35 (2014)."""
PULSE_DELAY_S = 0.1
"""From the R-peak to the steepest rise in the face, less than to a finger (by eye)."""
PERFUSION_NECK = 0.5
"""Pulse of the neck over that of the face (by eye: it is said to be weaker)."""
GLOSS = 0.10
"""Most light that skin throws back unchanged, share of white. Skin reflects some 4 % of what falls
on it at its surface, more at a low angle; a face in daylight shows such spots brighter by about a
tenth of white (by eye)."""
GLOSS_SHARPNESS = 12.0
"""Exponent of the Blinn-Phong law: broad spots, as on a forehead (by eye)."""
SUN_RGB = np.array([1.08, 1.0, 0.86])
"""Colour of direct sun beside daylight of the whole sky: warmer (about 5000 K beside 6500 K; by
eye)."""


@dataclass(frozen=True)
class SkinPulse:
    """What the heart does to the colour of the face.

    A face with a pulse also has glossy spots, and a sun from the side is warmer than the sky:
    it is those that a method must tell from a pulse.

    Attributes:
        volume: Volume of blood in the skin at a time in seconds, 0..1 over a beat.
        amplitude: Change of green from least to most blood, share of its mean. Cameras see about
            0.3 to 1 % on resting faces in good light, less on dark skin.

    Raises:
        InputError: If the amplitude is not 0..0.1.
    """

    volume: Callable[[float], float]
    amplitude: float = 0.006

    def __post_init__(self) -> None:
        if not 0.0 <= self.amplitude <= 0.1:
            raise InputError(f"pulse amplitude must be 0..0.1, got {self.amplitude:g}")

    def gain(self, time: float) -> Array:
        """Factors on red, green and blue at a time in seconds; more blood is darker."""
        return np.asarray(1.0 - (self.volume(time) - 0.5) * self.amplitude * _RELATIVE)


_RELATIVE = BLOOD_VOLUME_RGB / BLOOD_VOLUME_RGB[1]
