"""Yawns, first version: a mouth that is wide open for longer than speech opens it."""

from __future__ import annotations

import math

from affect_perception.core.attention.switch import NAN, Switch, crossing_ns
from affect_perception.core.buffers import to_s
from affect_perception.core.config import DrowsinessConfig

# Once wide, the mouth counts as wide until its opening has fallen to this share of the threshold.
_NARROW_SHARE = 0.7

# What lasts less is speech; who has the mouth open for longer is not yawning, and may be asleep.
_MAYBE_YAWN_S = 0.5
_LONGEST_YAWN_S = 8.0

# A yawn may narrow this long in between (landmarks jump for single pictures) and is still one;
# between words the mouth narrows for longer.
_PAUSE_S = 0.1


class YawnDetector:
    """Finds yawns in the mouth opening (inner lip distance over mouth width)."""

    def __init__(self, config: DrowsinessConfig, hold: float) -> None:
        """Starts with no yawn; `hold` is the longest unseen time that is bridged, s."""
        self._config = config
        self._wide: Switch[bool] = Switch(hold)
        self._last: tuple[int, float] | None = None
        self._counted = False
        self._wide_ns: int | None = None
        self.count = 0
        self.duration = NAN

    def update(self, stamp_ns: int, opening: float) -> bool:
        """Takes one picture; True while a yawn goes on."""
        if not math.isfinite(opening):
            opening = NAN
        level = self._config.yawn_opening * (_NARROW_SHARE if self._wide.current else 1.0)
        wide = None if math.isnan(opening) else opening >= level
        change = None
        if self._last is not None and not math.isnan(opening):
            change = crossing_ns(*self._last, stamp_ns, opening, level)
        self._last = None if math.isnan(opening) else (stamp_ns, opening)
        confirm = _PAUSE_S if wide is False else 0.0
        self._wide.update(stamp_ns, wide, confirm_s=confirm, change_ns=change)
        length = self._wide.duration(stamp_ns) if self._wide.current else 0.0
        if wide and _MAYBE_YAWN_S <= length <= _LONGEST_YAWN_S:
            self._wide_ns = stamp_ns
        long_enough = length >= self._config.yawn_min
        if long_enough:
            self.duration = length
            self.count += 0 if self._counted else 1
        self._counted = long_enough
        return long_enough and wide is not False

    def since_wide(self, now_ns: int) -> float:
        """Time since the mouth was last open as in a yawn, s; infinite if it never was."""
        return math.inf if self._wide_ns is None else max(0.0, to_s(now_ns - self._wide_ns))

    def interrupt(self) -> None:
        """Ends the present yawn: what follows is another person's."""
        self._wide.interrupt()
        self._last = None
        self._wide_ns = None
        self._counted = False
