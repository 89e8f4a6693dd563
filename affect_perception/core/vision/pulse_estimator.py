"""From the colours of skin over time to the heart rate with its quality, or why there is none."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from affect_perception.core.buffers import to_ns, to_s
from affect_perception.core.config.pulse import PulseConfig
from affect_perception.core.enums import Availability, PulseReason
from affect_perception.core.types import PulseObservation
from affect_perception.core.vision.pulse_colour import WINDOW_S, pos
from affect_perception.core.vision.pulse_quality import pulse_quality, rate_std
from affect_perception.core.vision.pulse_rate import RateEstimate, RateSpectrum, RateTracker
from affect_perception.core.vision.pulse_record import SkinRecord, SkinWindow

Array = npt.NDArray[np.float64]

GREY_TINT = 0.03
"""Difference of two channels over green below which pictures are grey: the skin of all people is
redder than blue by a quarter and more in white light; grey pictures through a lossy codec stay
below 0.02 (by eye)."""
SOME = 0.2
"""Share of a window in motion, or changing light, from which that is named beside a low quality."""
NOTHING_WRONG: tuple[PulseReason, ...] = ()
# Independent values of the wave a second that a new second of a window adds, and the share of the
# probability that is spread evenly each second (see RateTracker).
VALUES_PER_S, LOST_PER_S = 4.0, 0.02


class PulseEstimator:
    """The pulse of one face, sample after sample in the order of their stamps."""

    def __init__(self, config: PulseConfig) -> None:
        self._config = config
        self.record = SkinRecord(config.window, config.max_gap)
        """The samples that count."""
        self._spectrum = RateSpectrum(config.window + 1.0)
        self._tracker = RateTracker(config.drift, VALUES_PER_S, LOST_PER_S)
        self.restart()

    def restart(self, *cause: PulseReason) -> None:
        """Nothing of what was seen counts any more.

        Args:
            cause: Told beside "warming up" until there is enough again.
        """
        self.record.clear()
        self._tracker.reset()
        self._cause = cause
        self._judged_ns: int | None = None
        self.estimate: RateEstimate | None = None
        """The newest estimate, told or not."""
        self.held = no_rate(PulseReason.WARMING_UP, *cause)
        """What holds until the next estimate."""

    @property
    def newest_ns(self) -> int | None:
        """Stamp of the newest sample, None without one."""
        return self.record.newest_ns

    def add(self, stamp_ns: int, colours: Array, place: tuple[float, ...]) -> PulseObservation:
        """Takes a sample.

        Args:
            stamp_ns: Acquisition time.
            colours: (3, 3) mean colour of each region, NaN where unseen.
            place: x, y of the face and its size, px; yaw, pitch, roll of the head, rad, or NaN.
        """
        self.record.add(stamp_ns, colours, place)
        last = self._judged_ns
        if last is None or stamp_ns - last >= to_ns(self._config.interval):
            self._judged_ns = stamp_ns
            self._judge(math.nan if last is None else to_s(stamp_ns - last))
        return self.held

    def _judge(self, elapsed: float) -> None:
        self.estimate = None
        seconds = self.record.seconds
        if seconds < WINDOW_S:
            self.held = no_rate(PulseReason.WARMING_UP, *self._cause, window=seconds)
            return
        window = self.record.window()
        wrong = self._wrong(window)
        if wrong:
            self._tracker.reset()
            self.held = no_rate(*wrong, window=seconds)
        elif seconds < self._config.min_window:
            self.held = no_rate(PulseReason.WARMING_UP, *self._cause, window=seconds)
        else:
            self._cause = ()
            self.held = self._estimated(window, elapsed)

    def _wrong(self, window: SkinWindow) -> tuple[PulseReason, ...]:
        """What forbids a rate."""
        config = self._config
        if window.rate_hz < config.min_frame_rate:
            return (PulseReason.LOW_FRAME_RATE,)
        if window.colours is None:
            return (PulseReason.NO_SKIN,)
        if window.tint < GREY_TINT:
            return (PulseReason.NO_COLOUR,)
        return self._disturbed(window, config.max_moving, config.max_light_changing)

    def _disturbed(
        self, window: SkinWindow, moving: float, lighting: float
    ) -> tuple[PulseReason, ...]:
        """Which of motion and changing light take more than these shares of the window."""
        config = self._config
        turning = window.turning > config.max_turn_speed
        found = []
        if (turning | (window.shifting > config.max_shift_speed)).mean() > moving:
            found.append(PulseReason.MOTION)
        if (window.lighting > config.max_light_speed).mean() > lighting:
            found.append(PulseReason.LIGHT_CHANGE)
        return tuple(found)

    def _estimated(self, window: SkinWindow, elapsed: float) -> PulseObservation:
        assert window.colours is not None
        config = self._config
        explained = self._spectrum.explained(pos(window.colours))
        fresh = math.isnan(elapsed) or self._tracker.fresh
        found = self._tracker.step(explained, window.seconds if fresh else elapsed)
        self.estimate = found
        quality = pulse_quality(found)
        level, reasons = Availability.AVAILABLE, NOTHING_WRONG
        if quality < config.good_quality:
            level = Availability.DEGRADED
            reasons = self._disturbed(window, SOME, SOME) or (PulseReason.NOT_CLEAR,)
        if quality < config.min_quality:
            return no_rate(*reasons, quality=quality, window=window.seconds)
        std = rate_std(found, quality)
        return PulseObservation(level, reasons, found.bpm, std, quality, window.seconds)


def no_rate(
    *reasons: PulseReason, quality: float = math.nan, window: float = 0.0
) -> PulseObservation:
    """No rate, and why."""
    told = tuple(dict.fromkeys(reasons))
    return PulseObservation(Availability.UNAVAILABLE, told, quality=quality, window=window)
