"""Since when the eyes have not rested on the road: looking elsewhere, or closed."""

from __future__ import annotations

from affect_perception.core.attention.eye_closure import EyeState
from affect_perception.core.attention.switch import NAN, Switch
from affect_perception.core.buffers import to_ns
from affect_perception.core.config import AttentionConfig
from affect_perception.core.enums import EyesState


class EyesAway:
    """Joins glances away and closures into one time, as UN R171 counts (secondary source)."""

    def __init__(self, config: AttentionConfig) -> None:
        self._config = config
        self._engaged: Switch[bool] = Switch(config.hold)

    def update(self, stamp_ns: int, on_road: bool | None, eyes: EyeState) -> None:
        """Takes one picture.

        Args:
            stamp_ns: Its stamp.
            on_road: What its gaze says; None if nothing.
            eyes: Blinks change nothing; a longer closure counts from its beginning.
        """
        change: int | None = None
        hold: float | None = None
        if eyes.state is EyesState.CLOSED and eyes.closure > self._config.blink_max:
            on_road, change = False, stamp_ns - to_ns(eyes.closure)
        elif eyes.lowered_ns is not None:
            change = eyes.lowered_ns
        elif eyes.shut:
            on_road, hold = None, self._config.blink_max
        confirm = self._config.glance_return_min if on_road else self._config.glance_min
        self._engaged.update(stamp_ns, on_road, confirm_s=confirm, hold_s=hold, change_ns=change)

    def interrupt(self) -> None:
        """Ends the present time: what follows is another person's."""
        self._engaged.interrupt()

    def away(self, now_ns: int) -> float:
        """Time since the eyes last rested on the road, s; 0 while they do; NaN if unknown."""
        current = self._engaged.current
        if current is None:
            return NAN
        return 0.0 if current else self._engaged.duration(now_ns)

    def back(self, now_ns: int) -> float:
        """Time they have rested on it again, s; 0 while away; NaN if unknown."""
        current = self._engaged.current
        if current is None:
            return NAN
        return self._engaged.duration(now_ns) if current else 0.0

    def growing(self) -> bool:
        """Whether the time away runs on."""
        return self._engaged.current is False and self._engaged.candidate is None
