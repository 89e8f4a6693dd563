"""The voice path: audio chunks in, observations out."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from affect_perception.core.config.voice import VoiceConfig
from affect_perception.core.enums import Availability, TriState, VoiceReason
from affect_perception.core.network import VoiceNetworks
from affect_perception.core.types.inputs import AudioChunk
from affect_perception.core.types.voice import VoiceObservation
from affect_perception.core.voice.emotion import MIN_FRAMES, SpeechEmotion, SpokenEmotion
from affect_perception.core.voice.level import LevelMeter, SoundLevel
from affect_perception.core.voice.log_mel import BANDS, HOP, RATE
from affect_perception.core.voice.resample import Resampler
from affect_perception.core.voice.sentence import SentenceBuffer
from affect_perception.core.voice.sound_stream import SoundPiece, SoundStream
from affect_perception.core.voice.speech_activity import STEP, SpeechDetector, SpeechGate
from affect_perception.core.voice.speech_features import speech_feature_stream
from affect_perception.core.voice.speech_rate import speech_rate

Array = npt.NDArray[np.float32]


@dataclass(frozen=True)
class _Judged:
    """The speech judged last: what it sounds like, its rate, when it ended, how long it was."""

    emotion: SpokenEmotion | None
    rate: float
    end_step: int
    seconds: float


class VoicePerception:
    """Hears one microphone.

    All decisions are made every 32 ms of sound, with the level of the tenths of a second before, so
    that they do not depend on how the sound was cut into chunks. A hole in the stamps starts the
    row anew: nobody knows who talked in it; what was learned of the speaker stays.

    Args:
        config: Settings.
        networks: Speech detector and speech-emotion network, as far as there are any.
    """

    def __init__(self, config: VoiceConfig, networks: VoiceNetworks) -> None:
        self._config = config
        self._stream = SoundStream(config)
        self._detector = SpeechDetector(networks.speech) if networks.speech is not None else None
        self._gate = SpeechGate(config)
        self._sentence = SentenceBuffer(config)
        self._emotion = (
            SpeechEmotion(networks.emotion, learn=config.learn_speaker)
            if networks.emotion is not None
            else None
        )
        self._judged: _Judged | None = None
        self._plausible = True
        self._period = max(1, round(config.emotion_period * RATE / STEP))
        self._begin_row(RATE)

    def forget_speaker(self) -> None:
        """Somebody else sits there: what was learned of the speaker's voice is dropped."""
        if self._emotion is not None:
            self._emotion.speaker.forget()
        self._judged = None

    def step(self, chunk: AudioChunk, *, plausible: bool = True) -> VoiceObservation | None:
        """Takes the next chunk.

        Args:
            chunk: The chunk.
            plausible: False leaves emotion and speech rate unjudged: the sound is not what it is
                said to be (another sampling rate).

        Returns:
            What is known after it, or None if all of it was heard before.
        """
        piece = self._stream.push(chunk)
        if piece is None:
            return None
        if piece.restarted:
            self._begin_row(chunk.rate)
        self._plausible = plausible
        if not plausible:
            self._judged = None
        self._hear(piece.samples)
        return self._observation(chunk, piece)

    def _begin_row(self, rate: int) -> None:
        self._meter = LevelMeter(rate, self._config)
        self._level = SoundLevel(math.nan, math.nan, math.nan, ())
        self._resampler = Resampler(rate)
        self._features = speech_feature_stream()
        self._gate.restart()
        self._sentence.restart()
        if self._detector is not None:
            self._detector.restart()
        self._heard = 0
        self._rest: Array = np.zeros(0, np.float32)
        self._steps = 0
        self._probability = math.nan
        self._judged = None

    def _hear(self, samples: Array) -> None:
        """Takes samples up to each end of a block of the meter, then the block's level counts."""
        while len(samples):
            count = self._meter.block - self._heard % self._meter.block
            part, samples = samples[:count], samples[count:]
            self._heard += len(part)
            joined = np.concatenate([self._rest, self._resampler.push(part)])
            whole = len(joined) - len(joined) % STEP
            for start in range(0, whole, STEP):
                self._one_step(joined[start : start + STEP])
            self._rest = joined[whole:]
            self._level = self._meter.push(part)

    def _one_step(self, samples: Array) -> None:
        frames = self._features.push(samples)
        now = self._steps + 1
        if self._detector is not None:
            self._probability = self._detector.step(samples)
            gate = self._gate.step(self._probability)
            self._sentence.hear(frames, talking=self._gate.talking and not gate.began)
            if gate.began:
                self._sentence.begin(gate, self._steps)
            if gate.ended:
                self._judge(self._sentence.cut(gate.last), gate.last, over=True)
            elif self._gate.talking and self._sentence.full:
                self._judge(self._sentence.cut(now), now, over=True)
            elif self._gate.talking and (now - self._gate.since) % self._period == 0:
                self._judge(self._sentence.frames, now, over=False)
        self._steps = now

    def _judge(self, frames: Array, end_step: int, *, over: bool) -> None:
        seconds = len(frames) * HOP / RATE
        if (
            not self._plausible
            or len(frames) < MIN_FRAMES
            or seconds < self._config.emotion_min_speech
        ):
            return
        found = None
        if self._emotion is not None and VoiceReason.CLIPPED not in self._level.reasons:
            found = self._emotion.judge(frames)
            if over:
                self._emotion.finish(frames, found)
        self._judged = _Judged(found, speech_rate(frames[:, :BANDS]), end_step, seconds)

    def _observation(self, chunk: AudioChunk, piece: SoundPiece) -> VoiceObservation:
        known = not math.isnan(self._probability)
        talking = TriState.YES if self._gate.talking else TriState.NO
        reasons = self._reasons(chunk, piece)
        observation = VoiceObservation(
            stamp_ns=piece.end_ns,
            frame_id=chunk.frame_id,
            availability=_availability(known, reasons),
            reasons=reasons,
            level_dbfs=self._level.mean_dbfs,
            peak_dbfs=self._level.peak_dbfs,
            clipped_share=self._level.clipped_share,
            speech_probability=self._probability,
            talking=talking if known else TriState.UNKNOWN,
            since_s=(self._steps - self._gate.since) * STEP / RATE if known else math.nan,
            sentences=self._emotion.speaker.sentences if self._emotion is not None else 0,
        )
        return self._with_judged(observation)

    def _with_judged(self, observation: VoiceObservation) -> VoiceObservation:
        judged = self._judged
        if judged is None:
            return observation
        age = max(0.0, (self._steps - judged.end_step) * STEP / RATE)
        if age > self._config.emotion_hold:
            return observation
        observation = replace(observation, speech_rate=judged.rate)
        found = judged.emotion
        if found is None:
            return observation
        affect = found.affect
        return replace(
            observation,
            emotion=tuple(found.shared.tolist()),
            entropy=found.entropy,
            valence=affect.valence,
            arousal=affect.arousal,
            valence_std=affect.valence_std,
            arousal_std=affect.arousal_std,
            emotion_age_s=age,
            emotion_speech_s=judged.seconds,
        )

    def _reasons(self, chunk: AudioChunk, piece: SoundPiece) -> tuple[VoiceReason, ...]:
        reasons = [*piece.reasons, *self._level.reasons]
        if chunk.rate < RATE:
            # The upper bands that the networks were trained on are empty.
            reasons.append(VoiceReason.LOW_RATE)
        if self._detector is None:
            reasons.append(VoiceReason.NO_SPEECH_DETECTOR)
        if self._emotion is None:
            reasons.append(VoiceReason.NO_EMOTION_NETWORK)
        elif self._emotion.speaker.sentences == 0:
            reasons.append(VoiceReason.NEW_SPEAKER)
        return tuple(reasons)


def _availability(known: bool, reasons: tuple[VoiceReason, ...]) -> Availability:
    if not known or VoiceReason.SILENT in reasons:
        return Availability.UNAVAILABLE
    # A new speaker is the usual start, not a fault of the sound.
    faults = [reason for reason in reasons if reason != VoiceReason.NEW_SPEAKER]
    return Availability.DEGRADED if faults else Availability.AVAILABLE
