"""The speech that is being heard: its frames so far, cut into sentences by pauses."""

from __future__ import annotations

from collections import deque

import numpy as np
import numpy.typing as npt

from affect_perception.core.config.voice import VoiceConfig
from affect_perception.core.voice.log_mel import HOP, RATE
from affect_perception.core.voice.speech_activity import STEP, GateStep
from affect_perception.core.voice.speech_features import WIDTH

FRAMES_PER_STEP = STEP // HOP
# Kept before the onset: the gate dates it back by at most the time it needs to be sure.
_BEFORE_S = 0.5

Array = npt.NDArray[np.float32]


class SentenceBuffer:
    """Collects the frames of features of the talk that is going on.

    Args:
        config: Limits.
    """

    def __init__(self, config: VoiceConfig) -> None:
        seconds = HOP / RATE
        self._longest = max(1, round(config.emotion_max_speech / seconds))
        before = round((_BEFORE_S + config.speech_min) / seconds)
        self._before: deque[Array] = deque(maxlen=before)
        self._frames: list[Array] = []
        self._first_step = 0

    def restart(self) -> None:
        """Forgets everything."""
        self._before.clear()
        self._frames = []

    @property
    def full(self) -> bool:
        """Whether the sentence has reached the longest piece that is judged at once."""
        return len(self._frames) >= self._longest

    @property
    def frames(self) -> Array:
        """(k, WIDTH) of the sentence so far."""
        return np.stack(self._frames) if self._frames else np.zeros((0, WIDTH), np.float32)

    def hear(self, frames: Array, *, talking: bool) -> None:
        """Takes the frames of one step."""
        (self._frames.extend if talking else self._before.extend)(frames)

    def begin(self, gate: GateStep, step: int) -> None:
        """The talk began at `gate.first`; `step` is the present one, its frames heard."""
        wanted = (step + 1 - gate.first) * FRAMES_PER_STEP
        recent = list(self._before)
        self._frames = recent[max(0, len(recent) - wanted) :]
        self._first_step = gate.first
        self._before.clear()

    def cut(self, last_step: int) -> Array:
        """Takes the sentence out, up to `last_step`; what follows it counts as before the next."""
        frames = self._frames
        keep = min(len(frames), max(0, last_step - self._first_step) * FRAMES_PER_STEP)
        self._before.extend(frames[keep:])
        self._frames = []
        self._first_step = last_step
        return np.stack(frames[:keep]) if keep else np.zeros((0, WIDTH), np.float32)
