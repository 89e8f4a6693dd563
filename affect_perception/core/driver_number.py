"""Whether somebody else sits there: `driver_number` of AttentionState, as it rises."""

from __future__ import annotations


class DriverNumber:
    """Follows the number of the driver."""

    def __init__(self) -> None:
        self._number = 0

    @property
    def number(self) -> int:
        """The newest number, 0 before the first."""
        return self._number

    def rises_to(self, number: int) -> bool:
        """Takes a number; whether it is another driver's than the one before. 0 is nobody yet."""
        other = 0 < self._number < number
        self._number = number
        return other
