"""How fast the vehicle drives, and since when it stands."""

from __future__ import annotations

import math

from affect_perception.core.attention.switch import NAN
from affect_perception.core.buffers import to_s
from affect_perception.core.types import VehicleState
from affect_perception.core.vehicle_speed import VehicleSpeed

STANDING_BELOW = 0.3
"""Slower than this the vehicle stands, m/s (wheel speeds resolve no less; own choice, no norm)."""


class SpeedGate:
    """Keeps the last speed as long as it is not outdated."""

    def __init__(self, timeout_s: float) -> None:
        self._speed = VehicleSpeed(timeout_s)
        self._standing_since_ns: int | None = None

    def observe(self, vehicle: VehicleState) -> None:
        """Takes a speed; reversing is negative."""
        stands = abs(vehicle.speed) < STANDING_BELOW
        if not stands or math.isnan(self.speed(vehicle.stamp_ns)):
            self._standing_since_ns = None
        if stands and self._standing_since_ns is None:
            self._standing_since_ns = vehicle.stamp_ns
        self._speed.observe(vehicle)

    def speed(self, now_ns: int) -> float:
        """The speed, m/s; NaN if unknown or outdated."""
        return self._speed.signed_at(now_ns)

    def stands(self, now_ns: int) -> bool:
        """Whether the vehicle is known to stand."""
        return abs(self.speed(now_ns)) < STANDING_BELOW

    def standstill(self, now_ns: int) -> float:
        """Time the vehicle has been known to stand, s; 0 while it moves; NaN if unknown."""
        if math.isnan(self.speed(now_ns)):
            return NAN
        since = self._standing_since_ns
        return 0.0 if since is None else max(0.0, to_s(now_ns - since))
