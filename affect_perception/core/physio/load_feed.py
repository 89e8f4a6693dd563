"""Feeds beats and skin conductance to the load monitor, in the order of time.

Stamps may stop, leap or step back; the monitor sees a time that only rises.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

from affect_perception.core.buffers import to_ns
from affect_perception.core.config.load import LoadConfig
from affect_perception.core.enums import Availability, LoadReason
from affect_perception.core.load.monitor import LoadMonitor
from affect_perception.core.load.token_stream import TokenStream
from affect_perception.core.load.tokens import WINDOW_S
from affect_perception.core.network import Network
from affect_perception.core.physio.slow_channels import SkinSamples
from affect_perception.core.types.load import LoadEstimate
from affect_perception.core.types.physio import PhysioObservation

_PATIENCE_NS = to_ns(2.0)
"""A window is closed so much later: beats are decided up to 0.6 s after they were, a chunk that is
ahead waits for one more, and wireless sensors deliver a second later than wired ones."""


class LoadFeed:
    """From what `PhysioPerception` gives to load and stress.

    Args:
        config: When load and stress may be relied on.
        network: `load_stress`, or None.
        stamp_jump: Step back of the stamps from which it is another clock, s.
    """

    def __init__(self, config: LoadConfig, network: Network | None, stamp_jump: float) -> None:
        self._monitor = LoadMonitor(config, network)
        self._jump_ns = to_ns(stamp_jump)
        self._tokens: TokenStream | None = None
        self._newest_ns: int | None = None
        self._shift_ns = 0

    def forget_driver(self) -> None:
        """Somebody else sits there: the baseline and the last minute are dropped."""
        self._monitor.forget_driver()
        self._tokens = None

    def push(self, observation: PhysioObservation, skin: Iterable[SkinSamples]) -> LoadEstimate:
        """Takes what one step of the perception gave.

        Args:
            observation: Its beats count while they can be trusted enough for a heart rate.
            skin: The conductance of the same step.
        """
        stamp = observation.stamp_ns
        self._follow(stamp)
        if self._tokens is None:
            self._tokens = TokenStream(stamp)
        if not math.isnan(observation.heart.rate_bpm):
            self._tokens.push_beats(observation.beat_stamps_ns)
        for piece in skin:
            self._tokens.push_skin(piece.stamp_ns, piece.rate, piece.microsiemens)
        for token in self._tokens.advance(stamp - _PATIENCE_NS):
            self._monitor.step(replace(token, stamp_ns=token.stamp_ns + self._shift_ns))
        return self._estimate(stamp)

    def missing(self, stamp_ns: int) -> LoadEstimate:
        """What stands when no signal has come up to a time: the last estimate, for a while.

        A time before the newest signal says that nothing has come since somebody began to watch,
        and nobody knows for how long: then nothing stands.
        """
        found = self._estimate(stamp_ns)
        fresh = self._newest_ns is not None and stamp_ns >= self._newest_ns
        if fresh and found.reasons != (LoadReason.WARMING_UP,):
            return found
        no_network = LoadReason.NO_LOAD_NETWORK
        why = no_network if no_network in found.reasons else LoadReason.NO_SIGNAL
        return LoadEstimate(stamp_ns, Availability.UNAVAILABLE, (why,))

    def _estimate(self, stamp_ns: int) -> LoadEstimate:
        return replace(self._monitor.estimate(stamp_ns + self._shift_ns), stamp_ns=stamp_ns)

    def _follow(self, stamp_ns: int) -> None:
        newest = self._newest_ns
        if newest is None:
            self._newest_ns = stamp_ns
            return
        back = newest - stamp_ns
        if back > self._jump_ns:
            # Another clock: the driver's baseline goes on where it was.
            self._shift_ns += back
            self._newest_ns = stamp_ns
            self._tokens = None
            return
        if -back > to_ns(WINDOW_S):
            # Nothing of the windows before is left, and there may be millions of empty ones.
            self._tokens = None
        self._newest_ns = max(newest, stamp_ns)
