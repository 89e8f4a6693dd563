"""The report of audio-visual emotion: figures, confusions, and where modalities differ."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from affect_perception.evaluation.audiovisual.judge import CLASSES, WAYS
from affect_perception.evaluation.audiovisual.scores import Judged
from affect_perception.evaluation.audiovisual.vote_rules import fit_class_weights, scores_apart
from affect_perception.evaluation.audiovisual.votes import agreement, pairs, winners
from affect_perception.evaluation.classification import confusion
from affect_perception.evaluation.datasets.emotion_votes import Votes

_VOICE, _FACE, _HYBRID = (WAYS.index(name) for name in ("voice", "face", "hybrid"))
_DIGITS = 4
# Numbers of earlier clips, from and to.
_PASTS = ((0, 0), (1, 1), (2, 3), (4, 7), (8, 1_000_000))


def ravdess_report(causal: Judged, raw: Judged) -> dict[str, Any]:
    """Everything about clips with features, judged relative to the past and by themselves."""
    return {
        "clips": len(causal.truth),
        "speakers": len(set(causal.speakers)),
        "names": sorted(set(causal.speakers)),
        "orders": len(causal.found),
        "causal": _judged(causal),
        "raw": _judged(raw),
    }


def _judged(judged: Judged) -> dict[str, Any]:
    fused, single = judged.recalls["hybrid"], judged.better_single
    ways = {}
    for number, name in enumerate(WAYS):
        recalls = judged.recalls[name]
        low, high = recalls.interval()
        scores = judged.scores(number)
        counts = sum(confusion(said, judged.truth, len(CLASSES)) for said in judged.said(number))
        ways[name] = {
            "uar": recalls.uar,
            "ci95": [low, high],
            "accuracy": scores["accuracy"],
            "ece": scores["ece"],
            "ece_if_right": judged.ece_if_right(number),
            "recalls": dict(zip(CLASSES, recalls.of_classes.tolist(), strict=True)),
            "confusion": (np.asarray(counts) / len(judged.found)).tolist(),
        }
    gains = {name: list(fused.gain_over(judged.recalls[name])) for name in WAYS if name != "hybrid"}
    return rounded(
        {
            "scores": judged.scores(),
            "ways": ways,
            "better_single": single,
            "hybrid_gain_over": gains,
            "by_past": by_past(judged),
            "told_by": told_by(judged),
            "disagreement": disagreement(judged),
            "incongruence": judged.incongruence(),
        }
    )


def by_past(judged: Judged) -> list[dict[str, float]]:
    """Share of clips that each way tells, by how many clips of the person came before.

    Returns:
        `fewest` and `most` earlier clips, `clips` (of all orders), and each way.
    """
    earlier = np.array(judged.earlier)
    right = {name: _right(judged, way) for way, name in enumerate(WAYS)}
    result = []
    for fewest, most in _PASTS:
        rows = (earlier >= fewest) & (earlier <= most)
        if rows.any():
            shares = {name: _mean(flags[rows]) for name, flags in right.items()}
            counted = {"fewest": float(fewest), "most": float(earlier[rows].max())}
            result.append({**counted, "clips": float(rows.sum()), **shares})
    return result


def told_by(judged: Judged) -> dict[str, dict[str, float]]:
    """Per class, shares of clips told by both modalities, one alone, or neither, and fused.

    Returns:
        Class to `both`, `face_only`, `voice_only`, `neither` (together 1), and `fused_of_neither`:
        share of the last that the hybrid tells all the same.
    """
    voice, face, fused = (_right(judged, way) for way in (_VOICE, _FACE, _HYBRID))
    result = {}
    for number, name in enumerate(CLASSES):
        rows = judged.truth == number
        v, f, h = voice[:, rows], face[:, rows], fused[:, rows]
        neither = ~v & ~f
        result[name] = {
            "both": _mean(v & f),
            "face_only": _mean(f & ~v),
            "voice_only": _mean(v & ~f),
            "neither": _mean(neither),
            "fused_of_neither": _mean(h[neither]),
        }
    return result


def disagreement(judged: Judged) -> dict[str, float]:
    """How often voice and face name different classes, and what the hybrid then says.

    Returns:
        `share` of clips; of these the shares in which the voice, the face, or neither is right, and
        in which the hybrid says what the voice, the face, or neither said, and is right; and
        `hybrid_right_agreeing`, of the other clips.
    """
    voice, face, fused = (np.array(judged.said(way)) for way in (_VOICE, _FACE, _HYBRID))
    truth = np.broadcast_to(judged.truth, voice.shape)
    differ = voice != face
    v, f, h, t = voice[differ], face[differ], fused[differ], truth[differ]
    return {
        "share": _mean(differ),
        "voice_right": _mean(v == t),
        "face_right": _mean(f == t),
        "neither_right": _mean((v != t) & (f != t)),
        "as_voice": _mean(h == v),
        "as_face": _mean(h == f),
        "as_neither": _mean((h != v) & (h != f)),
        "hybrid_right": _mean(h == t),
        "hybrid_right_agreeing": _mean((fused == truth)[~differ]),
    }


def votes_report(votes: Votes) -> dict[str, Any]:
    """Everything about votes: agreement, who wins, rules with actors apart, the rule of all."""
    return rounded(
        {
            "clips": len(votes.actors),
            "actors": len(set(votes.actors)),
            "names": sorted(set(votes.actors)),
            "agreement": agreement(votes),
            "winners": winners(votes),
            "pairs": pairs(votes)[:10],
            "rules": scores_apart(votes),
            "rule": fit_class_weights(votes).content(),
        }
    )


def rounded(value: Any) -> Any:
    """The content with short numbers; None for what could not be measured, as JSON has no NaN."""
    if isinstance(value, Mapping):
        return {key: rounded(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(one) for one in value]
    if isinstance(value, float):
        return round(value, _DIGITS) if math.isfinite(value) else None
    return value


def _right(judged: Judged, way: int) -> npt.NDArray[np.bool_]:
    return np.array([said == judged.truth for said in judged.said(way)])


def _mean(flags: npt.NDArray[np.bool_]) -> float:
    return float(flags.mean()) if flags.size else math.nan
