"""One affect state from observations of face, voice and body, ten times a second of their stamps.

It has no clock, so the same events give the same states, live and in replay.
"""

from __future__ import annotations

import bisect

from affect_perception.core.buffers import to_ns
from affect_perception.core.config.fusion import FusionConfig
from affect_perception.core.fusion.affect_filter import AffectFilter, Belief
from affect_perception.core.fusion.agreement import Disagreements
from affect_perception.core.fusion.alignment import Alignment, NoObservation, Verdict
from affect_perception.core.fusion.evidence import Evidence, Observation, evidence_of
from affect_perception.core.fusion.learned import combine_for
from affect_perception.core.fusion.state_building import Situation, build_state
from affect_perception.core.network import Network
from affect_perception.core.types import MODALITIES, AffectState

FusionEvent = Observation | NoObservation


class AffectFusion:
    """Follows one driver.

    Args:
        config: Parameters.
        network: `affect_fusion` of the manifest; needed for the method `learned` alone.

    Raises:
        ConfigError: If the method is `learned` and there is no network.
    """

    def __init__(self, config: FusionConfig, network: Network | None = None) -> None:
        self._config = config
        self._alignment = Alignment(config)
        self._filter = AffectFilter(config.rest_time)
        self._classes = combine_for(config.method, network)
        self._disagreements = Disagreements(config)
        self._period_ns = to_ns(1.0 / config.rate)
        self._window_ns = to_ns(config.reorder_window)
        self._driver = 0
        self._due_ns: int | None = None
        self._jumped = False
        self._steady = False
        self._belief = Belief.at_rest(0)
        self._row: list[Evidence] = []

    @property
    def newest_ns(self) -> int | None:
        """Newest stamp of an observation that was taken; None before the first."""
        stamps = [
            inbox.newest.stamp_ns
            for inbox in self._alignment.inboxes.values()
            if inbox.newest is not None
        ]
        return max(stamps, default=None)

    @property
    def dropped(self) -> dict[str, int]:
        """How many observations were dropped, by `modality reason`."""
        return {
            f"{name.word} {why.value}": count
            for name, inbox in self._alignment.inboxes.items()
            for why, count in sorted(inbox.dropped.items())
        }

    def step(self, event: FusionEvent) -> AffectState | None:
        """Takes one event.

        Args:
            event: An observation, or the news that none came up to a time.

        Returns:
            The state of the newest stamp if a state is due, else None. Where nothing came, the
            state is that of the last full period; where nothing has ever come, that of the time
            that is told. Where observations come often enough for every state, they have half a
            period more time.
        """
        if isinstance(event, NoObservation):
            return self._pass_time(event.stamp_ns)
        evidence = evidence_of(event)
        before = self._alignment.now_ns
        verdict = self._alignment.receive(evidence)
        if verdict is Verdict.DROPPED:
            return None
        if verdict is Verdict.RESTARTED:
            self._jumped = True
            self._restart(evidence.stamp_ns)
        self._take(evidence)
        if before is not None and evidence.stamp_ns > before:
            self._steady = evidence.stamp_ns - before <= self._period_ns
        return self._state_if_due()

    def silence(self, stamp_ns: int) -> list[AffectState]:
        """The states that are due before an event of this stamp, as if somebody watched the time.

        For replay, where nobody does. A gap that counts as a jump of the stamps has none.
        """
        states: list[AffectState] = []
        now = self._alignment.now_ns
        if now is None or stamp_ns - now > to_ns(self._config.stamp_jump):
            return states
        while self._due_ns is not None and self._due_ns + self._grace_ns <= stamp_ns:
            state = self.step(NoObservation(self._due_ns + self._grace_ns))
            if state is None:
                break
            states.append(state)
        return states

    @property
    def _grace_ns(self) -> int:
        """How long a state waits for an observation; only where those come for every state."""
        return self._period_ns // 2 if self._steady else 0

    def _pass_time(self, stamp_ns: int) -> AffectState | None:
        if self._due_ns is None:
            return self._state_at(stamp_ns)
        if stamp_ns < self._due_ns + self._grace_ns:
            return None
        # On the grid, so that live and replay agree however the timer ticks.
        self._alignment.pass_time(stamp_ns // self._period_ns * self._period_ns)
        self._steady = False
        return self._state_if_due()

    def _take(self, evidence: Evidence) -> None:
        if self._due_ns is None:
            self._believe_from(evidence.stamp_ns - self._window_ns)
            self._due_ns = evidence.stamp_ns
        if evidence.driver_number > self._driver:
            if self._driver:
                self._believe_from(evidence.stamp_ns - self._window_ns)
            self._driver = evidence.driver_number
        if evidence.affect is not None and not self._alignment.inboxes[evidence.modality].stuck:
            bisect.insort(self._row, evidence, key=_place)

    def _state_if_due(self) -> AffectState | None:
        now, due = self._alignment.now_ns, self._due_ns
        if now is None or due is None or now < due:
            return None
        self._due_ns = (now // self._period_ns + 1) * self._period_ns
        self._commit(now - self._window_ns)
        return self._state_at(now)

    def _state_at(self, stamp_ns: int) -> AffectState:
        situation = Situation(
            now_ns=stamp_ns,
            inboxes=self._alignment.inboxes,
            belief=self._filter.after(self._belief, self._row, stamp_ns),
            driver_number=self._driver,
            jumped=self._jumped,
        )
        self._jumped = False
        return build_state(situation, self._disagreements, self._classes)

    def _commit(self, stamp_ns: int) -> None:
        """What no longer can be preceded by anything becomes part of the belief."""
        while self._row and self._row[0].stamp_ns <= stamp_ns:
            self._belief = self._filter.taken(self._belief, self._row.pop(0))
        self._belief = self._filter.advanced(self._belief, stamp_ns)

    def _believe_from(self, stamp_ns: int) -> None:
        self._belief = Belief.at_rest(stamp_ns)
        self._row = []

    def _restart(self, stamp_ns: int) -> None:
        self._believe_from(stamp_ns - self._window_ns)
        self._due_ns = stamp_ns
        self._disagreements.clear()


def _place(evidence: Evidence) -> tuple[int, int]:
    return evidence.stamp_ns, MODALITIES.index(evidence.modality)
