"""The voice path with small fakes for networks. Leaves: the real ones (test/data, test/train)."""

from __future__ import annotations

import math

import numpy as np
import pytest
from voice_fakes import LoudDetector, MeanEmotion, networks

from affect_perception.core.config.voice import VoiceConfig
from affect_perception.core.enums import Availability, TriState, VoiceReason
from affect_perception.core.network import VoiceNetworks
from affect_perception.core.types import AudioChunk
from affect_perception.core.voice.emotion import VECTOR, SpeechEmotion
from affect_perception.core.voice.log_mel import BANDS
from affect_perception.core.voice.perception import VoicePerception
from affect_perception.core.voice.speech_activity import SpeechGate
from affect_perception.core.voice.speech_features import WIDTH
from affect_perception.sim.voice import Phrase, speak

pytestmark = pytest.mark.unit

RATE = 16_000
TWO = speak([Phrase(10, 1.5), Phrase(10, 2.0)], seed=4)


def hear(sound, rate=RATE, size=320, nets=None, config=None, start=10**18):
    path = VoicePerception(config or VoiceConfig(), nets or networks())
    found = []
    for first in range(0, len(sound), size):
        stamp = start + first * 10**9 // rate
        found.append(path.step(AudioChunk(stamp, rate, sound[first : first + size])))
    return found


def test_talking_follows_the_phrases():
    found = hear(TWO.samples)
    for observation in found:
        now = (observation.stamp_ns - 10**18) / 1e9
        # Onset is sure after 0.1 s and a step, the end after 0.4 s of pause.
        inside = any(a + 0.25 < now < b for a, b in TWO.talk)
        outside = all(now < a or now > b + 0.55 for a, b in TWO.talk)
        if inside:
            assert observation.talking == TriState.YES, now
        elif outside and now > 0.1:
            assert observation.talking == TriState.NO, now


def test_each_phrase_is_a_sentence_that_the_speaker_is_learned_from():
    nets = networks()
    found = hear(TWO.samples, nets=nets)
    assert found[-1].sentences == 2
    assert VoiceReason.NEW_SPEAKER in found[10].reasons
    assert found[-1].reasons == ()
    # The second sentence was judged against the first.
    assert [call[2] for call in nets.emotion.calls][-1] == 1.0


def test_learning_can_be_off():
    nets = networks()
    found = hear(TWO.samples, nets=nets, config=VoiceConfig(learn_speaker=False))
    assert {call[2] for call in nets.emotion.calls} == {0.0}
    assert found[-1].sentences == 0


def test_emotion_is_unknown_before_speech_and_some_time_after():
    found = hear(np.concatenate([TWO.samples, np.zeros(6 * RATE, np.float32)]))
    assert math.isnan(found[20].valence)
    assert all(math.isnan(share) for share in found[20].emotion)
    spoken = [o for o in found if not math.isnan(o.valence)]
    assert spoken
    assert all(np.nansum(o.emotion) == pytest.approx(1.0) for o in spoken)
    assert max(o.emotion_age_s for o in spoken) <= VoiceConfig().emotion_hold
    assert math.isnan(found[-1].valence)


def test_long_speech_is_judged_while_it_lasts_and_cut():
    nets = networks()
    hear(speak([Phrase(60, 1.0)]).samples, nets=nets)
    longest = max(call[0][0] for call in nets.emotion.calls)
    assert longest == round(VoiceConfig().emotion_max_speech * RATE / 256)
    assert nets.emotion.calls[-1][2] == 2.0


def test_without_a_detector_talking_is_unknown_and_the_reason_is_told():
    found = hear(TWO.samples, nets=VoiceNetworks(None, MeanEmotion()))
    assert {o.talking for o in found} == {TriState.UNKNOWN}
    assert {o.availability for o in found} == {Availability.UNAVAILABLE}
    assert all(VoiceReason.NO_SPEECH_DETECTOR in o.reasons for o in found)


def test_without_an_emotion_network_speech_is_still_told():
    found = hear(TWO.samples, nets=VoiceNetworks(LoudDetector(), None))
    assert TriState.YES in {o.talking for o in found}
    assert all(math.isnan(o.valence) for o in found)
    assert any(o.speech_rate > 2.0 for o in found)
    assert all(VoiceReason.NO_EMOTION_NETWORK in o.reasons for o in found)


def test_clipped_speech_is_not_judged():
    clipped = np.clip(TWO.samples * 30, -1.0, 1.0)
    found = hear(clipped)
    assert any(VoiceReason.CLIPPED in o.reasons for o in found)
    assert found[-1].sentences == 0
    assert all(math.isnan(o.valence) for o in found)


def test_a_dead_microphone_is_unavailable():
    found = hear(np.zeros(2 * RATE, np.float32))
    assert found[-1].availability == Availability.UNAVAILABLE
    assert VoiceReason.SILENT in found[-1].reasons


@pytest.mark.parametrize("rate", [8000, 48000])
def test_other_rates_and_stereo_give_the_same_talk(rate):
    sound = speak([Phrase(10, 1.5)], rate=rate, seed=4).samples
    found = hear(np.stack([sound, sound], 1), rate=rate, size=rate // 50)
    times = [(o.stamp_ns - 10**18) / 1e9 for o in found if o.talking == TriState.YES]
    reference = [
        (o.stamp_ns - 10**18) / 1e9
        for o in hear(speak([Phrase(10, 1.5)], seed=4).samples)
        if o.talking == TriState.YES
    ]
    assert times[0] == pytest.approx(reference[0], abs=0.07)
    assert times[-1] == pytest.approx(reference[-1], abs=0.07)
    assert (VoiceReason.LOW_RATE in found[-1].reasons) == (rate == 8000)


def test_a_gap_ends_the_sentence_unheard_but_keeps_the_speaker():
    path = VoicePerception(VoiceConfig(), networks())
    half = round(1.5 * RATE)
    path.step(AudioChunk(0, RATE, TWO.samples[: 4 * RATE]))
    before = path.step(AudioChunk(4 * 10**9, RATE, TWO.samples[4 * RATE : 4 * RATE + half]))
    assert before.sentences == 1
    after = path.step(AudioChunk(60 * 10**9, RATE, np.zeros(RATE, np.float32)))
    assert VoiceReason.SOUND_GAP in after.reasons
    assert after.talking == TriState.NO
    assert after.sentences == 1
    assert math.isnan(after.valence)


def test_what_was_heard_already_changes_nothing():
    path = VoicePerception(VoiceConfig(), networks())
    path.step(AudioChunk(0, RATE, TWO.samples[:RATE]))
    assert path.step(AudioChunk(0, RATE, TWO.samples[:RATE])) is None


def test_the_speaker_can_be_forgotten():
    path = VoicePerception(VoiceConfig(), networks())
    assert path.step(AudioChunk(0, RATE, TWO.samples)).sentences == 2
    path.forget_speaker()
    later = path.step(AudioChunk(len(TWO.samples) * 10**9 // RATE, RATE, TWO.samples[:1600]))
    assert later.sentences == 0
    assert math.isnan(later.valence)


def gate_of(probabilities, **changes):
    gate = SpeechGate(VoiceConfig(**changes))
    talking = []
    for probability in probabilities:
        gate.step(probability)
        talking.append(gate.talking)
    return talking, gate


def test_a_click_is_no_speech():
    talking, _ = gate_of([0.0] * 10 + [0.9, 0.9] + [0.0] * 30)
    assert not any(talking)


def test_between_the_thresholds_the_gate_stays_as_it_is():
    talking, _ = gate_of([0.45] * 40)
    assert not any(talking)
    talking, _ = gate_of([0.9] * 10 + [0.4] * 60)
    assert all(talking[3:])


def test_short_pauses_belong_to_the_sentence():
    talking, gate = gate_of([0.9] * 10 + [0.1] * 8 + [0.9] * 10)
    assert all(talking[3:])
    assert gate.since == 0


def test_the_end_is_dated_back_to_where_the_pause_began():
    gate = SpeechGate(VoiceConfig())
    steps = [gate.step(p) for p in [0.9] * 10 + [0.1] * 20]
    ended = [step for step in steps if step.ended]
    assert [step.last for step in ended] == [10]
    assert gate.since == 10


def test_the_running_means_are_those_of_the_past():
    emotion = SpeechEmotion(MeanEmotion())
    first, second = np.full((20, WIDTH), -3.0), np.full((60, WIDTH), -7.0)
    for frames in (first, second):
        emotion.finish(frames, emotion.judge(frames))
    spectrum, heard, usual, sentences = emotion.speaker.arrays()
    assert spectrum == pytest.approx(np.full((1, BANDS), -6.0))
    assert (heard.item(), sentences.item()) == (80.0, 2.0)
    assert usual.shape == (1, VECTOR)
