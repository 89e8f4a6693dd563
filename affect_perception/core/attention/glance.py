"""Glances: is the gaze on the road, since when, and at what otherwise (ISO 15007 terms)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from affect_perception.core.attention.attention_buffer import CAPACITY_S
from affect_perception.core.attention.glance_times import GlanceTimes
from affect_perception.core.attention.profile import Profile
from affect_perception.core.attention.switch import NAN, Switch
from affect_perception.core.buffers import Interval, to_s
from affect_perception.core.cabin import CabinGeometry, ZoneRole
from affect_perception.core.config import AttentionConfig
from affect_perception.core.enums import TriState
from affect_perception.core.types import GazeObservation, ZoneEstimate
from affect_perception.core.vision.zones import role_probabilities


@dataclass(frozen=True)
class GlanceState:
    """What is known about glances after a picture.

    Attributes:
        on_road: Whether the eyes rest on the road, after debouncing.
        seen_on_road: What this picture alone says about it; None if nothing.
        off_road: Length of the present glance away, s; 0 while on the road; NaN if unknown.
        off_road_counted: The same without the time that the profile exempts, s.
        on_road_duration: Length of the present glance at the road, s; 0 while off; NaN if unknown.
        cumulative_off_road: Off-road time in the window of the message, s; NaN if unknown.
        cumulative_since_reset: Counted time away in the profile's window since the last glance at
            the road that was long enough to start afresh, s; NaN if unknown.
        phone_use: The part of it that looked like phone use, s; NaN if unknown.
        task_off_road: Counted time away within the present task, s; NaN if unknown.
        attention_buffer: AttenD buffer, s; NaN if unknown.
    """

    on_road: TriState
    seen_on_road: bool | None
    off_road: float
    off_road_counted: float
    on_road_duration: float
    cumulative_off_road: float
    cumulative_since_reset: float
    phone_use: float
    task_off_road: float
    attention_buffer: float


class GlanceTracker:
    """Cuts the gaze into glances.

    The road decision has hysteresis on the summed probability of the road zones, and is debounced
    (see `Switch`). What a glance rests on is followed apart from it, so that a gaze that flickers
    between two things away from the road is still one glance away.
    """

    def __init__(self, config: AttentionConfig, cabin: CabinGeometry, profile: Profile) -> None:
        self._config = config
        self._cabin = cabin
        self._reset_s = profile.cumulative_reset.value
        self._task_end_s = profile.task_end.value
        self._phone_pitch = profile.phone_pitch.value
        self._road: Switch[bool] = Switch(config.hold)
        self._role: Switch[ZoneRole] = Switch(config.hold)
        self._times = GlanceTimes(profile)
        self._raw_on_road: bool | None = None

    def update(
        self,
        stamp_ns: int,
        gaze: GazeObservation | None,
        zone: ZoneEstimate,
        eyes_shut: bool,
        lowered_ns: int | None = None,
        closure: Interval[bool] | None = None,
    ) -> GlanceState:
        """Takes one picture.

        Args:
            stamp_ns: Its stamp.
            gaze: Direction of gaze, None if unknown.
            zone: Where it falls.
            eyes_shut: Lids too low for the gaze to mean anything; blinks do not end a glance.
            lowered_ns: Since when the lids follow a look down, None if they do not: not at the
                road, whatever the head does.
            closure: Time decided as slow closure by this picture: it drains the buffer.
        """
        masses = None if eyes_shut else self._masses(gaze, zone)
        probability = NAN if masses is None else masses.get(ZoneRole.ROAD, 0.0)
        if lowered_ns is not None:
            probability = 0.0
        on_road = self._hysteresis(probability)
        role: ZoneRole | None = None
        if on_road is not None:
            role = (
                ZoneRole.ROAD
                if on_road
                else self._off_road_role(gaze, masses, lowered_ns is not None)
            )
        hold = self._config.blink_max if eyes_shut else None
        confirm = self._config.glance_return_min if on_road else self._config.glance_min
        roles = self._role.update(
            stamp_ns, role, confirm_s=confirm, hold_s=hold, change_ns=lowered_ns
        )
        decided = self._road.update(
            stamp_ns, on_road, confirm_s=confirm, hold_s=hold, change_ns=lowered_ns
        )
        if self._road.current is False:
            self._times.begin_glance(self._road.since_ns)
        settled = stamp_ns if self._role.current is None else self._role.settled_ns
        self._times.take(stamp_ns, decided, roles, settled)
        if closure is not None:
            self._times.close_eyes(closure.duration)
        return self._state(stamp_ns, on_road)

    def interrupt(self) -> None:
        """Ends the present glance: what follows is another person's."""
        self._road.interrupt()
        self._role.interrupt()
        self._raw_on_road = None

    def restart_sums(self) -> None:
        """What adds up over several glances starts afresh."""
        self._times.restart_cumulation()
        self._times.end_task()

    def time_until(self, measure: str, limit: float, now_ns: int) -> float:
        """Time until a measure of glances reaches a limit if the driver goes on so, s.

        NaN if it would not: on the road, while a look back waits for acceptance, or where the
        gaze rests on something that the profile exempts for good.
        """
        if self._road.current is not False or self._road.candidate is not None:
            return NAN
        role = self._present_role()
        free = self._times.sums_free_left(role)
        if measure == "buffer_spent":
            free = self._times.buffer_free_left(role)
            left = limit - (CAPACITY_S - self._times.buffer_level)
        elif measure == "cumulative_off_road":
            left = self._times.until_cumulative(now_ns, limit)
        elif measure == "phone_use":
            left = self._times.until_phone_use(now_ns, limit) if role is ZoneRole.PHONE else NAN
        elif measure == "task_off_road":
            left = limit - self._times.task_off_road
        else:
            free = self._times.free_left(role)
            left = limit - self._counted_glance(now_ns)
        until = left if math.isnan(left) else max(0.0, left) + free
        return until if math.isfinite(until) else NAN

    def _masses(
        self, gaze: GazeObservation | None, zone: ZoneEstimate
    ) -> dict[ZoneRole, float] | None:
        """Probability by role; None if the gaze says nothing about zones."""
        if gaze is None or zone.on_road is TriState.UNKNOWN:
            return None
        limit = self._config.gaze_std_max
        if not (gaze.std[0] <= limit and gaze.std[1] <= limit):
            return None
        if not zone.probabilities:
            on_road = zone.on_road is TriState.YES
            role = self._cabin.roles.get(zone.name, ZoneRole.NON_DRIVING)
            return {ZoneRole.ROAD if on_road else role: 1.0}
        return role_probabilities(zone, self._cabin)

    def _off_road_role(
        self,
        gaze: GazeObservation | None,
        masses: dict[ZoneRole, float] | None,
        lids_lowered: bool,
    ) -> ZoneRole:
        """What a look away rests on; a look far down counts as one at a phone."""
        if lids_lowered:
            return ZoneRole.PHONE
        best, most = ZoneRole.NON_DRIVING, 0.0
        for role, probability in (masses or {}).items():
            if role is not ZoneRole.ROAD and probability > most:
                best, most = role, probability
        low = gaze is not None and gaze.pitch <= self._phone_pitch
        return ZoneRole.PHONE if low and best is not ZoneRole.DRIVING_TASK else best

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

    def _present_role(self) -> ZoneRole | None:
        candidate = self._role.candidate
        return self._role.current if candidate is None else candidate[0]

    def _counted_glance(self, now_ns: int) -> float:
        """Length of the present glance away without exempt time, s."""
        waiting_ns = self._role.settled_ns
        if self._role.candidate is not None:
            waiting_ns = max(waiting_ns, self._role.candidate[1])
        waiting = to_s(max(0, now_ns - waiting_ns)) if self._role.current is not None else 0.0
        free = self._times.glance_free() + min(waiting, self._times.free_left(self._present_role()))
        return max(0.0, self._road.duration(now_ns) - free)

    def _state(self, stamp_ns: int, seen: bool | None) -> GlanceState:
        on_road = self._road.current
        if on_road is None:
            self._raw_on_road = None
        duration = self._road.duration(stamp_ns)
        if on_road and duration >= self._reset_s:
            self._times.restart_cumulation()
        if on_road and duration >= self._task_end_s:
            self._times.end_task()
        known = on_road is not None
        counted = NAN
        if known:
            counted = 0.0 if on_road else self._counted_glance(stamp_ns)
        times = self._times
        return GlanceState(
            on_road=(TriState.YES if on_road else TriState.NO) if known else TriState.UNKNOWN,
            seen_on_road=seen,
            off_road=(0.0 if on_road else duration) if known else NAN,
            off_road_counted=counted,
            on_road_duration=(duration if on_road else 0.0) if known else NAN,
            cumulative_off_road=times.published(stamp_ns),
            cumulative_since_reset=times.cumulative(stamp_ns) if known else NAN,
            phone_use=times.phone_use(stamp_ns) if known else NAN,
            task_off_road=times.task_off_road if known else NAN,
            attention_buffer=times.buffer_level,
        )
