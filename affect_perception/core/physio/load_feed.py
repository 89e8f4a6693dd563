"""Feeds beats and skin conductance to the load monitor, in the order of time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from affect_perception.core.config.load import LoadConfig
from affect_perception.core.enums import Availability, LoadReason
from affect_perception.core.load.monitor import LoadMonitor
from affect_perception.core.network import PhysioNetworks
from affect_perception.core.physio.slow_channels import SkinSamples
from affect_perception.core.physio.token_feed import TokenFeed
from affect_perception.core.types.load import LoadEstimate
from affect_perception.core.types.physio import PhysioObservation


class LoadFeed:
    """From what `PhysioPerception` gives to load and stress.

    Args:
        config: When load and stress may be relied on.
        networks: What judges them, if anything.
        stamp_jump: Step back of the stamps from which it is another clock, s.
    """

    def __init__(self, config: LoadConfig, networks: PhysioNetworks, stamp_jump: float) -> None:
        self._monitor = LoadMonitor(config, networks.load, networks.driver)
        self._tokens = TokenFeed(stamp_jump)

    def forget_driver(self) -> None:
        """Somebody else sits there: the baseline and the last minute are dropped."""
        self._monitor.forget_driver()
        self._tokens.forget()

    def push(self, observation: PhysioObservation, skin: Iterable[SkinSamples]) -> LoadEstimate:
        """Takes what one step of the perception gave.

        Args:
            observation: Its beats count while they can be trusted enough (`TokenFeed`).
            skin: The conductance of the same step.
        """
        for token in self._tokens.push(observation, skin):
            self._monitor.step(token)
        return self._estimate(observation.stamp_ns)

    def missing(self, stamp_ns: int) -> LoadEstimate:
        """What stands when no signal has come up to a time: the last estimate, for a while.

        A time before the newest signal says that nothing has come since somebody began to watch,
        and nobody knows for how long: then nothing stands.
        """
        found = self._estimate(stamp_ns)
        newest = self._tokens.newest_ns
        fresh = newest is not None and stamp_ns >= newest
        if fresh and found.reasons != (LoadReason.WARMING_UP,):
            return found
        no_network = LoadReason.NO_LOAD_NETWORK
        why = no_network if no_network in found.reasons else LoadReason.NO_SIGNAL
        return LoadEstimate(stamp_ns, Availability.UNAVAILABLE, (why,))

    def _estimate(self, stamp_ns: int) -> LoadEstimate:
        shifted = self._monitor.estimate(stamp_ns + self._tokens.shift_ns)
        return replace(shifted, stamp_ns=stamp_ns)
