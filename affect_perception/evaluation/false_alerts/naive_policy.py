"""The policy that tutorials build, to stand beside: fixed thresholds, no exemptions, no memory.

The most probable zone is not the road for 3 s, or for 10 s of the last 30; eyes open less than a
fixed 0.3 of the usual for 1 s; and what is not seen counts as shut, as in packages that take a
missing face for an eye aspect ratio of 0.
"""

from __future__ import annotations

import math
from collections import deque

from affect_perception.core.cabin import CabinGeometry
from affect_perception.core.types import FaceObservation

_OFF_S, _SUM_S, _WINDOW_S, _SHUT_S = 3.0, 10.0, 30.0, 1.0
_OPEN = 0.3


class NaivePolicy:
    """Says a reason once, and again after it has passed."""

    def __init__(self, cabin: CabinGeometry) -> None:
        self._road = cabin.on_road_names
        self._last_s = math.nan
        self._off_s = 0.0
        self._shut_s = 0.0
        self._off: deque[tuple[float, float]] = deque()
        self._active: set[str] = set()

    def step(self, face: FaceObservation) -> list[str]:
        """Takes one observation and gives the reasons that are new."""
        now = face.stamp_ns * 1e-9
        passed = 0.0 if math.isnan(self._last_s) else now - self._last_s
        self._last_s = now
        off = face.zone.name not in self._road
        self._off_s = self._off_s + passed if off else 0.0
        opened = [e.openness for e in (face.left_eye, face.right_eye) if e.usable]
        shut = not opened or sum(opened) / len(opened) < _OPEN
        self._shut_s = self._shut_s + passed if shut else 0.0
        if off:
            self._off.append((now, passed))
        while self._off and self._off[0][0] < now - _WINDOW_S:
            self._off.popleft()
        true = {
            "long_distraction": self._off_s >= _OFF_S,
            "cumulative_distraction": sum(p for _, p in self._off) >= _SUM_S,
            "microsleep": self._shut_s >= _SHUT_S,
        }
        active = {name for name, holds in true.items() if holds}
        new = sorted(active - self._active)
        self._active = active
        return new
