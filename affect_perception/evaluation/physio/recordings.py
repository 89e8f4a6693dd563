"""A whole recording through the path of the body signals, or only through its beat finders."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from affect_perception.core.enums import BiosignalChannel
from affect_perception.core.physio.perception import PhysioPerception
from affect_perception.core.physio.pulse_peaks import PulseFinder
from affect_perception.core.physio.r_peaks import RPeakFinder
from affect_perception.core.types.physio import PhysioObservation
from affect_perception.io.signals import Signal, merge_chunks

Array = npt.NDArray[np.float64]
CHUNK = 0.25
"""Length of the chunks, s."""
FINDERS: Mapping[BiosignalChannel, Callable[[float], RPeakFinder | PulseFinder]] = MappingProxyType(
    {BiosignalChannel.ECG: RPeakFinder, BiosignalChannel.PPG: PulseFinder}
)
"""What finds the beats of a channel at a rate."""
_NS = 1_000_000_000


class Track:
    """What was observed.

    Args:
        observations: One per second, in order.
        beats: Times of all beats, s.
    """

    def __init__(self, observations: Sequence[PhysioObservation], beats: Array) -> None:
        self.observations = observations
        self.beats = beats
        self.times = np.array([o.stamp_ns / _NS for o in observations])

    def values(self, read: Callable[[PhysioObservation], float]) -> Array:
        """One figure of each observation."""
        return np.array([read(o) for o in self.observations], dtype=np.float64)

    def at(self, times: Array, read: Callable[[PhysioObservation], float]) -> Array:
        """One figure of the newest observation at each time; NaN before the first."""
        values = np.append(self.values(read), np.nan)
        return values[np.searchsorted(self.times, times + 1e-6) - 1]


def beat_times(signal: Signal) -> Array:
    """(n,) times of the beats of a whole ECG or PPG, s after its first sample."""
    beats = FINDERS[signal.channel](signal.rate).push(0, signal.samples)
    return np.array([beat.index for beat in beats], dtype=np.float64) / signal.rate


def play(signals: Sequence[Signal], seconds: float | None = None) -> Track:
    """Plays signals, as sensors would send them, from their beginning on.

    Args:
        signals: Of one person.
        seconds: How much of them; all without.
    """
    path = PhysioPerception()
    kept: list[PhysioObservation] = []
    beats: list[int] = []
    for chunk in merge_chunks(signals, CHUNK):
        if seconds is not None and chunk.stamp_ns >= seconds * _NS:
            break
        found = path.step(chunk)
        if found is None:
            continue
        beats += found.beat_stamps_ns
        if not kept or found.stamp_ns // _NS > kept[-1].stamp_ns // _NS:
            kept.append(found)
    return Track(kept, np.array(beats, dtype=np.float64) / _NS)
