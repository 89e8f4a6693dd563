"""What has arrived of one modality: how old, how often, and whether it says anything new."""

from __future__ import annotations

import math
from collections import Counter, deque
from enum import Enum

from affect_perception.core.buffers import to_ns, to_s
from affect_perception.core.config.fusion import ModalityConfig, PhysioModalityConfig
from affect_perception.core.enums import Availability, Modality, ModalityReason, TriState
from affect_perception.core.fusion.evidence import Evidence

RATE_WINDOW = 5.0
"""Time over which the rate of observations is counted, s."""
FEWEST_SAME = 3
"""Observations that must be the same before a modality can be stuck: two may be by chance."""


class Drop(str, Enum):
    """Why an observation was dropped; the value is what diagnostics call it."""

    OFF = "off"
    REPEATED = "repeated"
    TOO_OLD = "too_old"
    STAMP_JUMP = "stamp_jump"


class Inbox:
    """The observations of one modality.

    Args:
        modality: Which.
        config: Its limits.

    Attributes:
        dropped: How many were dropped, and why; since the beginning, also over a restart.
        jumped: Whether its stamps are away from those of the others.
    """

    def __init__(self, modality: Modality, config: ModalityConfig) -> None:
        self.modality = modality
        self.config = config
        self.dropped: Counter[Drop] = Counter()
        self._limit_ns = to_ns(config.age_limit)
        # Cameras and microphones that repeat themselves are found where their data come in.
        self._stuck = config.stuck if isinstance(config, PhysioModalityConfig) else math.inf
        self.restart()

    def restart(self) -> None:
        """Forgets what has arrived."""
        self.newest: Evidence | None = None
        self.jumped = False
        self._heard_ns: int | None = None
        self._delay_ns = 0
        self._same_since_ns = 0
        self._same = 0
        self._stamps: deque[int] = deque()

    def too_old(self, stamp_ns: int, now_ns: int) -> bool:
        """Whether an observation of this stamp can bring nothing any more."""
        return now_ns - stamp_ns > self._limit_ns

    def live(self, now_ns: int) -> bool:
        """Whether something has arrived lately, by the time that was then."""
        return self._heard_ns is not None and now_ns - self._heard_ns <= self._limit_ns

    def refuse(self, why: Drop, now_ns: int, stamp_ns: int) -> None:
        """Counts an observation that is not taken."""
        self.dropped[why] += 1
        self.jumped = why is Drop.STAMP_JUMP
        if why is Drop.TOO_OLD:
            self._heard_ns, self._delay_ns = now_ns, now_ns - stamp_ns

    def take(self, evidence: Evidence, now_ns: int) -> bool:
        """Takes an observation; false if its stamp is that of another (a repeated one)."""
        stamp = evidence.stamp_ns
        if stamp in self._stamps:
            self.refuse(Drop.REPEATED, now_ns, stamp)
            return False
        self.jumped = False
        self._heard_ns, self._delay_ns = now_ns, max(0, now_ns - stamp)
        self._stamps.append(stamp)
        if self.newest is None or stamp > self.newest.stamp_ns:
            self._compare(evidence)
            self.newest = evidence
        return True

    def _compare(self, evidence: Evidence) -> None:
        before = self.newest
        if before is not None and _same(before.mark, evidence.mark):
            self._same += 1
        else:
            self._same, self._same_since_ns = 1, evidence.stamp_ns

    @property
    def stuck(self) -> bool:
        """Whether it has said exactly the same for too long."""
        if self.newest is None or self._same < FEWEST_SAME:
            return False
        return to_s(self.newest.stamp_ns - self._same_since_ns) >= self._stuck

    def age(self, now_ns: int) -> float:
        """Time since the newest observation, s; NaN if there is none."""
        return math.nan if self.newest is None else to_s(now_ns - self.newest.stamp_ns)

    def rate(self, now_ns: int) -> float:
        """Observations per second over the last seconds; NaN before the second one."""
        begin = now_ns - to_ns(RATE_WINDOW)
        while self._stamps and self._stamps[0] < begin:
            self._stamps.popleft()
        if len(self._stamps) < 2:
            return 0.0 if self._stamps else math.nan
        return (len(self._stamps) - 1) / max(to_s(max(self._stamps) - min(self._stamps)), 1e-3)

    def reasons(self, now_ns: int) -> tuple[ModalityReason, ...]:
        """Why it brings less, or nothing."""
        if not self.config.use:
            return (ModalityReason.OFF,)
        if self.jumped:
            return (ModalityReason.STAMP_JUMP,)
        late = to_s(self._delay_ns) > self.config.late and self.live(now_ns)
        newest = self.newest
        if newest is None:
            return (ModalityReason.LATE,) if late else (ModalityReason.NO_DATA,)
        age = self.age(now_ns)
        if age > self.config.age_limit:
            return (ModalityReason.LATE,) if late else (ModalityReason.STOPPED,)
        if self.stuck:
            return (ModalityReason.STUCK,)
        if not newest.usable:
            return (ModalityReason.NOT_USABLE,)
        reasons = []
        if age > self.config.late:
            reasons.append(ModalityReason.LATE if late else ModalityReason.HELD)
        if not newest.trusted:
            reasons.append(ModalityReason.LOW_QUALITY)
        if self.modality is Modality.VOICE and _silent(newest):
            reasons.append(ModalityReason.NOT_TALKING)
        return tuple(reasons)


_NOTHING_COMES = frozenset(
    {
        ModalityReason.OFF,
        ModalityReason.STOPPED,
        ModalityReason.STUCK,
        ModalityReason.STAMP_JUMP,
        ModalityReason.NOT_USABLE,
    }
)


def availability_of(reasons: tuple[ModalityReason, ...], *, held: bool) -> Availability:
    """How far a modality with these reasons can be used.

    Args:
        reasons: As from `Inbox.reasons`.
        held: Whether its newest observation is within the age limit.
    """
    if ModalityReason.NO_DATA in reasons:
        return Availability.UNKNOWN
    if not held or not _NOTHING_COMES.isdisjoint(reasons):
        return Availability.UNAVAILABLE
    less = [reason for reason in reasons if reason is not ModalityReason.NOT_TALKING]
    return Availability.DEGRADED if less else Availability.AVAILABLE


def _silent(evidence: Evidence) -> bool:
    return evidence.talking is not TriState.YES and not evidence.tells_classes


def _same(mark: tuple[float, ...], other: tuple[float, ...]) -> bool:
    """Whether two observations say the same; nothing is the same as nothing."""
    if not any(math.isfinite(value) for value in mark):
        return False
    return len(mark) == len(other) and all(
        a == b or (math.isnan(a) and math.isnan(b)) for a, b in zip(mark, other, strict=True)
    )
