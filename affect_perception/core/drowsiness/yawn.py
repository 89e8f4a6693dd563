"""Yawns: one slow, high opening of the mouth that lasts, unlike speech, song and laughter.

The mouth must be wide for long enough (`yawn_min`); while it is, `mouth_shape` tells how high it is
open, how slowly it rose and how often it narrowed. Narrowed eyes do not count in favour: laughter
narrows them as well, and behind sunglasses they are not seen. Talking, where it is known, asks for
an opening that lasts longer, and no more: it may be a passenger who talks.
"""

from __future__ import annotations

import math

from affect_perception.core.attention.switch import NAN, Switch, crossing_ns
from affect_perception.core.buffers import to_ns, to_s
from affect_perception.core.config import DrowsinessConfig
from affect_perception.core.drowsiness.mouth_shape import MouthShape

# Once wide, the mouth counts as wide until its opening has fallen to this share of the threshold.
_NARROW_SHARE = 0.7

# What lasts less is speech; who has the mouth open for longer is not yawning, and may be asleep.
# Yawns last about 6 s (Provine 1986, secondary text, verified against the primary text: no).
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
        self._hold_ns = to_ns(hold)
        self._wide: Switch[bool] = Switch(hold)
        self._shape = MouthShape()
        self._last: tuple[int, float] | None = None
        self._seen_ns: int | None = None
        self._since_ns: int | None = None
        self._counted = False
        self._talked = False
        self._wide_ns: int | None = None
        self.count = 0
        self.duration = NAN

    def update(self, stamp_ns: int, opening: float, *, talking: bool = False) -> bool:
        """Takes one picture; True while a yawn goes on.

        Args:
            stamp_ns: Its stamp.
            opening: Of the mouth; not finite if unknown.
            talking: Whether somebody is known to talk.
        """
        if not math.isfinite(opening):
            opening = NAN
        else:
            self._follow(stamp_ns, opening)
        wide = self._is_wide(stamp_ns, opening)
        self._talked |= talking
        length = self._wide.duration(stamp_ns) if self._wide.current else 0.0
        if wide and _MAYBE_YAWN_S <= length <= _LONGEST_YAWN_S:
            self._wide_ns = stamp_ns
        yawn = self._counted
        if length < self._config.yawn_min:
            yawn = False
        elif wide and not yawn:
            long_enough = not self._talked or length >= self._config.yawn_talking
            yawn = long_enough and length <= _LONGEST_YAWN_S and self._has_its_shape(length)
            self.count += yawn
        self._counted = yawn
        if not yawn or length > _LONGEST_YAWN_S:
            return False
        self.duration = length
        return wide is not False

    def since_wide(self, now_ns: int) -> float:
        """Time since the mouth was last open as in a yawn, s; infinite if it never was."""
        return math.inf if self._wide_ns is None else max(0.0, to_s(now_ns - self._wide_ns))

    def interrupt(self) -> None:
        """Ends the present yawn: what follows is another person's."""
        self._wide.interrupt()
        self._shape = MouthShape()
        self._last = self._seen_ns = None
        self._wide_ns = None
        self._counted = False

    def _is_wide(self, stamp_ns: int, opening: float) -> bool | None:
        level = self._config.yawn_opening * (_NARROW_SHARE if self._wide.current else 1.0)
        wide = None if math.isnan(opening) else opening >= level
        change = None
        if self._last is not None and not math.isnan(opening):
            change = crossing_ns(*self._last, stamp_ns, opening, level)
        self._last = None if math.isnan(opening) else (stamp_ns, opening)
        confirm = _PAUSE_S if wide is False else 0.0
        self._wide.update(stamp_ns, wide, confirm_s=confirm, change_ns=change)
        since = self._wide.since_ns if self._wide.current else None
        if since is not None and since != self._since_ns:
            self._shape.begin()
            self._talked = False
        self._since_ns = since
        return wide

    def _follow(self, stamp_ns: int, opening: float) -> None:
        if self._seen_ns is not None and stamp_ns - self._seen_ns > self._hold_ns:
            self._shape = MouthShape()
        self._seen_ns = stamp_ns
        self._shape.update(stamp_ns, opening)

    def _has_its_shape(self, length: float) -> bool:
        """Whether what has lasted this long, s, looks like a yawn so far."""
        config, shape = self._config, self._shape
        rise = shape.rise_s
        if shape.height >= config.yawn_height:
            # A rise that was not seen, for instance at the start, speaks neither way.
            slow = not rise < config.yawn_rise
        else:
            slow = rise >= config.yawn_low_rise
        return slow and shape.narrowings <= config.yawn_narrowings * length
