"""The path of the body signals: chunks of any channels in, observations out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from affect_perception.core.config.physio import PhysioConfig
from affect_perception.core.enums import Availability, BiosignalChannel, PhysioReason
from affect_perception.core.physio.beat_channel import BeatChannel
from affect_perception.core.physio.channel import Channel
from affect_perception.core.physio.respiration import Breathing
from affect_perception.core.physio.signal_row import RowFacts
from affect_perception.core.physio.slow_channels import (
    BeltChannel,
    SkinChannel,
    SkinSamples,
    TemperatureChannel,
)
from affect_perception.core.types.physio import (
    BiosignalChunk,
    HeartState,
    PhysioObservation,
    RespirationState,
    SignalState,
    SkinState,
)

_ECG, _PPG = BiosignalChannel.ECG, BiosignalChannel.PPG


class PhysioPerception:
    """Reads any subset of body signals of one person.

    Each channel has a row and a clock of its own. Beats come from the ECG while it can be trusted,
    else from the PPG. Figures are renewed once per second of signal, whatever the chunks.

    Args:
        config: Settings.
    """

    def __init__(self, config: PhysioConfig | None = None) -> None:
        self._config = config if config is not None else PhysioConfig()
        self._channels: dict[BiosignalChannel, Channel] = {}
        self._newest_ns: int | None = None
        self._skin_samples: tuple[SkinSamples, ...] = ()

    @property
    def skin_samples(self) -> tuple[SkinSamples, ...]:
        """Skin conductance that the last step added, in order of time."""
        return self._skin_samples

    @property
    def facts(self) -> Mapping[BiosignalChannel, RowFacts]:
        """What has become of the chunks of each channel."""
        return {kind: channel.facts for kind, channel in sorted(self._channels.items())}

    def missing(self, stamp_ns: int) -> PhysioObservation:
        """What is left when nothing has come from any channel up to a time.

        Returns:
            An observation with the stamp of the newest sample and without figures.
        """
        self._skin_samples = ()
        newest = stamp_ns if self._newest_ns is None else self._newest_ns
        states = {
            kind: replace(
                channel.state(newest),
                availability=Availability.UNAVAILABLE,
                quality=0.0,
                reasons=(PhysioReason.NO_SIGNAL,),
            )
            for kind, channel in sorted(self._channels.items())
        }
        return PhysioObservation(
            stamp_ns=newest,
            availability=Availability.UNAVAILABLE,
            reasons=(PhysioReason.NO_SIGNAL,),
            channels=states,
        )

    def step(self, chunk: BiosignalChunk) -> PhysioObservation | None:
        """Takes the next chunk of any channel.

        Returns:
            What is known after it; None if all of it was known before, or if it waits for an
            earlier one.
        """
        self._skin_samples = ()
        channel = self._channels.get(chunk.channel)
        if channel is None:
            channel = self._channels[chunk.channel] = self._make(chunk.channel)
        if not channel.push(chunk):
            return None
        if isinstance(channel, SkinChannel):
            self._skin_samples = channel.new_samples()
        if PhysioReason.STAMP_JUMP in channel.reasons() or self._newest_ns is None:
            self._newest_ns = channel.end_ns
        self._newest_ns = max(self._newest_ns, channel.end_ns)
        return self._observation(self._newest_ns)

    def _make(self, channel: BiosignalChannel) -> Channel:
        if channel in (_ECG, _PPG):
            return BeatChannel(self._config, channel)
        if channel == BiosignalChannel.EDA:
            return SkinChannel(self._config)
        if channel == BiosignalChannel.RESPIRATION:
            return BeltChannel(self._config)
        if channel == BiosignalChannel.SKIN_TEMPERATURE:
            return TemperatureChannel(self._config)
        return Channel(self._config, dead_after=1.0, cut_time=math.inf)

    def _observation(self, stamp_ns: int) -> PhysioObservation:
        states = {kind: c.state(stamp_ns) for kind, c in sorted(self._channels.items())}
        source = self._beat_source(states)
        heart = HeartState()
        beats: tuple[int, ...] = ()
        for kind in (_ECG, _PPG):
            channel = self._channels.get(kind)
            if isinstance(channel, BeatChannel):
                new = channel.new_beats()
                if kind == source:
                    heart, beats = channel.heart(), new
        reasons = {r: None for state in states.values() for r in state.reasons}
        if source == BiosignalChannel.UNKNOWN and not reasons:
            reasons = {PhysioReason.NO_SIGNAL: None}
        availability = Availability.UNAVAILABLE
        if not math.isnan(heart.rate_bpm):
            availability = states[source].availability
        return PhysioObservation(
            stamp_ns=stamp_ns,
            availability=availability,
            reasons=tuple(reasons),
            channels=states,
            heart=heart,
            skin=self._skin(states),
            respiration=self._respiration(states, source),
            beat_stamps_ns=beats,
        )

    def _beat_source(self, states: dict[BiosignalChannel, SignalState]) -> BiosignalChannel:
        """ECG before PPG, as far as they can be trusted; else the better one."""
        usable = [k for k in (_ECG, _PPG) if k in states and self._usable(states[k])]
        if not usable:
            return BiosignalChannel.UNKNOWN
        good = [k for k in usable if states[k].quality >= self._config.min_quality]
        return good[0] if good else max(usable, key=lambda k: states[k].quality)

    def _usable(self, state: SignalState) -> bool:
        return state.availability != Availability.UNAVAILABLE

    def _skin(self, states: dict[BiosignalChannel, SignalState]) -> SkinState:
        tonic = phasic = rate = amplitude = celsius = math.nan
        channel = self._channels.get(BiosignalChannel.EDA)
        if isinstance(channel, SkinChannel) and channel.skin is not None:
            state = states[BiosignalChannel.EDA]
            if self._usable(state) and state.quality >= self._config.min_quality:
                tonic, phasic = channel.skin.tonic, channel.skin.phasic
                rate, amplitude = channel.skin.responses()
        temperature = self._channels.get(BiosignalChannel.SKIN_TEMPERATURE)
        if isinstance(temperature, TemperatureChannel) and self._usable(
            states[BiosignalChannel.SKIN_TEMPERATURE]
        ):
            celsius = temperature.celsius
        return SkinState(tonic, phasic, rate, amplitude, celsius)

    def _respiration(
        self, states: dict[BiosignalChannel, SignalState], source: BiosignalChannel
    ) -> RespirationState:
        """From the belt, as long as it shows breathing; else from the beats."""
        for kind in (BiosignalChannel.RESPIRATION, source):
            channel = self._channels.get(kind)
            if not isinstance(channel, (BeltChannel, BeatChannel)):
                continue
            found: Breathing = channel.breathing
            if self._usable(states[kind]) and not math.isnan(found.rate_bpm):
                return RespirationState(kind, found.rate_bpm, found.quality)
        return RespirationState()
