"""The voice on real recordings: speech in a car's noise, and the shipped weights on speakers.

Leaves: figures with speakers apart (stored by the training), everything without data (unit tier).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from affect_perception.core.affect_classes import RAVDESS_CLASSES
from affect_perception.core.voice.log_mel import log_mel
from affect_perception.core.voice.speech_rate import syllable_nuclei
from affect_perception.evaluation.datasets.speech import read_speech
from affect_perception.evaluation.registry import task_named
from affect_perception.evaluation.tools import Request, Tools
from affect_perception.evaluation.voice.emotion_runs import Features
from affect_perception.evaluation.voice.scores import judge
from affect_perception.inference.loader import load_network
from affect_perception.inference.voice import EMOTION, speech_file

pytestmark = pytest.mark.data


def folder(root: Path, name: str) -> Path:
    path = root / "audio" / name
    if not path.is_dir():
        pytest.skip(f"no {path} in the data folder")
    pytest.importorskip("soundfile", reason="soundfile (extra voice) is not installed")
    return path


def test_speech_in_a_car_is_told_from_the_car(data_root: Path) -> None:
    data = folder(data_root, "noizeus_car_5db")
    if speech_file() is None:
        pytest.skip("silero-vad is not installed")
    found = task_named("speech_activity").run(Request(data, None, "test"), Tools())
    assert found.metrics["auroc"] > 0.97
    assert found.metrics["talking_share_speech"] > 0.9
    assert found.metrics["talking_share_noise"] < 0.05


def test_the_seven_syllables_of_ravdess_are_counted(data_root: Path) -> None:
    # "Kids are talking by the door", "Dogs are sitting by the door": on all 0.83, mean 6.5.
    clips = read_speech(folder(data_root, "ravdess_speech"))[::7]
    counts = np.array([len(syllable_nuclei(log_mel(clip.samples))) for clip in clips])
    assert (np.abs(counts - 7) <= 1).mean() > 0.78
    assert 6.2 < counts.mean() < 7.5


def test_german_strangers_are_judged_far_above_chance(data_root: Path) -> None:
    # All 346 sentences of the six classes: 0.49 raw, every third of them 0.42; chance is 0.17.
    clips = read_speech(folder(data_root, "emodb"))
    known = [clip for clip in clips if clip.emotion in RAVDESS_CLASSES][::3]
    judged = judge(load_network(EMOTION), known, Features.of(known), learn=False)
    assert len(judged.classes) == 6
    assert judged.uar > 0.36
    assert judged.scores()["recall_fear"] > 0.5
