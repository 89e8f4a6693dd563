"""Runs the speech-emotion path over the sentences of speakers, each in an order of time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from affect_perception.core.network import Network
from affect_perception.core.voice.emotion import MIN_FRAMES, SpeechEmotion
from affect_perception.core.voice.log_mel import HOP, WINDOW
from affect_perception.core.voice.speech_features import speech_features
from affect_perception.evaluation.datasets.speech import SpeechClip
from affect_perception.evaluation.speaker_orders import random_orders

Array = npt.NDArray[np.float32]
Change = Callable[[Array, int], Array]
"""What is done to the samples of clip number n before they are judged (noise, another level)."""

_SHORTEST = (MIN_FRAMES - 1) * HOP + WINDOW


@dataclass(frozen=True)
class Features:
    """Frames of features (k, WIDTH) of every clip, in the order of the clips."""

    frames: tuple[Array, ...]

    @classmethod
    def of(cls, clips: Sequence[SpeechClip], change: Change | None = None) -> Features:
        """Computes them; clips shorter than the network takes are filled up with silence."""
        frames = []
        for index, clip in enumerate(clips):
            samples = clip.samples if change is None else change(clip.samples, index)
            frames.append(speech_features(np.pad(samples, (0, max(0, _SHORTEST - len(samples))))))
        return cls(tuple(frames))


def judge_all(
    network: Network, clips: Sequence[SpeechClip], features: Features, *, learn: bool, seed: int
) -> npt.NDArray[np.float64]:
    """(n, 8) probabilities over `RAVDESS_CLASSES`.

    Args:
        network: The speech-emotion network.
        clips: The clips.
        features: Their features.
        learn: True: each speaker's running means grow from clip to clip (causal). False: each clip
            is judged as the first that an unknown speaker says (raw).
        seed: Of the order of time.
    """
    result = np.zeros((len(clips), 8))
    for order in random_orders([clip.speaker for clip in clips], seed).values():
        emotion = SpeechEmotion(network, learn=learn)
        for index in order:
            found = emotion.judge(features.frames[index])
            emotion.finish(features.frames[index], found)
            result[index] = found.probabilities
    return result
