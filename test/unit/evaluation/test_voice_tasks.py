"""Readers, noise, scores and baselines of the voice evaluations on made sounds.

Leaves: the shipped weights on real speakers (test/data/test_voice_data.py).
"""

from __future__ import annotations

import csv
from dataclasses import replace

import numpy as np
import pytest
from scipy.io import wavfile
from voice_fakes import MeanEmotion

from affect_perception.core.affect_classes import RAVDESS_CLASSES
from affect_perception.core.errors import InputError
from affect_perception.core.voice.emotion import VECTOR
from affect_perception.evaluation.datasets.speech import (
    NOISE_SHARE,
    classes_of,
    read_mono,
    read_noises,
    read_speech,
)
from affect_perception.evaluation.speaker_orders import random_orders
from affect_perception.evaluation.voice.baselines import (
    apart,
    kernel_machine,
    mfcc_statistics,
    minus_running_mean,
    most_common,
    over_whole_speakers,
    speaker_folds,
)
from affect_perception.evaluation.voice.emotion_runs import Features, judge_all
from affect_perception.evaluation.voice.noise import cabin_noise, in_noise, mixed
from affect_perception.evaluation.voice.scores import emotion_scores, judge
from affect_perception.sim.voice import Phrase, SpokenVoice, speak

pytestmark = pytest.mark.unit

RATE = 16_000


def write_table(path, rows):
    with path.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Four speakers: angry ones are fast and high, sad ones slow and low."""
    root = tmp_path_factory.mktemp("audio")
    place = root / "spoken"
    place.mkdir()
    rows = []
    for speaker in range(4):
        for take in range(3):
            for emotion, pitch, speed in (("angry", 1.5, 6.0), ("sad", 0.8, 3.0)):
                voice = SpokenVoice(pitch_hz=(120 + 40 * speaker) * pitch, syllables_per_s=speed)
                sound = speak([Phrase(5, 0.1)], voice, before_s=0.1, seed=10 * speaker + take)
                name = f"{speaker}{take}{emotion}.wav"
                wavfile.write(place / name, RATE, sound.samples)
                rows.append({"file": name, "speaker": f"s{speaker}", "emotion": emotion})
    write_table(place / "labels.csv", rows)
    cabin = root / "cabin_and_vehicle_sounds"
    cabin.mkdir()
    noise = np.random.default_rng(1).normal(0, 0.1, 5 * RATE).astype(np.float32)
    wavfile.write(cabin / "noise.wav", RATE, noise)
    write_table(cabin / "labels.csv", [{"file": "noise.wav", "class": "car_cabin"}])
    return place


def test_clips_are_read_with_their_speakers(folder):
    clips = read_speech(folder)
    assert len(clips) == 24
    assert classes_of(clips) == ("sadness", "anger")
    assert [c.speaker for c in read_speech(folder, "s1,s3")] == ["s1"] * 6 + ["s3"] * 6
    assert clips[0].samples.ndim == 1


@pytest.mark.parametrize(
    ("row", "match"),
    [
        ({"file": "a.wav", "speaker": "1", "emotion": "happy"}, "no such file"),
        ({"file": "a.wav", "speaker": "1", "emotion": "bliss"}, "unknown emotion 'bliss'"),
        ({"file": "a.wav", "emotion": "happy"}, "neither"),
        ({"file": "a.wav", "speaker": "1"}, "emotion"),
    ],
)
def test_a_wrong_table_is_refused(tmp_path, row, match):
    write_table(tmp_path / "labels.csv", [row])
    with pytest.raises(InputError, match=match):
        read_speech(tmp_path)


def test_an_unknown_speaker_is_refused(folder):
    with pytest.raises(InputError, match="s0, s1"):
        read_speech(folder, "s9")


@pytest.mark.parametrize("dtype", [np.int16, np.int32, np.float32, np.uint8])
def test_wav_files_of_all_kinds_become_mono_at_16_khz(tmp_path, dtype):
    tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(48_000) / 48_000)
    stereo = np.stack([tone, tone], 1)
    if dtype == np.uint8:
        data = np.round(stereo * 127 + 128).astype(dtype)
    elif dtype == np.float32:
        data = stereo.astype(dtype)
    else:
        data = (stereo * np.iinfo(dtype).max).astype(dtype)
    wavfile.write(tmp_path / "a.wav", 48_000, data)
    found = read_mono(tmp_path / "a.wav")
    wanted = 0.5 * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)
    assert np.abs(found - wanted)[100:-100].max() < 0.02


def test_a_damaged_file_is_refused(tmp_path):
    (tmp_path / "a.wav").write_bytes(b"RIFFxxxxnonsense")
    with pytest.raises(InputError, match="WAV"):
        read_mono(tmp_path / "a.wav")
    with pytest.raises(InputError, match="no such"):
        read_mono(tmp_path / "b.wav")


def test_noise_is_mixed_at_the_asked_ratio():
    rng = np.random.default_rng(2)
    speech, noise = (rng.normal(0, level, RATE).astype(np.float32) for level in (0.1, 0.7))
    added = mixed(speech, noise, 5.0) - speech
    assert 10 * np.log10(np.mean(speech**2) / np.mean(added**2)) == pytest.approx(5.0, abs=0.01)
    with pytest.raises(InputError, match="silent"):
        mixed(speech, np.zeros(RATE, np.float32), 5.0)


def test_evaluation_takes_the_part_of_the_noise_that_training_leaves(folder):
    noise = cabin_noise(folder)
    (whole,) = read_noises(folder.parent / "cabin_and_vehicle_sounds")
    assert len(noise) == len(whole.samples) - int(NOISE_SHARE * len(whole.samples))
    assert np.array_equal(noise, whole.samples[-len(noise) :])


def test_without_noise_beside_the_folder_there_is_none(tmp_path, monkeypatch):
    monkeypatch.delenv("AFFECT_DATA", raising=False)
    assert cabin_noise(tmp_path / "spoken") is None


def test_each_clip_gets_the_same_noise_on_every_run(folder):
    change = in_noise(cabin_noise(folder), 5.0, seed=0)
    sound = read_speech(folder)[0].samples
    assert np.array_equal(change(sound, 3), change(sound, 3))
    assert not np.array_equal(change(sound, 3), change(sound, 4))


def test_the_past_of_a_speaker_comes_in_a_random_order_and_from_nobody_else(folder):
    clips = read_speech(folder)
    network = MeanEmotion()
    judge_all(network, clips, Features.of(clips), learn=True, seed=0)
    assert [call[2] for call in network.calls] == [0, 1, 2, 3, 4, 5] * 4
    speakers = [clip.speaker for clip in clips]
    own = random_orders(speakers, 0)
    assert own == random_orders(speakers, 0)
    assert own != random_orders(speakers, 1)
    assert sorted(own["s1"]) == list(range(6, 12))
    assert any(order != sorted(order) for order in own.values())


def test_raw_figures_know_no_past(folder):
    clips = read_speech(folder)
    network = MeanEmotion()
    judge_all(network, clips, Features.of(clips), learn=False, seed=0)
    assert {call[2] for call in network.calls} == {0.0}


def test_a_set_is_judged_among_its_own_classes(folder):
    clips = read_speech(folder)
    found = judge(MeanEmotion(), clips, Features.of(clips), learn=True)
    assert found.classes == ("sadness", "anger")
    for shares in found.probabilities:
        assert shares.shape == (24, 2)
        assert shares.sum(axis=1) == pytest.approx(np.ones(24))


class Calm:
    """Always sure of calm, with anger next."""

    name = "calm"

    def run(self, sound, *past):
        shares = np.full((1, 8), 0.01, np.float32)
        shares[0, RAVDESS_CLASSES.index("calm")] = 0.6
        shares[0, RAVDESS_CLASSES.index("anger")] = 0.34
        return shares, np.zeros((1, VECTOR), np.float32)


def test_calm_counts_as_neutral_where_a_set_has_only_neutral(folder):
    clips = read_speech(folder, "s0")
    features = Features.of(clips)
    neutral = [replace(c, emotion="neutral" if c.emotion == "sadness" else "anger") for c in clips]
    judged = judge(Calm(), neutral, features, learn=False)
    assert judged.scores()["recall_neutral"] == 1.0
    assert judged.without_calm is not None
    assert judged.without_calm.scores()["recall_anger"] == 1.0
    assert "uar_raw_without_calm" in emotion_scores(Calm(), neutral, features, None)
    judged = judge(Calm(), clips, features, learn=False)
    assert judged.scores()["recall_anger"] == 1.0
    assert judged.without_calm is None


def test_scores_have_the_fixed_names(folder):
    clips = read_speech(folder, "s0,s1")
    noise = cabin_noise(folder)
    scores = emotion_scores(MeanEmotion(), clips, Features.of(clips), noise)
    for name in ("accuracy", "uar", "macro_f1", "ece", "uar_raw", "recall_anger"):
        assert 0.0 <= scores[name] <= 1.0
    for level in (20, 10, 5, 0):
        assert f"uar_cabin_noise_{level}db" in scores
    assert scores["uar_lost_cabin_noise_5db"] == pytest.approx(
        scores["uar"] - scores["uar_cabin_noise_5db"]
    )
    assert "uar_cabin_noise_5db" not in emotion_scores(
        MeanEmotion(), clips, Features.of(clips), None
    )


def test_the_baseline_tells_made_emotions_apart(folder):
    clips = read_speech(folder)
    statistics = mfcc_statistics(Features.of(clips))
    assert apart(clips, statistics)["uar"] > 0.65
    relative = minus_running_mean(statistics, [clip.speaker for clip in clips], seed=0)
    assert apart(clips, relative)["uar"] > 0.75
    assert most_common(clips) == {"accuracy": 0.5, "uar": 0.5}


def test_whole_speakers_have_mean_0_and_spread_1_each(folder):
    clips = read_speech(folder)
    found = over_whole_speakers(mfcc_statistics(Features.of(clips)), clips)
    for name in {clip.speaker for clip in clips}:
        own = found[[clip.speaker == name for clip in clips]]
        np.testing.assert_allclose(own.mean(axis=0), 0.0, atol=1e-9)
        np.testing.assert_allclose(own.std(axis=0), 1.0, atol=1e-6)
    assert apart(clips, found)["uar"] > 0.8


def test_folds_keep_speakers_apart(folder):
    clips = read_speech(folder)
    folds = speaker_folds(clips)
    assert sorted(i for fold in folds for i in fold) == list(range(24))
    names = [{clips[i].speaker for i in fold} for fold in folds]
    assert sum(len(one) for one in names) == 4


def test_the_kernel_machine_learns_what_no_line_can():
    rng = np.random.default_rng(3)
    rows = rng.uniform(-1, 1, (400, 2))
    labels = ["in" if x * y > 0 else "out" for x, y in rows]
    found = kernel_machine(rows[:300], labels[:300], rows[300:])
    assert np.mean([a == b for a, b in zip(found, labels[300:], strict=True)]) > 0.93


def test_every_class_of_the_network_can_be_read():
    from affect_perception.evaluation.datasets.speech import EMOTIONS

    assert set(RAVDESS_CLASSES) <= set(EMOTIONS.values())
