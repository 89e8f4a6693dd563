"""What the face path tells of the pulse in pictures, second by second, beside simple methods."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from affect_perception.core.buffers import to_ns, to_s
from affect_perception.core.cabin import CabinGeometry
from affect_perception.core.types import CameraFrame, PulseObservation
from affect_perception.core.vision.face_perception import FacePerception
from affect_perception.core.vision.pulse import PulseReader
from affect_perception.core.vision.pulse_colour import chrom, green, pos
from affect_perception.core.vision.pulse_estimator import PulseEstimator
from affect_perception.core.vision.pulse_rate import RATES, RateSpectrum
from affect_perception.evaluation.tools import Tools

Array = npt.NDArray[np.float64]

METHODS: Mapping[str, Callable[[Array], Array]] = MappingProxyType(
    {"pos": pos, "chrom": chrom, "green": green}
)
"""Ways from colours to a wave; as baselines their strongest rate is taken as it is."""


@dataclass(frozen=True)
class PulseSecond:
    """One estimate.

    Attributes:
        time_s: Stamp of the newest picture, s.
        told: What the face path tells.
        bpm: Its rate, told or kept back; NaN where there was none.
        simple: Strongest rate of each of `METHODS` in the same window.
    """

    time_s: float
    told: PulseObservation
    bpm: float
    simple: Mapping[str, float]

    @property
    def given(self) -> bool:
        """Whether a rate is given."""
        return not math.isnan(self.told.heart_rate)


def watch(
    frames: Iterable[CameraFrame], tools: Tools, cabin: CabinGeometry
) -> tuple[list[PulseSecond], int]:
    """Runs the face path with the pulse turned on.

    Args:
        frames: Pictures of one camera in the order of their stamps.
        tools: Networks and settings.
        cabin: Geometry.

    Returns:
        An entry for each second, from the shortest window on, whether there is a rate or not; and
        the number of pictures.
    """
    config = replace(tools.config, pulse=replace(tools.config.pulse, enabled=True))
    path = FacePerception(config, cabin, tools.networks)
    # The same beside it, to look inside: rates that are kept back, and colours for other methods.
    beside, track = PulseReader(config.pulse), 0
    spectrum = RateSpectrum(config.pulse.window + 1.0)
    seconds: list[PulseSecond] = []
    start = due = -1
    count = 0
    for frame in frames:
        count += 1
        if start < 0:
            start = frame.stamp_ns
            due = start + to_ns(config.pulse.min_window + 1.0)
        seen = path.step(frame)
        if seen.track_id not in (0, track):
            track = seen.track_id
            beside.reset()
        beside.step(frame.stamp_ns, frame.image, seen.landmarks, seen.head)
        if frame.stamp_ns >= due:
            due += to_ns(1.0)
            rates = _simple(beside.estimator, spectrum)
            found = beside.estimator.estimate
            bpm = math.nan if found is None else found.bpm
            seconds.append(PulseSecond(to_s(frame.stamp_ns - start), seen.pulse, bpm, rates))
    return seconds, count


def _simple(estimator: PulseEstimator, spectrum: RateSpectrum) -> dict[str, float]:
    """Strongest rate by each of `METHODS` in the colours at hand; none where there is no window."""
    if estimator.estimate is None:
        return {}
    colours = estimator.record.window().colours
    if colours is None:
        return {}
    return {
        name: float(RATES[int(np.argmax(spectrum.explained(method(colours))))])
        for name, method in METHODS.items()
    }
