"""Yawns, first version: a mouth that is wide open for longer than speech opens it."""

from __future__ import annotations

import math

from affect_perception.core.attention.switch import NAN, Switch, crossing_ns
from affect_perception.core.config import AttentionConfig

# Once wide, the mouth counts as wide until its opening has fallen to this share of the threshold.
_NARROW_SHARE = 0.7


class YawnDetector:
    """Finds yawns in the mouth opening (inner lip distance over mouth width)."""

    def __init__(self, config: AttentionConfig) -> None:
        self._config = config
        self._wide: Switch[bool] = Switch(config.hold)
        self._last: tuple[int, float] | None = None
        self._yawning = False
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
        self._wide.update(stamp_ns, wide, change_ns=change)
        length = self._wide.duration(stamp_ns) if self._wide.current else 0.0
        yawning = length >= self._config.yawn_min
        if yawning:
            self.duration = length
            self.count += 0 if self._yawning else 1
        self._yawning = yawning
        return yawning

    def interrupt(self) -> None:
        """Ends the present yawn: what follows is another person's."""
        self._wide.interrupt()
        self._last = None
        self._yawning = False
