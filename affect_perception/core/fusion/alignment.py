"""Brings the observations of all modalities onto one time line, by their stamps alone.

Time is the newest stamp that was accepted, or the time up to which somebody says that nothing
came (`NoObservation`). An observation that is older than its modality's limit is dropped and
counted. One whose stamp is far ahead of the time line, or far behind, comes from another clock:
either its sensor has lost the time, then it is left out; or time itself has jumped (a recording
that starts again, a time line that was that of a sensor which is behind), then most of what is
live jumps to one time, and everything starts afresh.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from affect_perception.core.buffers import to_ns
from affect_perception.core.config.fusion import FusionConfig
from affect_perception.core.enums import Modality
from affect_perception.core.fusion.evidence import Evidence
from affect_perception.core.fusion.inbox import Drop, Inbox

CONFIRM = 1.5
"""For how long (by its own stamps) a modality that jumped must have gone on before it is believed
against what is silent or behind, s. Longer than the time between two observations of the slowest
modality; less than the 2 s within which a sensor that is back must count."""
LAG = 60.0
"""Step ahead up to which, of two modalities, the one that is ahead is believed after `CONFIRM`, s:
a queue that is behind by that much is more likely than a clock that is ahead, and what it holds is
too old to be of use. Chosen; a larger step is another clock."""


@dataclass
class _Strange:
    """Stamps of one modality that are away from the time line.

    Attributes:
        last_ns: The newest one.
        alone_since_ns: First since another modality was taken.
        ahead_since_ns: First since they are ahead by less than `LAG`; None if the last is not.
    """

    last_ns: int
    alone_since_ns: int | None = None
    ahead_since_ns: int | None = None


@dataclass(frozen=True)
class NoObservation:
    """Says that nothing newer has arrived up to `stamp_ns`; comes from whoever watches the time."""

    stamp_ns: int


class Verdict(Enum):
    """What became of an observation."""

    TAKEN = "taken"
    DROPPED = "dropped"
    RESTARTED = "restarted"


class Alignment:
    """The time line of one driver.

    Args:
        config: Limits.

    Attributes:
        inboxes: What has arrived of each modality.
    """

    def __init__(self, config: FusionConfig) -> None:
        self._jump_ns = to_ns(config.stamp_jump)
        self.inboxes: Mapping[Modality, Inbox] = {
            Modality.FACE: Inbox(Modality.FACE, config.face),
            Modality.VOICE: Inbox(Modality.VOICE, config.voice),
            Modality.PHYSIO: Inbox(Modality.PHYSIO, config.physio),
        }
        self._now_ns: int | None = None
        self._strangers: dict[Modality, _Strange] = {}

    @property
    def now_ns(self) -> int | None:
        """The time; None before the first observation."""
        return self._now_ns

    def pass_time(self, stamp_ns: int) -> None:
        """Nothing has come up to this time."""
        self._now_ns = stamp_ns if self._now_ns is None else max(stamp_ns, self._now_ns)

    def receive(self, evidence: Evidence) -> Verdict:
        """Takes one observation, or drops it and counts why."""
        inbox, stamp = self.inboxes[evidence.modality], evidence.stamp_ns
        now = stamp if self._now_ns is None else self._now_ns
        if not inbox.config.use:
            inbox.refuse(Drop.OFF, now, stamp)
            return Verdict.DROPPED
        if self._strange(stamp, now, inbox):
            if not self._time_jumped(inbox, stamp, now):
                inbox.refuse(Drop.STAMP_JUMP, now, stamp)
                return Verdict.DROPPED
            self._restart(stamp)
            inbox.take(evidence, stamp)
            return Verdict.RESTARTED
        if inbox.too_old(stamp, now):
            inbox.refuse(Drop.TOO_OLD, now, stamp)
            return Verdict.DROPPED
        self._now_ns = max(now, stamp)
        self._strangers.pop(evidence.modality, None)
        for stranger in self._strangers.values():
            # Who has jumped is not alone: the time of before goes on.
            stranger.alone_since_ns = None
        return Verdict.TAKEN if inbox.take(evidence, self._now_ns) else Verdict.DROPPED

    def _strange(self, stamp_ns: int, now_ns: int, inbox: Inbox) -> bool:
        if stamp_ns - now_ns > self._jump_ns:
            return True
        return now_ns - stamp_ns > self._jump_ns and self._behind(stamp_ns, inbox)

    @staticmethod
    def _behind(stamp_ns: int, inbox: Inbox) -> bool:
        """Whether a stamp that is old goes back behind those of the same modality.

        A modality that is late has old stamps that rise; a clock that was set back has not.
        """
        newest = inbox.newest
        return newest is not None and stamp_ns < newest.stamp_ns

    def _time_jumped(self, inbox: Inbox, stamp_ns: int, now_ns: int) -> bool:
        """Whether most of what is live has jumped to one time, or what has not is silent since."""
        me = self._strangers.setdefault(inbox.modality, _Strange(stamp_ns))
        me.last_ns = stamp_ns
        if me.alone_since_ns is None:
            me.alone_since_ns = stamp_ns
        if not 0 < stamp_ns - now_ns <= to_ns(LAG):
            me.ahead_since_ns = None
        elif me.ahead_since_ns is None:
            me.ahead_since_ns = stamp_ns
        with_me = [
            name
            for name, other in self._strangers.items()
            if abs(other.last_ns - stamp_ns) <= self._jump_ns
        ]
        against = [
            other.modality
            for other in self.inboxes.values()
            if other.live(now_ns) and other.modality not in self._strangers
        ]
        if len(with_me) > len(against) or stamp_ns - me.alone_since_ns >= to_ns(CONFIRM):
            return True
        if len(with_me) < len(against) or me.ahead_since_ns is None:
            return False
        return stamp_ns - me.ahead_since_ns >= to_ns(CONFIRM)

    def _restart(self, stamp_ns: int) -> None:
        for inbox in self.inboxes.values():
            inbox.restart()
        self._strangers.clear()
        self._now_ns = stamp_ns
