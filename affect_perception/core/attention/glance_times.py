"""What glances add up to: windows, tasks and the attention buffer, less the time a profile exempts.

Whether the gaze is on the road, and on what kind of thing it rests otherwise, become known at
different instants (each change must last before it counts). Here both are joined, so that every
second is counted once and as what it was.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from affect_perception.core.attention.attention_buffer import FREE_TASK_S, AttentionBuffer
from affect_perception.core.attention.profile import Profile
from affect_perception.core.attention.switch import NAN
from affect_perception.core.buffers import Interval, IntervalWindow, to_ns, to_s
from affect_perception.core.cabin import ZoneRole

MESSAGE_WINDOW_S = 30.0
"""The message promises the cumulation over 30 s, whatever the profile."""

# Time is not kept waiting for its role for longer than this: a gaze that flickers between many
# things is not on a mirror.
_WAIT_NS = to_ns(0.25)


class GlanceTimes:
    """Keeps the sums. Time that nothing is known about counts nowhere."""

    def __init__(self, profile: Profile) -> None:
        self._exempt = {role: free.value for role, free in profile.exempt_roles.items()}
        sums = {role: free.value for role, free in profile.sums_exempt_roles.items()}
        self._sums_exempt = {
            role: max(self._exempt.get(role, 0.0), sums.get(role, 0.0)) for role in ZoneRole
        }
        self._buffer_free = self._exempt.get(ZoneRole.DRIVING_TASK, FREE_TASK_S)
        self._looks = profile.phone_looks.value
        self._window_ns = to_ns(profile.cumulative_window.value)
        self._published: IntervalWindow[bool] = IntervalWindow(MESSAGE_WINDOW_S)
        # In these two, False is counted time away; in the phone's, True is phone use.
        self._counted: IntervalWindow[bool] = IntervalWindow(profile.cumulative_window.value)
        self._phone: IntervalWindow[bool] = IntervalWindow(profile.cumulative_window.value)
        self._buffer = AttentionBuffer()
        self._task_s = 0.0
        self._waiting: deque[Interval[bool]] = deque()
        self._roles: deque[Interval[ZoneRole]] = deque()
        self._visit: tuple[ZoneRole, float] | None = None
        self._glance_ns = 0
        self._glance_free_s = 0.0

    @property
    def buffer_level(self) -> float:
        """What the attention buffer holds, s; NaN before the first decided time."""
        return self._buffer.level

    @property
    def task_off_road(self) -> float:
        """Counted time away within the present task, s."""
        return self._task_s

    def take(
        self,
        stamp_ns: int,
        road: Iterable[Interval[bool]],
        roles: Iterable[Interval[ZoneRole]],
        role_settled_ns: int,
    ) -> None:
        """Takes what a picture has decided.

        Args:
            stamp_ns: Its stamp.
            road: Time on (True) and off the road.
            roles: Time by the role of what the gaze rested on.
            role_settled_ns: Up to when roles have been decided.
        """
        self._waiting.extend(road)
        self._roles.extend(roles)
        until_ns = max(role_settled_ns, stamp_ns - _WAIT_NS)
        while self._waiting and self._waiting[0].start_ns < until_ns:
            interval = self._waiting.popleft()
            if interval.end_ns > until_ns:
                self._waiting.appendleft(Interval(until_ns, interval.end_ns, interval.value))
            self._split(interval.start_ns, min(interval.end_ns, until_ns), interval.value)
        keep_ns = self._waiting[0].start_ns if self._waiting else until_ns
        while self._roles and self._roles[0].end_ns <= keep_ns:
            self._roles.popleft()

    def begin_glance(self, since_ns: int) -> None:
        """A glance away has begun: its free time is counted afresh."""
        if since_ns != self._glance_ns:
            self._glance_ns, self._glance_free_s = since_ns, 0.0

    def close_eyes(self, seconds: float) -> None:
        """Lets time of a slow closure pass: nobody attends with closed eyes."""
        self._buffer.spend(seconds)

    def restart_cumulation(self) -> None:
        """A glance at the road was long enough to start the cumulation afresh."""
        self._counted.clear()
        self._phone.clear()

    def end_task(self) -> None:
        """A glance at the road was long enough to end the task."""
        self._task_s = 0.0

    def free_left(self, role: ZoneRole | None) -> float:
        """How long a look at the role would still be free, s."""
        free = self._exempt.get(role, 0.0) if role is not None else 0.0
        return max(0.0, free - self._used(role)) if free else 0.0

    def sums_free_left(self, role: ZoneRole | None) -> float:
        """How long a look at the role would still be free in what adds up, s."""
        free = self._sums_exempt.get(role, 0.0) if role is not None else 0.0
        return max(0.0, free - self._used(role)) if free else 0.0

    def buffer_free_left(self, role: ZoneRole | None) -> float:
        """How long a look at the role would still leave the buffer as it is, s."""
        if role is not ZoneRole.DRIVING_TASK:
            return 0.0
        return max(0.0, self._buffer_free - self._used(role))

    def glance_free(self) -> float:
        """Exempt time within the present glance away, s."""
        return self._glance_free_s

    def published(self, now_ns: int) -> float:
        """Time away in the window of the message, s; NaN if nothing in it is known."""
        self._published.expire(now_ns)
        off_ns, off_count = self._published.total(now_ns, False)
        if not off_count and not self._published.total(now_ns, True)[1]:
            return NAN
        return to_s(off_ns)

    def cumulative(self, now_ns: int) -> float:
        """Counted time away in the profile's window since it last started afresh, s."""
        self._counted.expire(now_ns)
        return to_s(self._counted.total(now_ns, False)[0])

    def phone_use(self, now_ns: int) -> float:
        """The part of it that looked like phone use, s; 0 for too few looks."""
        self._phone.expire(now_ns)
        time_ns, looks = self._phone.total(now_ns, True)
        return to_s(time_ns) if looks >= self._looks else 0.0

    def until_cumulative(self, now_ns: int, limit_s: float) -> float:
        """Time until the cumulation reaches a limit if the glance away goes on, s."""
        return self._until(self._counted, now_ns, False, limit_s)

    def until_phone_use(self, now_ns: int, limit_s: float) -> float:
        """The same for phone use; NaN as long as there were too few looks."""
        if self._phone.total(now_ns, True)[1] < self._looks:
            return NAN
        return self._until(self._phone, now_ns, True, limit_s)

    def _until(
        self, window: IntervalWindow[bool], now_ns: int, value: bool, limit_s: float
    ) -> float:
        """When a sum over a sliding window reaches a limit that it gains on with every second.

        What leaves the window at its far end is lost, so while an old interval leaves it the sum
        stands still.
        """
        missing_ns = to_ns(limit_s) - window.total(now_ns, value)[0]
        passed_ns, edge_ns = 0, now_ns - self._window_ns
        for interval in window.within(now_ns):
            if missing_ns <= 0:
                break
            if interval.value != value:
                continue
            gap_ns = interval.start_ns - edge_ns
            if missing_ns <= gap_ns:
                break
            missing_ns -= gap_ns
            passed_ns += interval.end_ns - edge_ns
            edge_ns = interval.end_ns
        return to_s(passed_ns + max(0, missing_ns))

    def _used(self, role: ZoneRole | None) -> float:
        return self._visit[1] if self._visit is not None and self._visit[0] is role else 0.0

    def _split(self, start_ns: int, end_ns: int, on_road: bool) -> None:
        self._published.append(Interval(start_ns, end_ns, on_road))
        if on_road:
            self._visit = None
            self._counted.append(Interval(start_ns, end_ns, True))
            self._buffer.fill(to_s(end_ns - start_ns))
            return
        for part in self._roles:
            if part.end_ns <= start_ns:
                continue
            if part.start_ns >= end_ns:
                break
            if part.start_ns > start_ns:
                self._away(start_ns, part.start_ns, ZoneRole.NON_DRIVING)
                start_ns = part.start_ns
            self._away(start_ns, min(part.end_ns, end_ns), part.value)
            start_ns = min(part.end_ns, end_ns)
        if start_ns < end_ns:
            self._away(start_ns, end_ns, ZoneRole.NON_DRIVING)

    def _away(self, start_ns: int, end_ns: int, role: ZoneRole) -> None:
        """Counts a stretch away from the road that rested on one role."""
        length_s = to_s(end_ns - start_ns)
        free_s = min(self.free_left(role), length_s)
        self._buffer.spend(length_s - min(self.buffer_free_left(role), length_s))
        if start_ns >= self._glance_ns:
            self._glance_free_s += free_s
        free_s = min(self.sums_free_left(role), length_s)
        self._task_s += length_s - free_s
        counted_ns = start_ns + to_ns(free_s)
        if counted_ns < end_ns:
            self._counted.append(Interval(counted_ns, end_ns, False))
            if role is ZoneRole.PHONE:
                self._phone.append(Interval(counted_ns, end_ns, True))
        self._visit = (role, self._used(role) + length_s)
