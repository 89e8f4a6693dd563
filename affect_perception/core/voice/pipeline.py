"""The pipeline of the voice: chunks of sound in, observations out at an even rate.

The node voice_perception and the replay use this object. It has no clock, so the same chunks give
the same observations, always.
"""

from __future__ import annotations

from dataclasses import replace

from affect_perception.core.config.voice import VoiceConfig
from affect_perception.core.driver_number import DriverNumber
from affect_perception.core.enums import Availability, VoiceReason
from affect_perception.core.network import VoiceNetworks
from affect_perception.core.repeats import Repeats
from affect_perception.core.types.inputs import AudioChunk, NoSound, VoiceEvent
from affect_perception.core.types.voice import VoiceObservation
from affect_perception.core.voice.perception import VoicePerception
from affect_perception.core.voice.rate_check import RateCheck

# What is said of one chunk; it waits for the next observation that goes out.
_OF_ONE_CHUNK = (VoiceReason.SOUND_GAP, VoiceReason.SOUND_OVERLAP, VoiceReason.STAMP_JUMP)


class VoicePipeline:
    """From sound to observations.

    Args:
        config: Parameters.
        networks: Loaded networks, used by this pipeline alone.
    """

    def __init__(self, config: VoiceConfig, networks: VoiceNetworks) -> None:
        self._config = config
        self._perception = VoicePerception(config, networks)
        self._rate_check = RateCheck(config)
        self._repeats = Repeats(config.frozen)
        self._stamp_ns: int | None = None
        self._since_output = 0  # samples heard since the last observation
        self._waiting: list[VoiceReason] = []
        self._last: VoiceObservation | None = None
        self._driver = DriverNumber()

    def step(self, event: VoiceEvent) -> tuple[VoiceObservation, ...]:
        """Takes one event.

        Args:
            event: The next chunk of sound, or the news that none came.

        Returns:
            For a chunk, the observations that fall due in it, `output_rate` per second of sound;
            of a frozen microphone they know nothing, and what it gives is not heard.
            For NoSound, one observation that says so, with the stamp of the last sound.
        """
        if isinstance(event, NoSound):
            return (self._without_sound(event),)
        if event.stamp_ns == self._stamp_ns:
            # The same chunk again; short ones lie within the tolerance of the stamps.
            self._wait(VoiceReason.SOUND_OVERLAP)
            return ()
        self._stamp_ns = event.stamp_ns
        agrees = self._rate_check.agrees(event)
        frozen = self._frozen(event)
        found = []
        first = 0
        while first < len(event.samples):
            due = max(1, self._period(event.rate) - self._since_output)
            piece = _cut(event, first, first + due)
            first += len(piece.samples)
            observation = self._hear(piece, agrees, frozen)
            if observation is not None:
                found.append(observation)
        return tuple(found)

    def observe_driver(self, number: int) -> None:
        """Takes `driver_number` of an AttentionState: when it rises, the speaker is forgotten."""
        if self._driver.rises_to(number):
            self.forget_speaker()

    def forget_speaker(self) -> None:
        """Somebody else sits there: what was learned of the speaker's voice is dropped."""
        self._perception.forget_speaker()

    def _period(self, rate: int) -> int:
        return max(1, round(rate / self._config.output_rate))

    def _frozen(self, chunk: AudioChunk) -> bool:
        """Whether the microphone repeats itself; one that gives nothing is silent, and told so."""
        samples = chunk.samples
        return self._repeats.step(chunk.stamp_ns, samples, samples) and bool(samples.any())

    def _hear(self, piece: AudioChunk, agrees: bool, frozen: bool) -> VoiceObservation | None:
        """Takes a piece that ends where an observation is due, or before."""
        observation = (
            self._unheard(piece) if frozen else self._perception.step(piece, plausible=agrees)
        )
        if observation is None:
            self._wait(VoiceReason.SOUND_OVERLAP)
            return None
        self._last = observation
        self._since_output += len(piece.samples)
        if self._since_output < self._period(piece.rate):
            for reason in observation.reasons:
                if reason in _OF_ONE_CHUNK:
                    self._wait(reason)
            return None
        self._since_output = 0
        own = [] if agrees else [VoiceReason.RATE_MISMATCH]
        told = dict.fromkeys([*self._waiting, *own, *observation.reasons])
        self._waiting = []
        if len(told) == len(observation.reasons):
            return observation
        level = min(observation.availability, Availability.DEGRADED)
        return replace(observation, availability=level, reasons=tuple(told))

    def _unheard(self, piece: AudioChunk) -> VoiceObservation:
        """Of a frozen microphone; the stream sees a gap when it is well again."""
        return self._nothing(piece.end_ns, piece.frame_id, VoiceReason.FROZEN_SOUND)

    def _wait(self, reason: VoiceReason) -> None:
        if reason not in self._waiting:
            self._waiting.append(reason)

    def _without_sound(self, event: NoSound) -> VoiceObservation:
        last = self._last
        stamp_ns = event.stamp_ns if last is None else last.stamp_ns
        return self._nothing(stamp_ns, "" if last is None else last.frame_id, VoiceReason.NO_SOUND)

    def _nothing(self, stamp_ns: int, frame_id: str, reason: VoiceReason) -> VoiceObservation:
        return VoiceObservation(
            stamp_ns=stamp_ns,
            frame_id=frame_id,
            availability=Availability.UNAVAILABLE,
            reasons=(reason,),
            sentences=0 if self._last is None else self._last.sentences,
        )


def _cut(chunk: AudioChunk, first: int, end: int) -> AudioChunk:
    """The samples from `first` to `end` (or the chunk's end) with their own stamp."""
    if first == 0 and end >= len(chunk.samples):
        return chunk
    stamp = chunk.stamp_ns + first * 1_000_000_000 // chunk.rate
    return AudioChunk(stamp, chunk.rate, chunk.samples[first:end], chunk.frame_id)
