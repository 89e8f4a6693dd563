"""How speech sounds: the shipped speech-emotion network on sentences of labelled speakers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from affect_perception.core.affect_classes import RAVDESS_CLASSES
from affect_perception.core.errors import InputError
from affect_perception.core.network import Network
from affect_perception.evaluation.datasets.speech import SpeechClip, classes_of, read_speech
from affect_perception.evaluation.result import Evaluation
from affect_perception.evaluation.tools import Request, Task, Tools
from affect_perception.evaluation.voice.baselines import (
    apart,
    mfcc_statistics,
    minus_running_mean,
    most_common,
    over_whole_speakers,
    trained_elsewhere,
)
from affect_perception.evaluation.voice.emotion_runs import Features
from affect_perception.evaluation.voice.noise import cabin_noise
from affect_perception.evaluation.voice.scores import LEVELS_DB, ORDERS, emotion_scores, judge
from affect_perception.inference.loader import load_network
from affect_perception.inference.manifest import load_manifest
from affect_perception.inference.voice import EMOTION
from affect_perception.share import share_path

TRAINED_ON = "ravdess_speech"
_CROSS_VALIDATION = f"models/{EMOTION}_cross_validation.json"


def run(request: Request, tools: Tools) -> Evaluation:
    """Judges every clip of the folder whose class the network knows."""
    everything = read_speech(request.data, request.split)
    clips = [clip for clip in everything if clip.emotion in RAVDESS_CLASSES]
    if len({clip.emotion for clip in clips}) < 2:
        raise InputError(f"{request.data}: fewer than two classes that the network knows")
    network = load_network(EMOTION, tools.config.inference)
    features = Features.of(tools_track(tools, clips))
    noise = cabin_noise(request.data)
    scores = emotion_scores(network, clips, features, noise)
    entry = load_manifest().model(EMOTION)
    left_out = sorted({clip.emotion for clip in everything} - set(RAVDESS_CLASSES))
    return request.result(
        "voice",
        n=len(clips),
        subjects=len({clip.speaker for clip in clips}),
        metrics={**scores, **_stored(request.data, clips)},
        baselines=_baselines(request.data, clips, features),
        model=f"{entry.name} {entry.version} ({entry.sha256[:8]})",
        notes=_notes(clips, left_out, with_noise=noise is not None),
        rows=_rows(network, clips, features),
    )


def tools_track(tools: Tools, clips: Sequence[SpeechClip]) -> list[SpeechClip]:
    """The clips, read with a progress bar."""
    for clip in tools.track(clips, "reading"):
        _ = clip.samples
    return list(clips)


def _baselines(
    data: Path, clips: Sequence[SpeechClip], features: Features
) -> dict[str, dict[str, float]]:
    plain = mfcc_statistics(features)
    ways = {
        "raw": plain,
        "causal": minus_running_mean(plain, [clip.speaker for clip in clips], seed=0),
        "whole speaker": over_whole_speakers(plain, clips),
    }
    found = {"most common class": most_common(clips)}
    for name, statistics in ways.items():
        found[f"mfcc svm {name}, speakers apart"] = apart(clips, statistics)
    other = data.parent / TRAINED_ON
    if data.name != TRAINED_ON and other.is_dir():
        others = read_speech(other)
        known = mfcc_statistics(Features.of(others))
        elsewhere = {
            "raw": known,
            "causal": minus_running_mean(known, [clip.speaker for clip in others], seed=0),
            "whole speaker": over_whole_speakers(known, others),
        }
        for name, statistics in ways.items():
            found[f"mfcc svm {name}, fitted to {TRAINED_ON}"] = trained_elsewhere(
                clips, statistics, others, elsewhere[name]
            )
    return {name: scores for name, scores in found.items() if scores}


def _stored(data: Path, clips: Sequence[SpeechClip]) -> dict[str, float]:
    """Figures of speakers apart, if these are speakers that the weights were trained on."""
    content = json.loads(share_path(_CROSS_VALIDATION).read_text(encoding="utf-8"))
    trained = {name for fold in content["folds"] for name in fold["speakers"]}
    if data.name != TRAINED_ON or not trained & {clip.speaker for clip in clips}:
        return {}
    return {
        f"{name}_cross_validated": value
        for name, value in content["mean"].items()
        if value is not None and not name.startswith("precision")
    }


def _notes(
    clips: Sequence[SpeechClip], left_out: Sequence[str], *, with_noise: bool
) -> tuple[str, ...]:
    classes = ", ".join(classes_of(clips))
    levels = ", ".join(f"{level:.0f}" for level in LEVELS_DB)
    notes = [
        f"Judged among the classes that occur: {classes}."
        + (f" Left out, unknown to the network: {', '.join(left_out)}." if left_out else ""),
        "Plain names: causal, each sentence judged against the mean of the same speaker's earlier "
        f"ones in a random order of time (mean of {ORDERS} orders). _raw: each sentence judged as "
        "the first that a stranger says: nothing of the speaker's other sentences counts; the mean "
        "over the sentence itself is taken off its spectrum, as in use.",
        "The shipped weights were trained on actors 1 to 20 of ravdess_speech: on these the plain "
        "figures say nothing about quality, and *_cross_validated is the figure to believe "
        "(speakers apart, `affect-perception train voice --cross-validate`). On other people the "
        "plain figures are the ones.",
        "Simple methods: mean and spread of 20 MFCCs and a kernel machine; causal: minus the "
        "running mean of the speaker's earlier sentences; whole speaker: in deviations from all "
        "sentences of the speaker, which looks ahead.",
    ]
    if "calm" not in classes_of(clips) and "neutral" in classes_of(clips):
        notes.append(
            "Calm counts as neutral, as in use. *_without_calm: calm is left out of the answers, "
            "as every other class that does not occur."
        )
    if with_noise:
        notes.append(
            f"cabin_noise: the last 40 % of each recording of a car's cabin, which training does "
            f"not use, mixed in at {levels} dB; training uses the first 60 %."
        )
    else:
        notes.append("No noise of a cabin lies beside this folder: figures in noise are left out.")
    return tuple(notes)


def _rows(
    network: Network, clips: Sequence[SpeechClip], features: Features
) -> list[dict[str, object]]:
    found = judge(network, clips, features, learn=True)
    return [
        {
            "file": clip.path.name,
            "speaker": clip.speaker,
            "emotion": clip.emotion,
            **dict(zip(found.classes, shares.round(4).tolist(), strict=True)),
        }
        for clip, shares in zip(clips, found.probabilities[0], strict=True)
    ]


TASK = Task(
    name="voice",
    summary="how speech sounds: emotion classes of labelled speakers",
    folders=("audio/ravdess_speech", "audio/emodb"),
    run=run,
    things="sounds",
    ours="voice path",
)
