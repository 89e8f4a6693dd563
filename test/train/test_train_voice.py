"""Training of the speech-emotion network on made voices: learns, resumes, exports. Needs torch.

Leaves: how good the shipped weights are (cross-validation in models/cards/voice_emotion.md).
"""

from __future__ import annotations

import csv
from dataclasses import replace

import numpy as np
import pytest
from scipy.io import wavfile

torch = pytest.importorskip("torch", reason="the training extra is not installed")

from affect_perception.core.affect_classes import RAVDESS_CLASSES  # noqa: E402
from affect_perception.core.errors import ConfigError, InputError  # noqa: E402
from affect_perception.core.voice.emotion import MEMBERS, VECTOR, SpeechEmotion  # noqa: E402
from affect_perception.core.voice.log_mel import BANDS, log_mel  # noqa: E402
from affect_perception.core.voice.prosody import STATISTICS  # noqa: E402
from affect_perception.core.voice.speech_features import WIDTH  # noqa: E402
from affect_perception.inference.manifest import load_manifest  # noqa: E402
from affect_perception.inference.onnx_session import OnnxSession  # noqa: E402
from affect_perception.sim.voice import Phrase, SpokenVoice, speak  # noqa: E402
from affect_perception.training.devices import Machine  # noqa: E402
from affect_perception.training.learner import LoopConfig  # noqa: E402
from affect_perception.training.recipe import load_recipe, recipe_content  # noqa: E402
from affect_perception.training.voice.augment import AugmentConfig, Augmenter  # noqa: E402
from affect_perception.training.voice.network import (  # noqa: E402
    PROSODY_KNOWN,
    PROSODY_STRANGER,
    SPEEDS,
    TRACTS,
    ExportedVoiceNet,
    VoiceNet,
)
from affect_perception.training.voice.prosody_judge import ProsodyJudge  # noqa: E402
from affect_perception.training.voice.recipe import VoiceRecipe  # noqa: E402
from affect_perception.training.voice.run import (  # noqa: E402
    Order,
    cross_validate,
    networks_in_words,
    train,
)
from affect_perception.training.voice.scoring import TorchNetwork  # noqa: E402
from affect_perception.training.voice.speech_set import (  # noqa: E402
    SpeechSet,
    earlier_of,
    load_more,
    load_noises,
)
from affect_perception.training.voice.task import normalised  # noqa: E402

pytestmark = pytest.mark.train

RATE = 16_000
QUICK = VoiceRecipe(
    widths=(8, 8, 16, 16),
    dropout=0.0,
    sentences=4,
    frames=64,
    augment=AugmentConfig(noise=0.2, mix=0.0, bands=2, frames=4),
    loop=LoopConfig(
        epochs=20.0, batch=16, optimiser="adamw", rate=5e-3, decay=0.01, averaging=0.9,
        bfloat16=False,
    ),
)  # fmt: skip
# Each class has its own mixture of low or high, slow or fast, clear or breathy.
NAMES = ("neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    root = tmp_path_factory.mktemp("data")
    speech = root / "audio" / "ravdess_speech"
    speech.mkdir(parents=True)
    rows = []
    for actor in range(1, 11):
        for number, name in enumerate(NAMES):
            voice = SpokenVoice(
                pitch_hz=(100 + 3 * actor) * (1.0 + number % 2),
                syllables_per_s=3.0 + 4.0 * (number // 2 % 2),
                breath=0.002 if number < 4 else 0.5,
                level=0.05 * actor,
            )
            sound = speak([Phrase(5, 0.05)], voice, before_s=0.05, seed=actor)
            wavfile.write(speech / f"{actor}_{name}.wav", RATE, sound.samples)
            rows.append({"file": f"{actor}_{name}.wav", "actor": actor, "emotion": name})
    write_table(speech / "labels.csv", rows)
    cabin = root / "audio" / "cabin_and_vehicle_sounds"
    cabin.mkdir()
    noise = np.random.default_rng(1).normal(0, 0.1, 4 * RATE).astype(np.float32)
    wavfile.write(cabin / "noise.wav", RATE, noise)
    write_table(cabin / "labels.csv", [{"file": "noise.wav", "class": "car_cabin"}])
    return root


def write_table(path, rows):
    with path.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def quiet(_):
    pass


def judge_of(sentences):
    """A judge of made statistics: each class shifts them its own way."""
    rng = np.random.default_rng(5)
    labels = torch.arange(sentences) % len(RAVDESS_CLASSES)
    places = rng.normal(size=(len(RAVDESS_CLASSES), STATISTICS))
    rows = places[labels.numpy()] + 0.3 * rng.normal(size=(sentences, STATISTICS))
    rows = rows.astype(np.float32)
    rows[0, :5] = np.nan
    powers = torch.zeros(sentences, BANDS, 1)
    names = ("one",) * sentences
    return ProsodyJudge(SpeechSet(powers, torch.ones(sentences), labels, names, rows))


def test_it_learns_speakers_apart_resumes_and_exports_the_same(data, tmp_path):
    order = Order(data, tmp_path, QUICK, folds=(1,))
    report = cross_validate(order, quiet)
    assert report["mean"]["uar"] > 0.4  # chance is 0.125
    assert len(report["folds"][0]["speakers"]) == 2
    again = cross_validate(replace(order, resume=True), quiet)
    assert again["mean"] == report["mean"]

    short = replace(order, recipe=replace(QUICK, loop=replace(QUICK.loop, epochs=2.0)))
    found = train(short, quiet)
    assert found["difference"] < 5e-4
    assert found["temperature"] == pytest.approx(report["temperature"])
    entry = (tmp_path / "voice_emotion.yaml").read_text()
    manifest = tmp_path / "manifest.yaml"
    manifest.write_text("format: 1\ncontainers: {}\nmodels:\n" + entry)
    model = load_manifest(manifest).model("voice_emotion")
    session = OnnxSession(model, (tmp_path / "voice_emotion.onnx").read_bytes())
    emotion = SpeechEmotion(session)
    for length in (16, 61, 300):
        frames = np.random.default_rng(1).normal(-10, 3, (length, WIDTH)).astype(np.float32)
        judged = emotion.judge(frames)
        emotion.finish(frames, judged)
        assert judged.probabilities.sum() == pytest.approx(1.0, abs=1e-4)
    card = (tmp_path / "voice_emotion.md").read_text()
    assert "Speakers apart" in card
    assert "One network, seed 1, " in card


def test_an_interrupted_training_goes_on_to_the_same_weights(data, tmp_path):
    from affect_perception.evaluation.datasets.speech import read_speech
    from affect_perception.training.learner import Learner
    from affect_perception.training.voice.speech_set import speech_set
    from affect_perception.training.voice.task import VoiceTask, network_of

    speech = speech_set(read_speech(data / "audio" / "ravdess_speech"))
    noises = load_noises(data, 1)

    def learner():
        task = VoiceTask(speech, noises, QUICK, Machine.of("cpu"))
        content = recipe_content(QUICK)
        return Learner(network_of(speech, QUICK), task, QUICK.loop, steps=6, recipe=content)

    whole = learner()
    whole.run()
    first = learner()
    first.run(stop_after=3, checkpoint=tmp_path / "c.pt")
    second = learner()
    second.load(tmp_path / "c.pt")
    second.run()
    for name, value in whole.averaged.state_dict().items():
        assert torch.equal(value, second.averaged.state_dict()[name]), name


def test_training_and_use_normalise_alike():
    generator = torch.Generator().manual_seed(1)
    powers = torch.rand(3, BANDS, 40, generator=generator) * 0.01 + 1e-4
    frames, spectrum = torch.tensor([40, 40, 40]), torch.full((BANDS,), -8.0)
    groups = torch.tensor([0, 0, 0])
    batch = normalised(powers, frames, earlier_of(groups), spectrum)

    class Seen(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.spectrum = spectrum

            self.sounds = []

        def forward(self, sound):
            self.sounds.append(sound)
            return torch.zeros(len(sound), 128)

        def judge(self, vectors, earlier, count):
            return torch.zeros(len(vectors), 8)

    seen = Seen()
    network = TorchNetwork([], judge_of(8))
    network._module = ExportedVoiceNet([seen] * MEMBERS, judge_of(8))
    emotion = SpeechEmotion(network)
    for index in range(3):
        logs = np.log(powers[index].numpy().T + 1e-9).astype(np.float32)
        logs = np.pad(logs, ((0, 0), (0, WIDTH - BANDS)))
        emotion.finish(logs, emotion.judge(logs))
        # The first of the looks is at the sentence as it is.
        as_it_is = seen.sounds[-1 - len(SPEEDS)]
        assert as_it_is.shape[0] == len(TRACTS)
        assert torch.allclose(as_it_is[0, 0], batch[index], atol=1e-4)


def test_statistics_judge_and_a_missing_melody_counts_as_usual():
    judge = judge_of(80)
    places = np.random.default_rng(5).normal(size=(len(RAVDESS_CLASSES), STATISTICS))

    def shares(rows, earlier=0.0, count=0.0):
        filled = judge.filled(torch.from_numpy(rows).float())
        past = torch.full((1, STATISTICS), earlier)
        return judge(filled, past, torch.full((1, 1), count)).exp()

    assert shares(places).argmax(1).tolist() == list(range(8))
    assert shares(places).sum(1).tolist() == pytest.approx([1.0] * 8)
    usual = places.copy()
    usual[:, :5] = judge.usual[:5].numpy()
    places[:, :5] = np.nan
    assert torch.allclose(shares(places), shares(usual), atol=1e-5)
    with pytest.raises(InputError, match="disgust, surprise"):
        judge_of(6)


def test_statistics_count_against_what_the_speaker_usually_is():
    judge = judge_of(80)
    places = torch.from_numpy(
        np.random.default_rng(5).normal(size=(len(RAVDESS_CLASSES), STATISTICS))
    ).float()
    # Somebody who is three higher in everything, and was so in a thousand sentences before.
    count = torch.full((1, 1), 1000.0)
    found = judge(places + 3.0, 1000.0 * (judge.usual[None] + 3.0), count)
    assert torch.allclose(found, judge(places, judge.usual[None], count / 1000.0), atol=0.05)
    strange = judge(places + 3.0, torch.zeros(1, STATISTICS), torch.zeros(1, 1))
    assert strange.argmax(1).tolist() != list(range(8))


def test_statistics_count_less_once_the_speaker_is_known():
    torch.manual_seed(1)
    networks = [VoiceNet((4, 4, 4, 4)).eval() for _ in range(MEMBERS)]
    judge = judge_of(80)
    module = ExportedVoiceNet(networks, judge)
    frames, past = torch.zeros(20, BANDS), torch.zeros(1, BANDS)
    statistics = judge.usual[None] + judge.spread
    starts = [network.start.detach()[None] for network in networks]
    usual = torch.cat([*starts, judge.usual[None]], 1)
    logs = judge(statistics, torch.zeros(1, STATISTICS), torch.zeros(1, 1))

    def answer(sentences):
        inputs = (frames, past, torch.zeros(1, 1), usual)
        return module(*inputs, torch.full((1, 1), sentences), statistics)[0].log()

    # Nothing but the weight of the statistics changes: the past is the start.
    difference = answer(0.0) - answer(1e6)
    rest = (PROSODY_STRANGER - PROSODY_KNOWN) * logs - difference
    assert torch.allclose(rest - rest.mean(), torch.zeros(8), atol=1e-3)


def test_what_is_remembered_are_vectors_and_statistics():
    networks = [VoiceNet((4, 4, 4, 4)).eval() for _ in range(MEMBERS)]
    judge = judge_of(80)
    inputs = (torch.zeros(20, BANDS), torch.zeros(1, BANDS), torch.zeros(1, 1))
    statistics = torch.full((1, STATISTICS), torch.nan)
    found = ExportedVoiceNet(networks, judge)(
        *inputs, torch.zeros(1, VECTOR), torch.zeros(1, 1), statistics
    )[1]
    assert torch.allclose(found[:, -STATISTICS:], judge.usual)


def test_earlier_means_the_same_speaker_before():
    groups = torch.tensor([0, 0, 1, 0, 1])
    wanted = [[0, 0, 0, 0, 0], [1, 0, 0, 0, 0], [0] * 5, [1, 1, 0, 0, 0], [0, 0, 1, 0, 0]]
    assert earlier_of(groups).tolist() == wanted


def augmenter(noises=None, **changes):
    off = AugmentConfig(
        speed=0.0, tract=0.0, pitch=0.0, level_db=0.0, own_level_db=0.0, tilt_db=0.0, room=0.0,
        noise=0.0, bands=0, frames=0, mix=0.0,
    )  # fmt: skip
    generator = torch.Generator().manual_seed(1)
    return Augmenter(replace(off, **changes), noises or [torch.ones(50, BANDS)], generator)


def test_without_changes_a_sound_stays_as_it_is():
    powers = torch.rand(4, BANDS, 30) + 0.1
    found, valid = augmenter().sounds(powers, torch.full((4,), 30), torch.arange(4), 30)
    assert valid.tolist() == [30.0] * 4
    assert torch.allclose(found, powers, atol=1e-4)


def test_noise_has_the_asked_level():
    powers = torch.rand(4, BANDS, 30) + 0.1
    noisy = augmenter(noise=1.0, snr_db=(5.0, 5.0))
    found, _ = noisy.sounds(powers, torch.full((4,), 30), torch.tensor([0, 0, 1, 1]), 30)
    ratio = powers.sum((1, 2)) / (found - powers).sum((1, 2))
    assert (10 * torch.log10(ratio)).tolist() == pytest.approx([5.0] * 4, abs=0.01)


def test_a_faster_sound_is_shorter_and_a_longer_tract_moves_it_down():
    powers = torch.zeros(200, BANDS, 60)
    powers[:, 30] = 1.0
    groups = torch.arange(200)
    _, valid = augmenter(speed=0.2).sounds(powers, torch.full((200,), 60), groups, 80)
    assert 48 <= valid.min() < 52
    assert 70 < valid.max() <= 75
    found, _ = augmenter(tract=0.2).sounds(powers, torch.full((200,), 60), groups, 60)
    places = set(found[:, :, 10].argmax(1).tolist())
    assert min(places) < 28
    assert max(places) > 32


def test_a_room_adds_a_tail():
    powers = torch.zeros(1, BANDS, 40)
    powers[:, :, 10] = 1.0
    found, _ = augmenter(room=1.0).sounds(powers, torch.tensor([40]), torch.tensor([0]), 40)
    assert torch.allclose(found[0, :, :10], torch.zeros(()), atol=1e-6)
    assert found[0, 0, 10] == pytest.approx(1.0, abs=1e-3)
    assert found[0, 0, 11] > found[0, 0, 14] > 0.0


def test_partners_speak_with_the_same_voice():
    groups = torch.tensor([0, 1, 0, 1, 1, 0, 0, 1])
    partner, share = augmenter(mix=0.3).partners(groups)
    assert torch.equal(groups[partner], groups)
    assert bool(((share >= 0.5) & (share <= 1.0)).all())


def test_more_speech_is_learned_from_and_not_scored(data, tmp_path):
    sound = speak([Phrase(20, 6.0)], SpokenVoice(), seed=1).samples
    assert len(sound) > 6 * RATE
    folder = data / "audio" / "emodb" / "wav"
    folder.mkdir(parents=True)
    for letter in "WL":
        wavfile.write(folder / f"03a01{letter}a.wav", RATE, sound)
    recipe = replace(QUICK, more=("audio/emodb",), loop=replace(QUICK.loop, epochs=0.5))
    report = cross_validate(Order(data, tmp_path, recipe, folds=(1,)), quiet)
    assert report["folds"][0]["speakers"] == ["1", "2"]
    # What is learned from is no other set to score.
    assert report["other"] == {}
    stored = torch.load(tmp_path / "fold_1" / "checkpoint_1.pt", weights_only=True)
    assert stored["recipe"]["speakers"] == [str(i) for i in range(3, 11)] + ["audio/emodb/03"]

    more = load_more(data, recipe.more)
    assert more.labels.tolist() == [RAVDESS_CLASSES.index("anger")]  # boredom is not learned
    assert more.frames.tolist() == [len(log_mel(sound[: 5 * RATE]))]
    assert load_more(data, ()) is None
    with pytest.raises(InputError, match="no such folder of speech"):
        load_more(data, ("audio/cremad",))


def test_networks_are_counted_in_words():
    assert networks_in_words(1, 40, [5.2]) == "One network, seed 1, 40 batches, 5 s of learning"
    assert networks_in_words(3, 40, [5.2, 6.0]) == (
        "2 networks, seeds 3 to 4, 40 batches each, 5 and 6 s of learning"
    )


def test_the_shipped_recipe_is_the_default():
    assert recipe_content(load_recipe(VoiceRecipe, "voice")) == recipe_content(VoiceRecipe())


def test_nonsense_is_refused(data, tmp_path):
    with pytest.raises(ConfigError, match="multiple"):
        VoiceRecipe(sentences=7)
    with pytest.raises(InputError, match="folds"):
        cross_validate(Order(data, tmp_path, QUICK, folds=(6,)), quiet)
    with pytest.raises(InputError, match="no such folder of speech"):
        train(Order(tmp_path, tmp_path, QUICK), quiet)
    assert log_mel(np.zeros(10, np.float32)).shape == (1, BANDS)
    assert len(RAVDESS_CLASSES) == len(NAMES)
