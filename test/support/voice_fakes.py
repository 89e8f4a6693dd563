"""Networks of the voice for tests: a detector of loud sound and an emotion network of means."""

from __future__ import annotations

import numpy as np

from affect_perception.core.network import VoiceNetworks
from affect_perception.core.voice.emotion import VECTOR
from affect_perception.core.voice.prosody import STATISTICS


class LoudDetector:
    """Says speech where the sound is loud; its state counts the calls since the restart."""

    name = "loud"

    def run(self, samples, state, rate):
        assert samples.shape == (1, 576)
        assert int(rate) == 16_000
        loud = float(np.sqrt((samples[0, 64:] ** 2).mean()))
        return np.array([[0.9 if loud > 0.01 else 0.02]], np.float32), state + 1.0


class MeanEmotion:
    """Anger grows with the level above the speaker's usual one; keeps what it was asked."""

    name = "means"

    def __init__(self):
        self.calls = []

    def run(self, sound, spectrum, heard, usual, sentences, prosody):
        assert prosody.shape == (1, STATISTICS)
        self.calls.append((sound.shape, float(heard[0, 0]), float(sentences[0, 0])))
        above = float(sound.mean()) - float(spectrum.mean() if heard[0, 0] else sound.mean())
        logits = np.zeros((1, 8))
        logits[0, 4] = np.clip(above, -20.0, 20.0)
        shares = np.exp(logits) / np.exp(logits).sum()
        return shares.astype(np.float32), np.full((1, VECTOR), above, np.float32)


def networks():
    return VoiceNetworks(speech=LoudDetector(), emotion=MeanEmotion())
