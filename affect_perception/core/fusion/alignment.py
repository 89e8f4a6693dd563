"""Brings the observations of all modalities onto one time line, by their stamps alone.

Time is the newest stamp that was accepted, or the time up to which somebody says that nothing
came (`NoObservation`). An observation that is older than its modality's limit is dropped and
counted. One whose stamp is far ahead of the time line, or far behind, comes from another clock:
either its sensor has lost the time, then it is left out; or time itself has jumped (a recording
that starts again), then all that is live jumps, and everything starts afresh.
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

CONFIRM = 2.0
"""For how long (by their own stamps) nothing but modalities that jumped must have come before they
are believed, s: the others have then stopped."""


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
        self._strange_since: dict[Modality, int] = {}

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
        # Who has jumped is not alone: the time of before goes on.
        self._strange_since.clear()
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
        """Whether all that is live has jumped, or what has not is silent since."""
        since = self._strange_since.setdefault(inbox.modality, stamp_ns)
        others = [
            other
            for other in self.inboxes.values()
            if other is not inbox
            and other.live(now_ns)
            and other.modality not in self._strange_since
        ]
        return not others or stamp_ns - since >= to_ns(CONFIRM)

    def _restart(self, stamp_ns: int) -> None:
        for inbox in self.inboxes.values():
            inbox.restart()
        self._strange_since.clear()
        self._now_ns = stamp_ns
