"""Training of audio-visual emotion on made tables: learns, exports, reports. The video branch on
generated clips and on the files of one actor. Needs torch.

Leaves: how good the shipped weights are (stored cross-validation, data tier).
"""

from __future__ import annotations

import importlib.util
import json
from dataclasses import replace

import cv2
import numpy as np
import pytest
from av_tables import made_values, made_votes, write_clips, write_votes

torch = pytest.importorskip("torch", reason="the training extra is not installed")

from affect_perception.cli.main import main  # noqa: E402
from affect_perception.core.errors import ConfigError, InputError  # noqa: E402
from affect_perception.evaluation.audiovisual.judge import (  # noqa: E402
    HYBRID,
    WAYS,
    judge_all,
)
from affect_perception.evaluation.datasets.av_features import read_av_features  # noqa: E402
from affect_perception.evaluation.datasets.ravdess_video import read_video_takes  # noqa: E402
from affect_perception.inference.manifest import load_manifest  # noqa: E402
from affect_perception.inference.onnx_session import OnnxSession  # noqa: E402
from affect_perception.training.audiovisual.fit import fit  # noqa: E402
from affect_perception.training.audiovisual.network import TorchNetwork  # noqa: E402
from affect_perception.training.audiovisual.recipe import AudiovisualRecipe  # noqa: E402
from affect_perception.training.audiovisual.run import (  # noqa: E402
    REPORT_FILE,
    leave_speakers_out,
)
from affect_perception.training.audiovisual.video import (  # noqa: E402
    FRAMES,
    SIZE,
    VideoBranch,
    as_input,
    learn,
    load_takes,
)
from affect_perception.training.recipe import load_recipe  # noqa: E402

pytestmark = pytest.mark.train

QUICK = AudiovisualRecipe(orders=2)


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    # People differ more than emotions do, so a past must pay.
    values, emotions, speakers = made_values(speakers=6, repetitions=2, noise=0.9, person=1.2)
    folder = tmp_path_factory.mktemp("av")
    write_clips(folder, values, emotions, speakers)
    return read_av_features(folder)


def test_fusion_is_above_each_modality_and_a_past_pays(clips):
    (causal, raw), temperatures = leave_speakers_out(clips, QUICK)
    assert temperatures.shape == (2, len(WAYS))
    for judged in (causal, raw):
        fused = judged.recalls["hybrid"].uar
        assert fused > max(judged.recalls[name].uar for name in ("voice", "face"))
    assert causal.recalls["hybrid"].uar > raw.recalls["hybrid"].uar + 0.02
    assert causal.scores()["ece"] < 0.25


def test_what_comes_later_does_not_count(clips):
    network = TorchNetwork(fit(clips, QUICK))
    rows = clips.features[:8]
    whole = judge_all(network, rows, ["a"] * 8, learn=True, seed=3)
    order = np.random.default_rng([3, 0]).permutation(8)
    changed = rows.copy()
    changed[order[5:]] += 5.0
    again = judge_all(network, changed, ["a"] * 8, learn=True, seed=3)
    assert np.array_equal(whole[order[:5]], again[order[:5]])
    assert not np.allclose(whole[order[5:]], again[order[5:]])


def test_the_same_data_give_the_same_weights_and_another_seed_others(clips):
    first, second = (fit(clips, QUICK).state_dict() for _ in range(2))
    assert all(torch.equal(value, second[name]) for name, value in first.items())
    other = fit(clips, replace(QUICK, seed=5)).state_dict()
    assert not torch.equal(first["relative.0.weight"], other["relative.0.weight"])


def test_a_column_without_values_and_a_missing_class(clips):
    features = clips.features.copy()
    features[::3, 4] = np.nan
    network = TorchNetwork(fit(replace(clips, features=features), QUICK))
    found = judge_all(network, features, clips.speakers, learn=True)
    assert np.isfinite(found).all()
    with pytest.raises(InputError, match="all eight classes"):
        fit(clips.of(clips.truth != 3), QUICK)
    with pytest.raises(InputError, match="at least three"):
        leave_speakers_out(clips.of(np.isin(clips.speakers, ["1", "2"])), QUICK)


def test_the_command_writes_network_card_entry_and_report(tmp_path, capsys):
    values, emotions, speakers = made_values(speakers=4, repetitions=1)
    root = tmp_path / "data"
    write_clips(root / "audio" / "ravdess_av", values, emotions, speakers)
    write_votes(root / "audio" / "cremad_votes", *made_votes(clips=80, actors=5))
    out = tmp_path / "out"
    arguments = ["train", "audiovisual", "--data", str(root), "--out", str(out)]
    assert main([*arguments, "--cross-validate"]) == 0
    assert not (out / "audiovisual_emotion.onnx").exists()
    assert main(arguments) == 0
    assert json.loads(capsys.readouterr().out.split("\n}\n")[1] + "}")["difference"] < 2e-4
    report = json.loads((out / REPORT_FILE).read_text())
    assert report["ravdess_av"]["speakers"] == 4
    assert report["cremad_votes"]["actors"] == 5
    entry = (out / "audiovisual_emotion.yaml").read_text()
    manifest = tmp_path / "manifest.yaml"
    manifest.write_text("format: 1\ncontainers: {}\nmodels:\n" + entry)
    model = load_manifest(manifest).model("audiovisual_emotion")
    session = OnnxSession(model, (out / "audiovisual_emotion.onnx").read_bytes())
    clips = read_av_features(root / "audio" / "ravdess_av")
    found = judge_all(session, clips.features, clips.speakers, learn=True)
    assert found[:, HYBRID].sum(axis=1) == pytest.approx(1.0, abs=1e-5)
    assert "One speaker left out" in (out / "audiovisual_emotion.md").read_text()
    assert main(["train", "audiovisual", "--data", str(tmp_path), "--out", str(out)]) == 2


def test_the_shipped_recipe_is_the_default_one_and_wrong_ones_are_named():
    assert load_recipe(AudiovisualRecipe, "audiovisual") == AudiovisualRecipe()
    for wrong in ({"weight_alone": 0.0}, {"orders": 0}, {"most": 0.1}):
        with pytest.raises(ConfigError, match=next(iter(wrong))):
            AudiovisualRecipe(**wrong)


def moving(count, seed):
    """A disc that opens or shuts: the same pictures in another order."""
    rng = np.random.default_rng(seed)
    clips = np.zeros((count, FRAMES, SIZE, SIZE, 3), np.uint8)
    truth = np.arange(count) % 2
    for number in range(count):
        x, y = rng.integers(20, 44, 2)
        for frame in range(FRAMES):
            grown = frame if truth[number] else FRAMES - 1 - frame
            picture = np.full((SIZE, SIZE, 3), 90, np.uint8)
            cv2.circle(picture, (int(x), int(y)), 3 + grown, (220, 220, 220), -1)
            clips[number, frame] = picture
    return as_input(clips), torch.from_numpy(truth)


def test_the_video_branch_learns_what_only_the_order_of_pictures_tells():
    torch.manual_seed(1)
    network = VideoBranch(classes=2)
    clips, truth = moving(24, seed=1)
    losses = learn(network, clips, truth, steps=30, seed=1)
    assert np.mean(losses[-5:]) < 0.3 < np.mean(losses[:5])
    others, wanted = moving(12, seed=2)
    with torch.no_grad():
        found = network(others).argmax(dim=1)
    assert (found == wanted).float().mean() > 0.8
    assert sum(p.numel() for p in network.parameters()) < 100_000


def test_wrong_clips_are_named():
    with pytest.raises(InputError, match="expected clips"):
        as_input(np.zeros((2, 64, 64, 3), np.uint8))


def test_the_video_branch_runs_on_the_files_of_one_actor(data_root):
    """Forward and a few steps; nothing is claimed about emotion: it is one person."""
    folder = data_root / "audio" / "ravdess_av_actor01"
    if not folder.is_dir():
        pytest.skip(f"no {folder}")
    takes = read_video_takes(folder)
    assert {take.name.actor for take in takes} == {1}
    pictures, classes = load_takes(takes)
    assert pictures.shape == (len(takes), FRAMES, SIZE, SIZE, 3)
    assert np.abs(np.diff(pictures.astype(float), axis=1)).mean() > 0.1  # it moves
    torch.manual_seed(1)
    network = VideoBranch()
    clips, truth = as_input(pictures), torch.from_numpy(classes)
    with torch.no_grad():
        assert network.vectors(clips).shape == (len(takes), 64)
    # All clips in every batch: the loss of the same clips must fall.
    losses = learn(network, clips, truth, steps=8, seed=1, batch=len(takes))
    assert np.isfinite(losses).all()
    assert losses[-1] < 0.8 * losses[0]


def test_sound_of_the_files_or_a_plain_message(data_root):
    folder = data_root / "audio" / "ravdess_av_actor01"
    if not folder.is_dir():
        pytest.skip(f"no {folder}")
    takes = read_video_takes(folder)
    heard = next(take for take in takes if take.name.modality == "audio-video")
    silent = next(take for take in takes if take.name.modality == "video")
    assert silent.sound() is None
    if importlib.util.find_spec("av") is None:
        with pytest.raises(InputError, match="needs PyAV"):
            heard.sound()
        return
    samples, rate = heard.sound()
    assert samples.shape[1] == 1
    assert 2.5 < len(samples) / rate < 4.5
    assert 0.001 < float(np.sqrt((samples**2).mean())) < 0.1
