"""By how much a direction is off while the driver looks at the road ahead."""

from __future__ import annotations

import math

from affect_perception.core.config import BaselineConfig
from affect_perception.core.driver_baseline.direction_mode import DirectionMode, Peak
from affect_perception.core.types import NAN

# Keeps divisions apart from zero.
TINY = 1e-9


class AheadOffset:
    """The most frequent direction less the true direction of the road, believed by degrees.

    Nothing is believed before `ahead_start` seconds near the peak; from there to `ahead_time` the
    offset grows to its full size, never faster than `ahead_rate_deg`. A peak that is too far off,
    or that too small a share of the time is spent at, is not believed: the offset then stays.
    """

    def __init__(self, config: BaselineConfig, limit_deg: float) -> None:
        """Starts with nothing known.

        Args:
            config: Parameters.
            limit_deg: Largest offset that is believed, degrees.
        """
        self._config = config
        self._limit = limit_deg
        self._mode = DirectionMode(config)
        self.reset()

    def reset(self) -> None:
        """Forgets everything."""
        self._mode.reset()
        self._yaw = self._pitch = 0.0

    def seed(self, yaw: float, pitch: float) -> None:
        """Starts with a direction (rad) from an earlier drive; it weighs `file_weight` seconds."""
        self.reset()
        self._mode.seed(math.degrees(yaw), math.degrees(pitch), self._config.file_weight)
        goal = self._goal()
        if goal is not None:
            self._yaw, self._pitch = goal

    def learn(self, yaw: float, pitch: float, elapsed: float) -> None:
        """Adds the direction (rad, as measured) held during the last `elapsed` seconds."""
        if not (math.isfinite(yaw) and math.isfinite(pitch)):
            return
        step = self._mode.learn(math.degrees(yaw), math.degrees(pitch), elapsed)
        goal = self._goal() if step > 0.0 else None
        if goal is None:
            return
        east, north = goal[0] - self._yaw, goal[1] - self._pitch
        way = math.hypot(east, north)
        share = min(1.0, self._config.ahead_rate_deg * step / max(way, TINY))
        self._yaw += share * east
        self._pitch += share * north

    @property
    def offset(self) -> tuple[float, float]:
        """What is to be taken from a measured direction (yaw, pitch), rad."""
        return math.radians(self._yaw), math.radians(self._pitch)

    @property
    def peak(self) -> Peak | None:
        """The most frequent direction, in degrees, whether believed or not; None if unknown."""
        return self._mode.peak

    @property
    def usual_pitch(self) -> float:
        """Pitch of the most frequent direction, rad, whether plausible or not; NaN if unknown."""
        peak = self.peak
        if peak is None or peak.seconds < self._config.ahead_start:
            return NAN
        return math.radians(peak.pitch) if peak.share >= self._config.ahead_share else NAN

    @property
    def direction(self) -> tuple[float, float]:
        """The most frequent direction (yaw, pitch), rad; NaN until it is believed at all."""
        peak = self.peak
        if peak is None or self.trust == 0.0:
            return NAN, NAN
        return math.radians(peak.yaw), math.radians(peak.pitch)

    @property
    def trust(self) -> float:
        """How far the most frequent direction is believed, 0..1."""
        peak = self.peak
        return 0.0 if peak is None else self._trust(peak)

    @property
    def full(self) -> tuple[float, float]:
        """The offset (yaw, pitch) as if fully believed, rad; zeros if nothing is."""
        peak = self.peak
        if peak is None or self.trust == 0.0:
            return 0.0, 0.0
        config = self._config
        return (
            math.radians(peak.yaw - config.true_ahead_yaw_deg),
            math.radians(peak.pitch - config.true_ahead_pitch_deg),
        )

    @property
    def std(self) -> float:
        """One sigma of the offset, rad; 0 while it is 0 because nothing is believed."""
        peak = self.peak
        return 0.0 if peak is None else math.radians(peak.std) * self.trust

    @property
    def progress(self) -> float:
        """0 at the start, 1 once it is fully believed; 0 while it is implausible."""
        peak = self.peak
        return 0.0 if peak is None else self._trust(peak, start=0.0)

    @property
    def implausible(self) -> bool:
        """Whether the driver long looks somewhere that cannot be the road ahead."""
        peak = self.peak
        if peak is None or peak.share < self._config.ahead_share:
            return False
        return peak.seconds >= self._config.ahead_time and self._off_by(peak) > self._limit

    def _goal(self) -> tuple[float, float] | None:
        """Where the offset should be, degrees; None if there is nothing to believe."""
        trust = self.trust
        if trust == 0.0:
            return None
        yaw, pitch = self.full
        return trust * math.degrees(yaw), trust * math.degrees(pitch)

    def _trust(self, peak: Peak, start: float | None = None) -> float:
        """How far a peak is believed, 0..1."""
        if peak.share < self._config.ahead_share or self._off_by(peak) > self._limit:
            return 0.0
        begin = self._config.ahead_start if start is None else start
        full = max(self._config.ahead_time, begin + TINY)
        return min(1.0, max(0.0, (peak.seconds - begin) / (full - begin)))

    def _off_by(self, peak: Peak) -> float:
        config = self._config
        return math.hypot(
            peak.yaw - config.true_ahead_yaw_deg, peak.pitch - config.true_ahead_pitch_deg
        )
