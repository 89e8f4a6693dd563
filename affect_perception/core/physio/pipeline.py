"""The pipeline of the body signals: chunks of any channels in, observations out at an even rate.

The node physio_perception and the replay use this object. It has no clock, so the same chunks give
the same observations, always.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from affect_perception.core.buffers import to_ns, to_s
from affect_perception.core.config.physio import PhysioPipelineConfig
from affect_perception.core.driver_number import DriverNumber
from affect_perception.core.enums import BiosignalChannel
from affect_perception.core.network import PhysioNetworks
from affect_perception.core.physio.load_feed import LoadFeed
from affect_perception.core.physio.perception import PhysioPerception
from affect_perception.core.physio.signal_row import RowFacts
from affect_perception.core.types.physio import NoSignal, PhysioEvent, PhysioObservation

_EARLY = 0.25
"""Share of the period that an observation may come early, so that chunks which last as long as the
period give one each although their stamps jitter."""


class PhysioPipeline:
    """From chunks to observations with load and stress.

    Args:
        config: Parameters.
        networks: Loaded networks, used by this pipeline alone.
    """

    def __init__(self, config: PhysioPipelineConfig, networks: PhysioNetworks) -> None:
        self._period_ns = to_ns(1.0 / config.physio.output_rate)
        self._perception = PhysioPerception(config.physio)
        self._load = LoadFeed(config.load, networks, config.physio.stamp_jump)
        self._driver = DriverNumber()
        self._due_ns: int | None = None
        self._newest_ns: int | None = None
        self._frame_id = ""
        self._beats: list[int] = []

    def step(self, event: PhysioEvent) -> tuple[PhysioObservation, ...]:
        """Takes one event.

        Args:
            event: The next chunk of any channel, or the news that none came.

        Returns:
            For a chunk, an observation if one is due by the stamps (`physio.output_rate`). For
            NoSignal, one observation that says so, with the stamp of the newest sample.
        """
        if isinstance(event, NoSignal):
            missing = self._perception.missing(event.stamp_ns)
            load = self._load.missing(event.stamp_ns)
            # Ages count to the stamp of the message, whose own age tells how long the silence is.
            silence = max(0.0, to_s(event.stamp_ns - missing.stamp_ns))
            load = replace(load, stamp_ns=missing.stamp_ns, age_s=load.age_s - silence)
            return (self._finish(replace(missing, load=load)),)
        found = self._perception.step(event)
        if found is None:
            return ()
        if found.stamp_ns != self._newest_ns:
            self._newest_ns, self._frame_id = found.stamp_ns, event.frame_id
        load = self._load.push(found, self._perception.skin_samples)
        self._beats += found.beat_stamps_ns
        return (self._finish(replace(found, load=load)),) if self._due(found.stamp_ns) else ()

    def observe_driver(self, number: int) -> None:
        """Takes `driver_number` of an AttentionState: when it rises, the baseline is dropped."""
        if self._driver.rises_to(number):
            self.forget_driver()

    def forget_driver(self) -> None:
        """Somebody else sits there: what was learned of the driver's usual state is dropped."""
        self._load.forget_driver()

    @property
    def facts(self) -> Mapping[BiosignalChannel, RowFacts]:
        """What has become of the chunks of each channel since the start."""
        return self._perception.facts

    def _due(self, stamp_ns: int) -> bool:
        due = self._due_ns
        if due is None or abs(stamp_ns - due) > 2 * self._period_ns:
            due = stamp_ns  # the first one, or after a gap or a jump
        elif stamp_ns < due - round(_EARLY * self._period_ns):
            return False
        self._due_ns = due + self._period_ns
        return True

    def _finish(self, observation: PhysioObservation) -> PhysioObservation:
        beats, self._beats = tuple(self._beats), []
        return replace(observation, frame_id=self._frame_id, beat_stamps_ns=beats)
