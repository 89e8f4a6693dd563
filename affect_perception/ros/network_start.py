"""The networks of a node at its start: run once, and told on which provider they run."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from affect_perception.core.network import FaceNetworks, VoiceNetworks
from affect_perception.core.voice.emotion import SpeechEmotion
from affect_perception.core.voice.log_mel import BANDS
from affect_perception.core.voice.speech_activity import STEP, SpeechDetector
from affect_perception.inference import OnnxSession

_SENTENCE_FRAMES = 190
"""Three seconds of speech."""


def warm_up(networks: FaceNetworks) -> dict[str, str]:
    """Runs every network once, and says on which provider and in which precision."""
    for session in _sessions(networks):
        session.warm_up()
    return _providers(networks)


def warm_up_voice(networks: VoiceNetworks) -> dict[str, str]:
    """As `warm_up`; through what the core makes of them, because their inputs have open sizes."""
    if networks.speech is not None:
        SpeechDetector(networks.speech).step(np.zeros(STEP, np.float32))
    if networks.emotion is not None:
        SpeechEmotion(networks.emotion).judge(np.zeros((_SENTENCE_FRAMES, BANDS), np.float32))
    return _providers(networks)


def _providers(networks: FaceNetworks | VoiceNetworks) -> dict[str, str]:
    return {f"model {s.name}": f"{s.provider}, {s.precision}" for s in _sessions(networks)}


def fallback(networks: FaceNetworks | VoiceNetworks) -> str:
    """Why networks run on another provider than the asked one; empty if they do not."""
    reasons = {s.fallback_reason: s.provider for s in _sessions(networks) if s.fallback_reason}
    return "; ".join(f"{why}, {used} is used" for why, used in reasons.items())


def _sessions(networks: FaceNetworks | VoiceNetworks) -> list[OnnxSession]:
    """The networks that ONNX Runtime runs: all of them, outside of tests."""
    every = (getattr(networks, field.name) for field in fields(networks))
    return [network for network in every if isinstance(network, OnnxSession)]
