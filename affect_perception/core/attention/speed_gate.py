"""Whether the vehicle drives, so that the driver has to watch the road."""

from __future__ import annotations

from affect_perception.core.attention.profile import Profile
from affect_perception.core.buffers import to_ns
from affect_perception.core.types import VehicleState


class SpeedGate:
    """Follows the speed with hysteresis. An unknown or outdated speed counts as driving."""

    def __init__(self, profile: Profile, timeout_s: float) -> None:
        self._profile = profile
        self._timeout_ns = to_ns(timeout_s)
        self._stamp_ns: int | None = None
        self._driving = True

    def observe(self, vehicle: VehicleState) -> None:
        """Takes a speed; reversing does not count as driving."""
        limit = self._profile.speed_off if self._driving else self._profile.speed_on
        self._driving = vehicle.speed >= limit.value
        self._stamp_ns = vehicle.stamp_ns

    def driving(self, now_ns: int) -> bool:
        """Whether the rules that need driving apply at `now_ns`."""
        if self._stamp_ns is None or abs(now_ns - self._stamp_ns) > self._timeout_ns:
            return True
        return self._driving
