"""The newest speed of the vehicle, as long as it is fresh."""

from __future__ import annotations

from affect_perception.core.buffers import to_ns
from affect_perception.core.types import NAN, VehicleState


class VehicleSpeed:
    """Remembers a speed for a while."""

    def __init__(self, timeout: float) -> None:
        """Starts without one.

        Args:
            timeout: Age from which a speed is unknown, s.
        """
        self._timeout_ns = to_ns(timeout)
        self._state: VehicleState | None = None

    def observe(self, vehicle: VehicleState) -> None:
        """Takes a speed."""
        self._state = vehicle

    def signed_at(self, stamp_ns: int) -> float:
        """Speed at a stamp, m/s, in reverse negative; NaN if it is not known."""
        state = self._state
        if state is None or abs(stamp_ns - state.stamp_ns) > self._timeout_ns:
            return NAN
        return state.speed

    def at(self, stamp_ns: int) -> float:
        """Speed over ground at a stamp, m/s, also in reverse positive; NaN if it is not known."""
        return abs(self.signed_at(stamp_ns))
