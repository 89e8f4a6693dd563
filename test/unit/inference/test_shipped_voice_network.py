"""The shipped speech-emotion network: size, contract, and that the past of a speaker counts.

Leaves: how often it is right (stored by the training, docs/scorecard.md).
"""

from __future__ import annotations

import json

import numpy as np
import onnx
import pytest
from scipy.io import wavfile

from affect_perception.core.voice.emotion import MIN_FRAMES, VECTOR, SpeechEmotion
from affect_perception.core.voice.speech_features import WIDTH, speech_features
from affect_perception.evaluation.registry import task_named
from affect_perception.evaluation.tools import Request, Tools
from affect_perception.inference.loader import load_network
from affect_perception.inference.manifest import load_manifest
from affect_perception.inference.voice import EMOTION
from affect_perception.share import share_path
from affect_perception.sim.voice import Phrase, SpokenVoice, speak

pytestmark = pytest.mark.unit


def said(pitch=180.0, level=0.3, gain=1.0):
    sound = speak([Phrase(8, 0.1)], SpokenVoice(pitch_hz=pitch, level=level)).samples
    return speech_features(gain * sound)


def test_it_is_as_small_as_promised():
    entry = load_manifest().model(EMOTION)
    model = onnx.load(str(share_path(f"models/{entry.file}")))
    numbers = sum(int(np.prod(one.dims)) for one in model.graph.initializer)
    assert 0 < numbers <= 3_000_000


@pytest.mark.parametrize("frames", [MIN_FRAMES, 61, 312])
def test_it_judges_sentences_of_any_length(frames):
    sound = np.random.default_rng(frames).normal(-12.0, 3.0, (frames, WIDTH)).astype(np.float32)
    found = SpeechEmotion(load_network(EMOTION)).judge(sound)
    assert found.probabilities.sum() == pytest.approx(1.0, abs=1e-4)
    assert found.vector.shape == (VECTOR,)
    assert -1.0 <= found.affect.valence <= 1.0
    assert 0.0 <= found.entropy <= 1.0


def test_the_level_of_the_microphone_hardly_counts_for_a_stranger():
    near, far = (SpeechEmotion(load_network(EMOTION)).judge(said(gain=x)) for x in (1.0, 0.1))
    assert np.abs(near.probabilities - far.probabilities).max() < 0.25


def test_a_past_changes_the_judgement_and_the_present_does_not_change_the_past():
    emotion = SpeechEmotion(load_network(EMOTION))
    first = emotion.judge(said())
    assert np.array_equal(emotion.judge(said()).probabilities, first.probabilities)
    for _ in range(5):
        quiet = said(pitch=120.0, level=0.03)
        emotion.finish(quiet, emotion.judge(quiet))
    assert np.abs(emotion.judge(said()).probabilities - first.probabilities).max() > 1e-3
    emotion.speaker.forget()
    assert np.array_equal(emotion.judge(said()).probabilities, first.probabilities)


def test_the_stored_figures_are_of_speakers_apart():
    path = share_path(f"models/{EMOTION}_cross_validation.json")
    content = json.loads(path.read_text(encoding="utf-8"))
    speakers = [name for fold in content["folds"] for name in fold["speakers"]]
    assert len(speakers) == len(set(speakers))
    assert content["mean"]["uar"] == pytest.approx(
        np.mean([fold["uar"] for fold in content["folds"]]), abs=1e-3
    )


def test_the_task_runs_on_a_folder_of_sentences(tmp_path):
    place = tmp_path / "ravdess_speech"
    place.mkdir()
    lines = ["file,actor,emotion"]
    for actor in (91, 92):
        for emotion, pitch in (("angry", 250.0), ("sad", 110.0)):
            sound = speak([Phrase(6, 0.1)], SpokenVoice(pitch_hz=pitch), seed=actor)
            wavfile.write(place / f"{actor}{emotion}.wav", 16_000, sound.samples)
            lines.append(f"{actor}{emotion}.wav,{actor},{emotion}")
    (place / "labels.csv").write_text("\n".join(lines) + "\n")
    found = task_named("voice").run(Request(place, None, "test"), Tools())
    assert (found.n, found.subjects) == (4, 2)
    assert {"uar", "uar_raw", "accuracy", "ece", "recall_anger"} <= set(found.metrics)
    # Figures of the training's own speakers say nothing about these.
    assert not any(name.endswith("_cross_validated") for name in found.metrics)
    assert len(found.rows) == 4
