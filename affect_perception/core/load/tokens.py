"""What a token holds: the body's figures over one minute, each of which may be unknown.

The model reads the quantities of `LEARNED`. The others have their place in the token and no weight:
for gaze, blinks, head motion and speech there are no public recordings with labels of load here,
and of temperature and respiration rate docs/load.md tells what was measured and why they stay out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from affect_perception.core.errors import InputError

Float64Array = npt.NDArray[np.float64]

WINDOW_S = 60.0
"""A token speaks of the last so many seconds."""
STEP_S = 10.0
"""Time between tokens."""


@dataclass(frozen=True)
class Quantity:
    """One learned number of a token.

    Attributes:
        name: Field of `LoadToken`.
        channel: Group of quantities that come and go together.
        unit: Of the field.
        logarithm: Whether differences count as ratios.
        offset: Added before the logarithm, in `unit`, so that noise of a sensor is no change.
        spread: How much it (or its logarithm) varies within one person: median over 42 people of
            wesad_wrist and stress_predict of the standard deviation over a whole recording.
        usual: What it (or its logarithm) is: median of the labelled windows of the same people.
        apart: Standard deviation of these windows over all of the people; 0 for what says more of
            a sensor and its contact than of the person, and is not compared between people.
    """

    name: str
    channel: str
    unit: str
    logarithm: bool
    offset: float
    spread: float
    usual: float
    apart: float


LEARNED = (
    Quantity("heart_rate_bpm", "heart_rate", "1/min", False, 0.0, 6.0, 77.0, 11.0),
    Quantity("rmssd_s", "hrv", "s", True, 0.001, 0.25, -2.27, 0.39),
    Quantity("sdnn_s", "hrv", "s", True, 0.001, 0.3, -2.24, 0.41),
    Quantity("skin_level_us", "skin", "uS", True, 0.05, 0.4, -0.66, 0.0),
    Quantity("skin_spread_us", "skin", "uS", True, 0.003, 0.85, -3.65, 1.3),
    Quantity("skin_slope_per_min", "skin", "1/min", False, 0.0, 0.2, -0.01, 0.19),
    Quantity("skin_phasic_us", "skin", "uS", True, 0.001, 0.9, -5.34, 1.27),
    Quantity("skin_rising_share", "skin", "1", False, 0.0, 0.1, 0.32, 0.13),
)
"""What the model reads, in the order of its inputs."""

CHANNELS = tuple(dict.fromkeys(quantity.channel for quantity in LEARNED))
"""The groups that may be missing."""

UNWEIGHTED = (
    "temperature_c",
    "respiration_rate_bpm",
    "gaze_dispersion_rad",
    "blink_rate_bpm",
    "head_motion_rad_s",
    "speech_share",
)
"""Fields of a token that no model reads."""


@dataclass(frozen=True)
class LoadToken:
    """The body over the last `WINDOW_S` seconds; NaN is unknown.

    Attributes:
        stamp_ns: End of the window.
        heart_rate_bpm: Mean heart rate, 1/min.
        rmssd_s: Root mean square of successive differences of beat intervals, s.
        sdnn_s: Standard deviation of the beat intervals, s.
        skin_level_us: Mean skin conductance, uS.
        skin_spread_us: Its standard deviation, uS.
        skin_slope_per_min: Slope of its straight line over its mean, 1/min.
        skin_phasic_us: Mean absolute distance from its own moving mean of 9 s, uS.
        skin_rising_share: Share of the seconds in which it rises, 0..1.
        temperature_c: Mean skin temperature, degrees Celsius.
        respiration_rate_bpm: Breaths, 1/min.
        gaze_dispersion_rad: Spread of the gaze direction, rad.
        blink_rate_bpm: Blinks, 1/min.
        head_motion_rad_s: Mean angular speed of the head, rad/s.
        speech_share: Share of the time that the driver talks, 0..1.
    """

    stamp_ns: int
    heart_rate_bpm: float = math.nan
    rmssd_s: float = math.nan
    sdnn_s: float = math.nan
    skin_level_us: float = math.nan
    skin_spread_us: float = math.nan
    skin_slope_per_min: float = math.nan
    skin_phasic_us: float = math.nan
    skin_rising_share: float = math.nan
    temperature_c: float = math.nan
    respiration_rate_bpm: float = math.nan
    gaze_dispersion_rad: float = math.nan
    blink_rate_bpm: float = math.nan
    head_motion_rad_s: float = math.nan
    speech_share: float = math.nan

    def __post_init__(self) -> None:
        for quantity in LEARNED:
            value = getattr(self, quantity.name)
            if math.isinf(value) or (quantity.logarithm and value < 0.0):
                raise InputError(f"load token: {quantity.name} cannot be {value}")

    def learned(self) -> Float64Array:
        """(len(LEARNED),) the quantities that the model reads, logarithms taken."""
        return np.array([_scaled(quantity, getattr(self, quantity.name)) for quantity in LEARNED])


def _scaled(quantity: Quantity, value: float) -> float:
    return math.log(value + quantity.offset) if quantity.logarithm else value


def columns_of(channel: str) -> list[int]:
    """Places of a channel's quantities in `LEARNED`."""
    return [i for i, quantity in enumerate(LEARNED) if quantity.channel == channel]
