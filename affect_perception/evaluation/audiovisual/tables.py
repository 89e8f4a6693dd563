"""The tables of docs/audiovisual.md, from the report of the training."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from affect_perception.evaluation.audiovisual.judge import CLASSES, WAYS
from affect_perception.evaluation.datasets.emotion_votes import VOTED
from affect_perception.io.markdown import table

Report = Mapping[str, Any]

_WHAT = {
    "voice": "voice alone",
    "face": "face alone",
    "late": "late: product of the two",
    "early": "early: one classifier on both",
    "hybrid": "hybrid: product of late and early",
}


def page_tables(report: Report) -> dict[str, str]:
    """Each table by the name of its region."""
    clips, votes = report["ravdess_av"], report["cremad_votes"]
    return {
        "ways": _ways(clips),
        "gains": _gains(clips),
        "by_past": _by_past(clips["causal"]),
        "recalls": _recalls(clips["causal"]),
        "told_by": _told_by(clips["causal"]),
        "confusions": _confusions(clips["causal"]),
        "disagreement": _disagreement(clips),
        "incongruence": _incongruence(clips),
        "votes_agreement": _agreement(votes),
        "votes_winners": _winners(votes),
        "votes_pairs": _pairs(votes),
        "votes_rules": _rules(votes),
        "votes_rule": _rule(votes),
    }


def _ways(clips: Report) -> str:
    rows = []
    for name in WAYS:
        cells = [_WHAT[name]]
        for part in (clips["causal"], clips["raw"]):
            way = part["ways"][name]
            calibration = f"{_text(way['ece'])} ({_text(way['ece_if_right'])})"
            cells += [_with_interval(way["uar"], *way["ci95"]), calibration]
        rows.append(cells)
    titles = ["", "UAR, own past", "calibration error", "UAR, by itself", "calibration error"]
    return table(titles, rows)


def _gains(clips: Report) -> str:
    rows = []
    for name in WAYS[:-1]:
        gains = (clips[part]["hybrid_gain_over"][name] for part in ("causal", "raw"))
        rows.append([_WHAT[name], *(_with_interval(*gain) for gain in gains)])
    return table(["hybrid above", "own past", "by itself"], rows)


def _by_past(part: Report) -> str:
    rows = []
    for row in part["by_past"]:
        few, most = f"{row['fewest']:.0f}", f"{row['most']:.0f}"
        rows.append([few if few == most else f"{few} to {most}", *(_text(row[w]) for w in WAYS)])
    return table(["clips of the person before", *WAYS], rows)


def _recalls(part: Report) -> str:
    rows = []
    for name in CLASSES:
        values = {way: part["ways"][way]["recalls"][name] for way in WAYS}
        single = max(values["voice"], values["face"])
        gain = f"{values['hybrid'] - single:+.3f}"
        rows.append([name, *(_text(values[way]) for way in WAYS), gain])
    return table(["emotion", *WAYS, "gain over the better single"], rows)


def _told_by(part: Report) -> str:
    names = ("both", "face_only", "voice_only", "neither", "fused_of_neither")
    rows = [[name, *(_text(part["told_by"][name][key]) for key in names)] for name in CLASSES]
    titles = ["emotion", "both", "face only", "voice only", "neither", "of these, hybrid right"]
    return table(titles, rows)


def _confusions(part: Report) -> str:
    """The most frequent error per emotion and modality."""
    rows = []
    for number, name in enumerate(CLASSES):
        cells = [name]
        for way in ("voice", "face", "hybrid"):
            counts = list(part["ways"][way]["confusion"][number])
            total = sum(counts)
            counts[number] = -1.0
            most = counts.index(max(counts))
            cells.append(f"{CLASSES[most]} ({_text(counts[most] / total)})")
        rows.append(cells)
    return table(["emotion", "voice says instead", "face says instead", "hybrid"], rows)


def _disagreement(clips: Report) -> str:
    lines = (
        ("share", "clips in which voice and face say different"),
        ("voice_right", "of these: the voice is right"),
        ("face_right", "the face is right"),
        ("neither_right", "neither is right"),
        ("as_voice", "the hybrid says what the voice says"),
        ("as_face", "the hybrid says what the face says"),
        ("as_neither", "the hybrid says something else"),
        ("hybrid_right", "the hybrid is right"),
        ("hybrid_right_agreeing", "where voice and face agree: the hybrid is right"),
    )
    parts = [clips[name]["disagreement"] for name in ("causal", "raw")]
    rows = [[title, *(_text(part[key]) for part in parts)] for key, title in lines]
    return table(["", "own past", "by itself"], rows)


def _incongruence(clips: Report) -> str:
    lines = (
        ("auroc_incongruence", "surprise of one given the other, by classes and features"),
        ("auroc_incongruence_classes", "by classes alone"),
        ("auroc_incongruence_features", "by features alone"),
        ("auroc_incongruence_top_classes", "plain rule: the most probable classes differ"),
    )
    parts = [clips[name]["incongruence"] for name in ("causal", "raw")]
    rows = [[title, *(_text(part[key]) for part in parts)] for key, title in lines]
    return table(["AUROC", "own past", "by itself"], rows)


def _agreement(votes: Report) -> str:
    found = votes["agreement"]
    lines = (
        ("clips", "clips with one top class heard, seen, and both"),
        ("voice_is_face", "share in which voice and face have the same top"),
        ("conflicts", "clips in which they differ"),
        ("conflict_face_wins", "of these: both together are what the face said"),
        ("conflict_voice_wins", "what the voice said"),
        ("conflict_third_wins", "something else"),
        ("intended_voice", "the top is what the actor meant: voice"),
        ("intended_face", "face"),
        ("intended_both", "both"),
        ("intended_voice_only", "meant emotion heard and not seen"),
        ("intended_face_only", "seen and not heard"),
    )
    return table(["", ""], [[title, _text(found[key])] for key, title in lines])


def _winners(votes: Report) -> str:
    rows = []
    for name in VOTED:
        found = votes["winners"][name]
        heard, seen = (_text(found[key]) for key in ("heard", "seen"))
        rows.append(
            [name, *(_text(found[key]) for key in ("voice", "face", "both"))]
            + [f"{_text(found['heard_wins'])} of {heard}", f"{_text(found['seen_wins'])} of {seen}"]
        )
    titles = ["emotion", "recall heard", "seen", "both"]
    return table([*titles, "wins when only heard", "wins when only seen"], rows)


def _pairs(votes: Report) -> str:
    rows = [
        [str(pair["voice"]), str(pair["face"])]
        + [_text(pair[key]) for key in ("clips", "as_voice", "as_face", "other")]
        for pair in votes["pairs"]
    ]
    titles = ["voice says", "face says", "clips", "both as the voice", "as the face", "other"]
    return table(titles, rows)


def _rules(votes: Report) -> str:
    columns = ("accuracy", "uar", "cross_entropy", "vote_distance", "accuracy_intended")
    rows = []
    for name, scores in votes["rules"].items():
        ends = (scores[f"gain{end}"] for end in ("", "_ci95_low", "_ci95_high"))
        gain = "" if name == "product" else _with_interval(*ends)
        first, *rest = (_text(scores[key]) for key in columns)
        rows.append([name, first, gain, *rest])
    titles = [
        "rule",
        "top right",
        "above the product",
        "UAR",
        "cross-entropy, nats",
        "distance from the votes",
    ]
    return table([*titles, "meant emotion right"], rows)


def _rule(votes: Report) -> str:
    columns = ("voice", "face", "bias")
    rows = [[name, *(_text(votes["rule"][name][key]) for key in columns)] for name in VOTED]
    return table(["emotion", "weight of the voice", "weight of the face", "bias"], rows)


def _with_interval(value: float | None, low: float | None, high: float | None) -> str:
    return f"{_text(value)} ({_text(low)} to {_text(high)})"


def _text(value: float | None) -> str:
    if value is None or math.isnan(value):
        return "-"
    return f"{value:.0f}" if abs(value) >= 10.0 else f"{value:.3f}"
