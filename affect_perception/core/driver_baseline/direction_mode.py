"""The most frequent direction of the last minutes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from affect_perception.core.config import BaselineConfig

# Directions on the grid, degrees; what lies outside is no direction of somebody who drives.
YAW_NODES = np.arange(-60.0, 61.0, 2.0)
PITCH_NODES = np.arange(-46.0, 47.0, 2.0)
SPACING = 2.0
# One sigma of the kernel under which a peak is sought: about the scatter of fixations on the road,
# so that single fixations are no peaks of their own.
BANDWIDTH = 3.0
# Seconds of learning between two searches for the peak.
SEARCH_EVERY = 0.5
MEAN_SHIFT_STEPS = 20
SETTLED = 0.02
# Fixations last a third of a second and more and neighbours are alike: so much time gives one
# independent look.
INDEPENDENT_S = 1.0


@dataclass(frozen=True)
class Peak:
    """The most frequent direction.

    Attributes:
        yaw: Degrees, positive to the left.
        pitch: Degrees, positive upwards.
        seconds: Time (faded) spent within the radius around it.
        share: The same as a share of all time (faded).
        std: One sigma of the peak's own place, degrees.
    """

    yaw: float
    pitch: float
    seconds: float
    share: float
    std: float


class DirectionMode:
    """A histogram of directions whose old entries fade, and its peak by mean shift.

    The mode is what people look at most, whatever else they look at; a mean would be pulled away by
    every look into a mirror. Taking the mode of the gaze for the road centre follows Victor,
    Harbluk, Engstroem, "Sensitivity of eye-movement measures to in-vehicle task difficulty",
    Transportation Research Part F 8, 2005 (verified against the primary text: no). Mean shift:
    Comaniciu and Meer, IEEE PAMI 24(5), 2002. Each sample counts by its duration and is shared by
    the four nodes around it, so neither frame rate nor grid shifts the peak.
    """

    def __init__(self, config: BaselineConfig) -> None:
        self._memory = config.ahead_memory
        self._longest_step = config.longest_step
        self._radius = config.ahead_radius_deg
        difference = np.subtract.outer(YAW_NODES, YAW_NODES)
        self._smooth_yaw = np.exp(-0.5 * (difference / BANDWIDTH) ** 2)
        difference = np.subtract.outer(PITCH_NODES, PITCH_NODES)
        self._smooth_pitch = np.exp(-0.5 * (difference / BANDWIDTH) ** 2)
        self.reset()

    def reset(self) -> None:
        """Forgets everything."""
        self._weights = np.zeros((len(PITCH_NODES), len(YAW_NODES)))
        self._since_search = 0.0
        self.peak: Peak | None = None

    def seed(self, yaw: float, pitch: float, seconds: float) -> None:
        """Starts with a direction that counts as if seen for some seconds; angles in degrees."""
        self.reset()
        if self._add(yaw, pitch, seconds):
            self.peak = self._search()

    def learn(self, yaw: float, pitch: float, elapsed: float) -> float:
        """Adds the direction (degrees) held during the last `elapsed` seconds.

        Returns:
            The seconds that it counted for; 0 if it was not used.
        """
        step = min(elapsed, self._longest_step)
        if not step > 0.0 or not self._add(yaw, pitch, step):
            return 0.0
        self._since_search += step
        if self._since_search >= SEARCH_EVERY:
            self._since_search = 0.0
            self.peak = self._search()
        return step

    def _add(self, yaw: float, pitch: float, seconds: float) -> bool:
        column, row = (yaw - YAW_NODES[0]) / SPACING, (pitch - PITCH_NODES[0]) / SPACING
        height, width = self._weights.shape
        if not (0.0 <= column < width - 1 and 0.0 <= row < height - 1):
            return False
        self._weights *= math.exp(-seconds / self._memory)
        x, y = int(column), int(row)
        right, up = column - x, row - y
        self._weights[y, x] += seconds * (1.0 - right) * (1.0 - up)
        self._weights[y, x + 1] += seconds * right * (1.0 - up)
        self._weights[y + 1, x] += seconds * (1.0 - right) * up
        self._weights[y + 1, x + 1] += seconds * right * up
        return True

    def _search(self) -> Peak:
        weights = self._weights
        density = self._smooth_pitch @ weights @ self._smooth_yaw
        row, column = divmod(int(density.argmax()), weights.shape[1])
        yaw, pitch = float(YAW_NODES[column]), float(PITCH_NODES[row])
        for _ in range(MEAN_SHIFT_STEPS):
            across = np.exp(-0.5 * ((YAW_NODES - yaw) / BANDWIDTH) ** 2)
            along = np.exp(-0.5 * ((PITCH_NODES - pitch) / BANDWIDTH) ** 2)
            columns, rows = along @ weights, weights @ across
            total = float(columns @ across)
            new_yaw = float(columns @ (across * YAW_NODES)) / total
            new_pitch = float(rows @ (along * PITCH_NODES)) / total
            moved = math.hypot(new_yaw - yaw, new_pitch - pitch)
            yaw, pitch = new_yaw, new_pitch
            if moved < SETTLED:
                break
        return self._peak(yaw, pitch)

    def _peak(self, yaw: float, pitch: float) -> Peak:
        squared = np.add.outer((PITCH_NODES - pitch) ** 2, (YAW_NODES - yaw) ** 2)
        near = np.where(squared <= self._radius**2, self._weights, 0.0)
        seconds = float(near.sum())
        share = seconds / float(self._weights.sum())
        spread = math.sqrt(0.5 * float((near * squared).sum()) / max(seconds, 1e-9))
        std = spread / math.sqrt(max(1.0, seconds / INDEPENDENT_S))
        return Peak(yaw, pitch, seconds, share, std)
