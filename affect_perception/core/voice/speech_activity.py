"""Whether somebody talks: the speech detector's probability every 32 ms, and a gate on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from affect_perception.core.config.voice import VoiceConfig
from affect_perception.core.network import Network
from affect_perception.core.voice.log_mel import RATE

STEP = 512
"""Samples per step of the detector (32 ms)."""
_CONTEXT = 64
_STATE = (2, 1, 128)

Array = npt.NDArray[np.float32]


class SpeechDetector:
    """The recurrent network of silero-vad (MIT; https://github.com/snakers4/silero-vad, 6.2).

    Each step takes 512 samples at 16 kHz with the 64 samples before them and a state.

    Args:
        network: The network; inputs samples (1, 576), state (2, 1, 128), rate; outputs probability
            (1, 1) and the next state.
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        self.restart()

    def restart(self) -> None:
        """Forgets what was heard."""
        self._state: Array = np.zeros(_STATE, np.float32)
        self._context: Array = np.zeros(_CONTEXT, np.float32)

    def step(self, samples: Array) -> float:
        """Probability 0..1 that there is speech in the next `STEP` samples."""
        joined = np.concatenate([self._context, samples])[None]
        probability, self._state = self._network.run(joined, self._state, np.array(RATE, np.int64))
        self._context = samples[-_CONTEXT:]
        return float(np.clip(probability[0, 0], 0.0, 1.0))


@dataclass(frozen=True)
class GateStep:
    """What one step of the detector changed.

    Attributes:
        began: Somebody began to talk; `first` says when.
        ended: The talk is over; `last` says since when.
        first: Step in which the talk began.
        last: Step after its last speech.
    """

    began: bool = False
    ended: bool = False
    first: int = 0
    last: int = 0


class SpeechGate:
    """Talking yes/no from probabilities, with hysteresis in level and in time.

    Onset: the probability reaches `speech_on` and stays above `speech_off` for `speech_min`.
    Offset: it stays below `speech_off` for `pause_min`. Both are dated back to where they began.

    Args:
        config: The limits.
    """

    def __init__(self, config: VoiceConfig) -> None:
        seconds = STEP / RATE
        self._on, self._off = config.speech_on, min(config.speech_off, config.speech_on)
        self._onset = max(1, round(config.speech_min / seconds))
        self._pause = max(1, round(config.pause_min / seconds))
        self.restart()

    def restart(self) -> None:
        """Starts again: nobody talks, at step 0."""
        self.talking = False
        self.since = 0
        self._now = 0
        self._rise: int | None = None
        self._fall: int | None = None

    def step(self, probability: float) -> GateStep:
        """Takes the probability of the next step."""
        now = self._now
        self._now += 1
        if self.talking:
            return self._while_talking(probability, now)
        return self._while_silent(probability, now)

    def _while_silent(self, probability: float, now: int) -> GateStep:
        if self._rise is None:
            if probability < self._on:
                return GateStep()
            self._rise = now
        elif probability < self._off:
            self._rise = None
            return GateStep()
        if now + 1 - self._rise < self._onset:
            return GateStep()
        first, self._rise, self._fall = self._rise, None, None
        self.talking, self.since = True, first
        return GateStep(began=True, first=first)

    def _while_talking(self, probability: float, now: int) -> GateStep:
        if probability >= self._off:
            self._fall = None
            return GateStep()
        if self._fall is None:
            self._fall = now
        if now + 1 - self._fall < self._pause:
            return GateStep()
        last, self._fall = self._fall, None
        self.talking, self.since = False, last
        return GateStep(ended=True, last=last)


def speech_probabilities(network: Network, samples: Array) -> Iterator[float]:
    """The detector's probabilities over a whole sound at 16 kHz, one per full step."""
    detector = SpeechDetector(network)
    for start in range(0, len(samples) - STEP + 1, STEP):
        yield detector.step(samples[start : start + STEP])
