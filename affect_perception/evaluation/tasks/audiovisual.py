"""Emotion from face and voice together: clips with features of both, or votes on both."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from affect_perception.core.errors import InputError
from affect_perception.evaluation.audiovisual.baselines import simple_methods
from affect_perception.evaluation.audiovisual.judge import CLASSES, HYBRID, WAYS
from affect_perception.evaluation.audiovisual.scores import (
    ORDERS,
    Judged,
    audiovisual_scores,
    judge,
)
from affect_perception.evaluation.audiovisual.vote_rules import apart
from affect_perception.evaluation.audiovisual.votes import (
    Rule,
    agreement,
    plain_rules,
    rule_scores,
)
from affect_perception.evaluation.datasets.av_features import (
    AvClips,
    has_av_features,
    read_av_features,
)
from affect_perception.evaluation.datasets.emotion_votes import VOTED, Votes, has_votes, read_votes
from affect_perception.evaluation.result import Evaluation
from affect_perception.evaluation.tools import Request, Task, Tools
from affect_perception.inference.loader import load_network
from affect_perception.share import share_path

NETWORK = "audiovisual_emotion"
REPORT = f"models/{NETWORK}_cross_validation.json"
LEARNED = "product, weights of each class"
_STORED_RAW = ("uar", "accuracy", "macro_f1", "ece")


def run(request: Request, tools: Tools) -> Evaluation:
    """Judges the clips, or combines the votes, of the folder."""
    if has_av_features(request.data):
        return _clips(request, tools)
    if has_votes(request.data):
        return _votes(request)
    raise InputError(
        f"{request.data}: neither a table of clips (clip_features.csv.gz) nor of votes on voice, "
        "face and both (labels.csv); docs/evaluation.md has the formats"
    )


def _clips(request: Request, tools: Tools) -> Evaluation:
    clips = read_av_features(request.data, request.split)
    network = load_network(NETWORK, tools.config.inference)
    causal, raw = (judge(network, clips, learn=learn) for learn in (True, False))
    stored = _report()["ravdess_av"]
    seen = set(stored["names"]) & set(clips.speakers)
    scores = audiovisual_scores(causal, raw)
    return request.result(
        "audiovisual",
        n=len(clips.names),
        subjects=len(set(clips.speakers)),
        metrics={**scores, **(_cross_validated(stored) if seen else {})},
        baselines=simple_methods(clips),
        model=tools.model_named(NETWORK),
        notes=_clip_notes(sorted(seen, key=lambda name: (len(name), name))),
        rows=_rows(clips, causal),
    )


def _report() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(share_path(REPORT).read_text(encoding="utf-8"))
    return content


def _cross_validated(stored: Mapping[str, Any]) -> dict[str, float]:
    """The stored figures of speakers left out, named as those of `audiovisual_scores`."""
    found: dict[str, float | None] = dict(stored["causal"]["scores"])
    found |= {f"{name}_raw": stored["raw"]["scores"][name] for name in _STORED_RAW}
    for ending, part in (("", stored["causal"]), ("_raw", stored["raw"])):
        ways, single = part["ways"], part["better_single"]
        found |= {f"uar_{name}{ending}": ways[name]["uar"] for name in WAYS[:-1]}
        found |= _interval(f"uar{ending}", ways["hybrid"]["ci95"])
        gain, *interval = part["hybrid_gain_over"][single]
        found[f"uar_gain_over_{single}{ending}"] = gain
        found |= _interval(f"uar_gain_over_{single}{ending}", interval)
        found |= {f"{name}{ending}": value for name, value in part["incongruence"].items()}
    return {
        f"{name}_cross_validated": math.nan if value is None else value
        for name, value in found.items()
        if not name.startswith("precision")
    }


def _interval(name: str, ends: Sequence[float | None]) -> dict[str, float | None]:
    return {f"{name}_ci95_low": ends[0], f"{name}_ci95_high": ends[1]}


def _clip_notes(seen: Sequence[str]) -> tuple[str, ...]:
    notes = [
        "Features are those of the table, by somebody else's extraction: this measures fusion, not "
        "this package's face and voice paths.",
        "Plain names: the hybrid (product of voice, face and both in one), each clip relative to "
        "the running mean and spread of the same speaker's clips up to it, in a random order of "
        f"time (mean of {ORDERS} orders). _raw: each clip by itself. uar_voice ... uar_early: the "
        "other ways.",
        "Intervals are 95 %, drawn over speakers; uar_gain_over_* is paired: the same speakers are "
        "drawn for both.",
        "auroc_incongruence: surprise of the voice of one clip with the face of another clip of "
        "the same speaker with another emotion, against clips as they are, by classes and by what "
        "the features have in common (*_classes, *_features: each alone); *_top_classes: the plain "
        "rule that the most probable classes differ.",
        "Published, on RAVDESS's sound and pictures themselves, eight classes: WavLM-large and "
        "face, late fusion, speakers apart, 0.788 (romia.dev); OpenDR splits at random: not "
        "comparable.",
        "Kernel machine: simple method on the same features, one speaker left out at a time; that "
        "over the whole speaker looks ahead and is no figure for a car.",
    ]
    if seen:
        notes.append(
            f"The shipped weights were trained on speakers {', '.join(seen)}: on these the plain "
            "figures say nothing about quality, and *_cross_validated is the figure to believe "
            "(one speaker left out at a time, `affect-perception train audiovisual "
            "--cross-validate`). They are development data: weights of the recipe were chosen on "
            "them. On other speakers the plain figures are the ones."
        )
    return tuple(notes)


def _rows(clips: AvClips, judged: Judged) -> list[dict[str, object]]:
    found = judged.found[0]
    return [
        {
            "file": name,
            "speaker": speaker,
            "emotion": CLASSES[truth],
            **{way: CLASSES[int(one[place].argmax())] for place, way in enumerate(WAYS)},
            **dict(zip(CLASSES, one[HYBRID].round(4).tolist(), strict=True)),
        }
        for name, speaker, truth, one in zip(
            clips.names, clips.speakers, clips.truth, found, strict=True
        )
    ]


def _votes(request: Request) -> Evaluation:
    votes = read_votes(request.data, request.split)
    stored = _report()["cremad_votes"]
    rule = Rule.from_content(stored["rule"])
    shares = rule.shares(votes)
    metrics = rule_scores(shares, votes)
    actors = set(votes.actors)
    if len(actors) > 1:
        left_out = rule_scores(apart(votes)[LEARNED], votes)
        metrics |= {f"{name}_cross_validated": value for name, value in left_out.items()}
    metrics |= {f"{name}_votes": value for name, value in agreement(votes).items()}
    return request.result(
        "audiovisual",
        n=len(votes.actors),
        subjects=len(actors),
        metrics=metrics,
        baselines={name: rule_scores(one, votes) for name, one in plain_rules(votes).items()},
        model=f"rule of combination in {REPORT}",
        notes=_vote_notes(bool(actors & set(stored["names"]))),
        rows=_vote_rows(votes, shares),
    )


def _vote_notes(trained: bool) -> tuple[str, ...]:
    notes = [
        "Can what people say who hear and see be foretold from what others say who only hear, and "
        "others who only see? accuracy, uar: the class with the most votes, where that is one; "
        "cross_entropy in nats; vote_distance: half the summed distance of shares; "
        "accuracy_intended: what the actor meant.",
        "*_cross_validated: the rule learned on this folder with actors apart, ten folds. *_votes: "
        "the people themselves, on clips where voice, face and both each have one top class; "
        "conflict_*: of the clips where the tops of voice and face differ.",
        "Published, networks on CREMA-D's sound and pictures, meant emotion of six: best 0.8065.",
    ]
    if trained:
        notes.append(
            "The rule was learned on actors of this folder: *_cross_validated is the figure to "
            "believe here."
        )
    return tuple(notes)


def _vote_rows(votes: Votes, shares: np.ndarray) -> list[dict[str, object]]:
    return [
        {
            "actor": actor,
            "intended": VOTED[intended],
            **{f"votes_{name}": int(count) for name, count in zip(VOTED, counts[2], strict=True)},
            **dict(zip(VOTED, one.round(4).tolist(), strict=True)),
        }
        for actor, intended, counts, one in zip(
            votes.actors, votes.intended, votes.counts, shares, strict=True
        )
    ]


TASK = Task(
    name="audiovisual",
    summary="emotion from face and voice together, and where they disagree",
    folders=("audio/ravdess_av", "audio/cremad_votes"),
    run=run,
    things="clips",
    ours="fusion",
)
