"""Glances: is the gaze on the road, since when, and at what otherwise (ISO 15007 terms)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from affect_perception.core.attention.attention_buffer import AttentionBuffer
from affect_perception.core.attention.profile import Profile
from affect_perception.core.attention.switch import NAN, Switch
from affect_perception.core.buffers import Interval, IntervalWindow, to_s
from affect_perception.core.cabin import DRIVING_TASK_KINDS, CabinGeometry
from affect_perception.core.config import AttentionConfig
from affect_perception.core.enums import TriState
from affect_perception.core.types import GazeObservation, ZoneEstimate


@dataclass(frozen=True)
class GlanceState:
    """What is known about glances after a picture.

    Attributes:
        on_road: Whether the eyes rest on the road, after debouncing.
        zone: Zone of the present glance, None if unknown.
        off_road: Length of the present glance away, s; 0 while on the road; NaN if unknown.
        on_road_duration: Length of the present glance at the road, s; 0 while off; NaN if unknown.
        cumulative_off_road: Off-road time in the window of the message, s; NaN if unknown.
        cumulative_since_reset: The same since the last glance at the road that was long enough to
            start afresh, s; NaN if unknown.
        attention_buffer: AttenD buffer, s; NaN if unknown.
    """

    on_road: TriState
    zone: str | None
    off_road: float
    on_road_duration: float
    cumulative_off_road: float
    cumulative_since_reset: float
    attention_buffer: float


class GlanceTracker:
    """Cuts the gaze into glances.

    The road decision has hysteresis on the summed probability of the road zones, and is debounced
    (see `Switch`). Which zone a glance rests on is followed apart from it, so that a gaze that
    flickers between two zones away from the road is still one glance away.
    """

    def __init__(self, config: AttentionConfig, cabin: CabinGeometry, profile: Profile) -> None:
        self._config = config
        self._cabin = cabin
        self._reset_s = profile.cumulative_reset.value
        self._road: Switch[bool] = Switch(config.hold)
        self._zone: Switch[str] = Switch(config.hold)
        self._raw_on_road: bool | None = None
        # The message promises 30 s, whatever the profile.
        self._published: IntervalWindow[bool] = IntervalWindow(30.0)
        self._since_reset: IntervalWindow[bool] = IntervalWindow(profile.cumulative_window.value)
        self._buffer = AttentionBuffer()

    def update(
        self,
        stamp_ns: int,
        gaze: GazeObservation | None,
        zone: ZoneEstimate,
        eyes_shut: bool,
        lids_lowered: bool = False,
        closure: Interval[bool] | None = None,
    ) -> GlanceState:
        """Takes one picture.

        Args:
            stamp_ns: Its stamp.
            gaze: Direction of gaze, None if unknown.
            zone: Where it falls.
            eyes_shut: Lids too low for the gaze to mean anything; blinks do not end a glance.
            lids_lowered: The lids follow a look down: not at the road, whatever the head does.
            closure: Time decided as slow closure by this picture: it drains the buffer.
        """
        probability = NAN if eyes_shut else self._on_road_probability(gaze, zone)
        if lids_lowered:
            probability = 0.0
        on_road = self._hysteresis(probability)
        name = zone.name if on_road is not None else None
        hold = self._config.blink_max if eyes_shut else None
        confirm = self._config.glance_return_min if on_road else self._config.glance_min
        self._zone.update(stamp_ns, name, confirm_s=self._config.glance_min, hold_s=hold)
        decided = self._road.update(stamp_ns, on_road, confirm_s=confirm, hold_s=hold)
        task = self._cabin.kinds.get(self._zone.current or "") in DRIVING_TASK_KINDS
        for interval in decided:
            self._published.append(interval)
            self._since_reset.append(interval)
            self._buffer.spend(interval.duration, interval.value, task)
        if closure is not None:
            self._buffer.spend(closure.duration, False, False)
        return self._state(stamp_ns)

    def interrupt(self) -> None:
        """Ends the present glance: what follows is another person's."""
        self._road.interrupt()
        self._zone.interrupt()
        self._raw_on_road = None

    def _on_road_probability(self, gaze: GazeObservation | None, zone: ZoneEstimate) -> float:
        if gaze is None or zone.on_road is TriState.UNKNOWN:
            return NAN
        if not all(std <= self._config.gaze_std_max for std in gaze.std):
            return NAN
        if not zone.probabilities:
            return 1.0 if zone.on_road is TriState.YES else 0.0
        names = self._cabin.on_road_names
        return math.fsum(p for name, p in zone.probabilities.items() if name in names)

    def _hysteresis(self, probability: float) -> bool | None:
        if math.isnan(probability):
            return None
        if self._raw_on_road is None:
            self._raw_on_road = probability >= 0.5
        elif self._raw_on_road and probability < self._config.on_road_leave:
            self._raw_on_road = False
        elif not self._raw_on_road and probability > self._config.on_road_enter:
            self._raw_on_road = True
        return self._raw_on_road

    def _state(self, stamp_ns: int) -> GlanceState:
        on_road = self._road.current
        if on_road is None:
            self._raw_on_road = None
        duration = self._road.duration(stamp_ns)
        if on_road and duration >= self._reset_s:
            self._since_reset.clear()
        answer = TriState.UNKNOWN
        if on_road is not None:
            answer = TriState.YES if on_road else TriState.NO
        known = on_road is not None
        return GlanceState(
            on_road=answer,
            zone=self._zone.current,
            off_road=(0.0 if on_road else duration) if known else NAN,
            on_road_duration=(duration if on_road else 0.0) if known else NAN,
            cumulative_off_road=_off_road(self._published, stamp_ns),
            cumulative_since_reset=(_off_road(self._since_reset, stamp_ns, 0.0) if known else NAN),
            attention_buffer=self._buffer.level,
        )


def _off_road(window: IntervalWindow[bool], now_ns: int, if_empty: float = NAN) -> float:
    """Seconds off road in a window of on-road flags."""
    window.expire(now_ns)
    off_ns, off_count = window.total(now_ns, False)
    if not off_count and not window.total(now_ns, True)[1]:
        return if_empty
    return to_s(off_ns)
