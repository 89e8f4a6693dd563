"""Whether the eyes are closed, since when, and which closures were blinks.

Closed means at least 80 % closed relative to the driver's own open eye (the P80 of PERCLOS), in
both eyes, as far as seen. An eye that is not seen is unknown and never closed: in a field trial
39 % of the invalid drowsiness alerts came from reading it as closed (secondary source, verified
against the primary text: no).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from affect_perception.core.attention.switch import NAN, Switch, crossing_ns
from affect_perception.core.buffers import Interval, to_ns
from affect_perception.core.config import AttentionConfig
from affect_perception.core.enums import EyesState
from affect_perception.core.types import EyeObservation, HeadPose

# Two eyes that differ by more than this are a wink or one misread eye: the open one is believed.
_DISAGREEMENT = 0.5
# Keeps a perfectly certain eye (std 0 in scripted input) from taking all the weight.
_STD_FLOOR = 0.02
# The deviation grows with the openness, as long as the driver's own open eye is not well known; an
# eye at 1.3 +- 0.35 is open all the same.
_RELATIVE_STD_MAX = 1.0 / 3.0
# Why the vision gives up an eye whose lids follow a look down.
_LOOK_DOWN_REASONS = frozenset({"lowered", "seen_from_above"})
# Lids on their way through a blink look lowered for up to 0.13 s on clips.
_LOWERED_MIN_S = 0.2
# At twice the look-down pitch the threshold has fallen to this share.
_LOOK_DOWN_SHARE = 0.5


@dataclass(frozen=True)
class EyeState:
    """What is known about the eyes after a picture.

    Attributes:
        state: OPEN, CLOSED, or UNKNOWN if not seen.
        openness: Both eyes together, relative to the open eye; NaN if unknown.
        closure: Time since the eyes closed, s; 0 while open; NaN if unknown.
        open_for: Time since they opened, s; 0 while closed; NaN if unknown.
        decided: Time decided by this picture: closed (True) or open.
        shut: The lids are too low for the gaze to mean anything.
        lowered: The lids are down as in a look down, for longer than a blink passes through that.
        lowered_ns: Since when; None if they are not.
    """

    state: EyesState
    openness: float
    closure: float
    open_for: float
    decided: tuple[Interval[bool], ...]
    shut: bool
    lowered: bool
    lowered_ns: int | None


def combined_openness(left: EyeObservation, right: EyeObservation, std_max: float) -> float:
    """Openness of both eyes together, NaN if neither can be believed.

    The mean weighted by the inverse variances; if the eyes disagree, the more open one.
    """
    eyes = [
        (eye.openness, eye.openness_std if math.isfinite(eye.openness_std) else std_max)
        for eye in (left, right)
        if eye.usable
        and math.isfinite(eye.openness)
        and not eye.openness_std > max(std_max, eye.openness * _RELATIVE_STD_MAX)
    ]
    if not eyes:
        return NAN
    values = [openness for openness, _ in eyes]
    if max(values) - min(values) > _DISAGREEMENT:
        return max(values)
    weights = [1.0 / max(std, _STD_FLOOR) ** 2 for _, std in eyes]
    return math.fsum(w * v for w, v in zip(weights, values, strict=True)) / math.fsum(weights)


class EyeClosureTracker:
    """Follows closing and opening, with hysteresis and the guard against looking down."""

    def __init__(self, config: AttentionConfig) -> None:
        self._config = config
        self._closed: Switch[bool] = Switch(config.hold)
        self._last: tuple[int, float] | None = None
        self._low_since_ns: int | None = None
        self._lowered_since_ns: int | None = None
        self._before_ns: int | None = None

    def update(
        self,
        stamp_ns: int,
        left: EyeObservation,
        right: EyeObservation,
        head: HeadPose | None,
    ) -> EyeState:
        """Takes one picture."""
        openness = combined_openness(left, right, self._config.openness_std_max)
        level = self._closed_level(head)
        closed = self._judge(openness, level)
        change = self._change_ns(stamp_ns, openness, level)
        confirm = 0.0
        if closed is False and openness < self._config.blink_above:
            confirm = self._config.reopening_min
        decided = self._closed.update(stamp_ns, closed, confirm_s=confirm, change_ns=change)
        passing, lowered = self._lowered(stamp_ns, left, right)
        self._before_ns = stamp_ns
        shut = passing or self._is_shut(stamp_ns, openness)
        self._last = None if math.isnan(openness) else (stamp_ns, openness)
        # A picture without eyes is bridged in the durations, but says nothing of its own.
        known = self._closed.current is not None and closed is not None
        duration = self._closed.duration(stamp_ns)
        is_closed = bool(self._closed.current)
        state = EyesState.UNKNOWN
        if known:
            state = EyesState.CLOSED if is_closed else EyesState.OPEN
        return EyeState(
            state=state,
            openness=openness,
            closure=(duration if is_closed else 0.0) if known else NAN,
            open_for=(0.0 if is_closed else duration) if known else NAN,
            decided=tuple(decided),
            shut=shut or (known and is_closed),
            lowered=lowered,
            lowered_ns=self._lowered_since_ns if lowered else None,
        )

    def interrupt(self) -> None:
        """Ends the present closure: what follows is another person's."""
        self._closed.interrupt()
        self._last = None
        self._low_since_ns = None
        self._lowered_since_ns = None

    def _lowered(
        self, stamp_ns: int, left: EyeObservation, right: EyeObservation
    ) -> tuple[bool, bool]:
        """Whether the lids are lowered for a moment, and whether for longer."""
        reasons = {left.reason, right.reason}
        if left.usable or right.usable or _LOOK_DOWN_REASONS.isdisjoint(reasons):
            self._lowered_since_ns = None
            return False, False
        if self._lowered_since_ns is None:
            self._lowered_since_ns = self._since_before(stamp_ns)
        longer = stamp_ns - self._lowered_since_ns >= to_ns(_LOWERED_MIN_S)
        return not longer, longer

    def _since_before(self, stamp_ns: int) -> int:
        """Midway between this picture and the one before, if that is near enough."""
        before = self._before_ns
        if before is None or stamp_ns - before > to_ns(self._config.hold):
            return stamp_ns
        return (before + stamp_ns) // 2

    def _closed_level(self, head: HeadPose | None) -> float:
        """Openness below which the eyes are closed; NaN if a lowered lid would say nothing.

        Lids follow a downward look. From `look_down_start_deg` the threshold falls, and at twice
        that pitch a lowered lid is no evidence at all. The pitch counts with its uncertainty.
        """
        if head is None:
            return self._config.closed_below
        start = math.radians(self._config.look_down_start_deg)
        uncertainty = head.std[1] if math.isfinite(head.std[1]) else 0.0
        down = -head.pitch + uncertainty
        if math.isnan(down) or down <= start:
            return self._config.closed_below
        if down >= 2.0 * start:
            return NAN
        fall = (1.0 - _LOOK_DOWN_SHARE) * (down - start) / start
        return self._config.closed_below * (1.0 - fall)

    def _judge(self, openness: float, level: float) -> bool | None:
        if math.isnan(openness):
            return None
        if openness >= self._config.open_above:
            return False
        if math.isnan(level):
            return None
        if openness < level:
            return True
        # Between the thresholds the eyes stay as they were; without a past they count as open.
        return bool(self._closed.current)

    def _change_ns(self, stamp_ns: int, openness: float, level: float) -> int | None:
        if self._last is None or math.isnan(openness) or math.isnan(level):
            return None
        return crossing_ns(*self._last, stamp_ns, openness, level)

    def _is_shut(self, stamp_ns: int, openness: float) -> bool:
        """Lids low for less than a blink: the gaze seen under them is not to be trusted.

        Lids that stay low longer belong to a look down, whose gaze counts.
        """
        if math.isnan(openness) or openness >= self._config.open_above:
            self._low_since_ns = None
            return False
        if self._low_since_ns is None:
            self._low_since_ns = stamp_ns
        return stamp_ns - self._low_since_ns <= to_ns(self._config.blink_max)
