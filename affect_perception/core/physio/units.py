"""Units of body signals, brought to one per channel."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def to_microsiemens(samples: Array, unit: str) -> Array:
    """Skin conductance in microsiemens; kOhm is a resistance, whose inverse it is."""
    if unit == "kOhm":
        with np.errstate(divide="ignore"):
            return np.where(samples > 0.0, 1000.0 / samples, 0.0)
    return samples * {"uS": 1.0, "S": 1e6, "nS": 1e-3}[unit]


def to_celsius(samples: Array, unit: str) -> Array:
    """Temperature in degrees Celsius."""
    if unit == "K":
        return samples - 273.15
    return (samples - 32.0) / 1.8 if unit == "degF" else samples
