"""How the driver holds the head while looking ahead."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from affect_perception.core.config import BaselineConfig
from affect_perception.core.driver_baseline.ahead_offset import AheadOffset
from affect_perception.core.types import NAN, HeadPose


class HeadRest:
    """Most frequent yaw and pitch of the head, and the mean roll and place around them.

    Attributes:
        place: Where the eyes are while the head is so, cabin frame, m; None until seen.
    """

    def __init__(self, config: BaselineConfig) -> None:
        self._config = config
        self.ahead = AheadOffset(config, config.head_limit_deg)
        self.reset()

    def reset(self) -> None:
        """Forgets the driver."""
        self.ahead.reset()
        self._roll = NAN
        self.place: npt.NDArray[np.float64] | None = None
        self._roll_seconds = 0.0
        self._place_seconds = 0.0

    def seed(self, yaw: float, pitch: float, roll: float) -> None:
        """Starts with a rest pose (rad) from an earlier drive."""
        self.reset()
        self.ahead.seed(yaw, pitch)
        self._roll, self._roll_seconds = roll, self._config.file_weight

    def learn(self, head: HeadPose, elapsed: float) -> None:
        """Adds the pose held during the last `elapsed` seconds."""
        self.ahead.learn(head.yaw, head.pitch, elapsed)
        step = min(max(elapsed, 0.0), self._config.longest_step)
        peak = self.ahead.peak
        if peak is None or step == 0.0:
            return
        if not math.isfinite(head.roll + float(head.in_cabin.translation.sum())):
            return
        away = math.hypot(math.degrees(head.yaw) - peak.yaw, math.degrees(head.pitch) - peak.pitch)
        if not away <= self._config.ahead_radius_deg:
            return
        memory, place = self._config.ahead_memory, head.in_cabin.translation
        if math.isnan(self._roll):
            self._roll = head.roll
        if self.place is None:
            self.place = place
        self._roll_seconds = min(self._roll_seconds + step, memory)
        self._place_seconds = min(self._place_seconds + step, memory)
        self._roll += (head.roll - self._roll) * step / self._roll_seconds
        self.place = self.place + (place - self.place) * (step / self._place_seconds)

    @property
    def pose(self) -> tuple[float, float, float]:
        """Yaw, pitch, roll at rest, rad; NaN until it is believed."""
        yaw, pitch = self.ahead.direction
        return (NAN, NAN, NAN) if math.isnan(yaw) else (yaw, pitch, self._roll)
