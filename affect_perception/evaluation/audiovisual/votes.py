"""What people hear, see, and both: agreement, who wins, and rules that combine voice and face.

A rule gives shares over the classes from the votes on the voice alone and on the face alone; it is
scored against the votes of other people who had both. Votes are drawn towards equal shares by
`SMOOTHING` votes per class, so that a class nobody chose is unlikely and not impossible.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from affect_perception.core.errors import InputError
from affect_perception.evaluation.classification import softmax
from affect_perception.evaluation.datasets.emotion_votes import HOW, VOTED, Votes
from affect_perception.evaluation.metrics import unweighted_average_recall

Array = npt.NDArray[np.float64]

SMOOTHING = 0.5
VOICE, FACE, BOTH = (HOW.index(name) for name in ("voice", "face", "av"))


@dataclass(frozen=True)
class Rule:
    """softmax(bias + voice * log(shares heard) + face * log(shares seen)).

    Attributes:
        voice: (classes,) how much what was heard counts.
        face: (classes,) how much what was seen counts.
        bias: (classes,).
    """

    voice: Array
    face: Array
    bias: Array

    def shares(self, votes: Votes) -> Array:
        """(n, classes) shares expected of people who hear and see."""
        heard, seen = (np.log(smoothed(votes.counts[:, how])) for how in (VOICE, FACE))
        return softmax(self.bias + heard * self.voice + seen * self.face)

    def content(self) -> dict[str, dict[str, float]]:
        """For a file: each class with its numbers."""
        columns = zip(VOTED, self.voice, self.face, self.bias, strict=True)
        return {
            name: {"voice": float(v), "face": float(f), "bias": float(b)}
            for name, v, f, b in columns
        }

    @classmethod
    def from_content(cls, content: Mapping[str, Mapping[str, float]]) -> Rule:
        """Reads what `content` gave.

        Raises:
            InputError: If a class or number is missing.
        """
        try:
            parts = [
                np.array([content[name][part] for name in VOTED], np.float64)
                for part in ("voice", "face", "bias")
            ]
        except (KeyError, TypeError) as error:
            raise InputError(f"a rule of combination lacks {error}") from error
        return cls(*parts)


def smoothed(counts: Array) -> Array:
    """Shares (n, classes) of counts, drawn towards equal ones."""
    raised = counts + SMOOTHING
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))


def plain_rules(votes: Votes) -> dict[str, Array]:
    """Shares (n, classes) of the rules that nothing has to be learned for."""
    heard, seen = (smoothed(votes.counts[:, how]) for how in (VOICE, FACE))
    product = heard * seen
    return {
        "voice alone": heard,
        "face alone": seen,
        "mean": (heard + seen) / 2.0,
        "product": product / product.sum(axis=1, keepdims=True),
    }


def rule_scores(shares: Array, votes: Votes) -> dict[str, float]:
    """How well shares predict the votes on both.

    Returns:
        `accuracy`, `uar`: the largest share against the class with the most votes, of clips where
        that is one class; `cross_entropy` in nats per vote; `vote_distance`: half the summed
        distance of shares from votes, 0 to 1; `accuracy_intended`: against what the actor meant.
    """
    both, said = votes.counts[:, BOTH], shares.argmax(axis=1)
    top = clear_tops(votes)[:, BOTH]
    clear = top >= 0
    target = both / both.sum(axis=1, keepdims=True)
    return {
        "accuracy": float((said == top)[clear].mean()) if clear.any() else float("nan"),
        "uar": unweighted_average_recall(said[clear].tolist(), top[clear].tolist()),
        "cross_entropy": float(-(target * np.log(np.maximum(shares, 1e-12))).sum(axis=1).mean()),
        "vote_distance": float(0.5 * np.abs(shares - target).sum(axis=1).mean()),
        "accuracy_intended": float((said == votes.intended).mean()),
    }


def clear_tops(votes: Votes) -> npt.NDArray[np.int64]:
    """(n, 3) class with the most votes by voice, face and both; -1 where two share the place."""
    counts = votes.counts
    clear = (counts == counts.max(axis=2, keepdims=True)).sum(axis=2) == 1
    return np.where(clear, counts.argmax(axis=2), -1).astype(np.int64)


def agreement(votes: Votes) -> dict[str, float]:
    """Who agrees with whom, among clips where all three have one class with the most votes.

    Returns:
        `clips`; `voice_is_face`; and of the clips where voice and face differ, the share in which
        both together are what the voice (`conflict_voice_wins`), the face (`conflict_face_wins`)
        or neither said (`conflict_third_wins`); `intended_*`: share that is what was meant.
    """
    tops = clear_tops(votes)
    rows = (tops >= 0).all(axis=1)
    voice, face, both = tops[rows].T
    conflict = voice != face
    result = {"clips": float(rows.sum()), "voice_is_face": _mean(~conflict)}
    result["conflicts"] = float(conflict.sum())
    result["conflict_voice_wins"] = _mean((both == voice)[conflict])
    result["conflict_face_wins"] = _mean((both == face)[conflict])
    result["conflict_third_wins"] = _mean(((both != voice) & (both != face))[conflict])
    intended = votes.intended[rows]
    for name, top in (("voice", voice), ("face", face), ("both", both)):
        result[f"intended_{name}"] = _mean(top == intended)
    result["intended_voice_only"] = _mean((voice == intended) & (face != intended))
    result["intended_face_only"] = _mean((face == intended) & (voice != intended))
    return result


def winners(votes: Votes) -> dict[str, dict[str, float]]:
    """Per class: how often it wins when only the voice, or only the face, says so.

    Returns:
        Class to `heard` (clips where the voice says it and the face another), `heard_wins` (share
        in which both together say it), `seen`, `seen_wins`; and recall of what the actor meant by
        `voice`, `face`, `both`.
    """
    tops = clear_tops(votes)
    rows = (tops >= 0).all(axis=1)
    voice, face, both = tops[rows].T
    intended, conflict = votes.intended[rows], voice != face
    result = {}
    for number, name in enumerate(VOTED):
        heard, seen = conflict & (voice == number), conflict & (face == number)
        meant = intended == number
        result[name] = {
            "heard": float(heard.sum()),
            "heard_wins": _mean((both == number)[heard]),
            "seen": float(seen.sum()),
            "seen_wins": _mean((both == number)[seen]),
            "voice": _mean((voice == number)[meant]),
            "face": _mean((face == number)[meant]),
            "both": _mean((both == number)[meant]),
        }
    return result


def pairs(votes: Votes) -> list[dict[str, float | str]]:
    """Each pair of different classes of voice and face, most frequent first.

    Returns:
        `voice`, `face`, `clips`, and the shares in which both together say what the voice said,
        what the face said, or something else.
    """
    tops = clear_tops(votes)
    voice, face, both = tops[(tops >= 0).all(axis=1)].T
    found: list[dict[str, float | str]] = []
    for heard, seen in np.ndindex(len(VOTED), len(VOTED)):
        rows = (voice == heard) & (face == seen)
        if heard == seen or not rows.any():
            continue
        as_heard, as_seen = _mean((both == heard)[rows]), _mean((both == seen)[rows])
        found.append(
            {
                "voice": VOTED[heard],
                "face": VOTED[seen],
                "clips": float(rows.sum()),
                "as_voice": as_heard,
                "as_face": as_seen,
                "other": 1.0 - as_heard - as_seen,
            }
        )
    return sorted(found, key=lambda pair: -float(pair["clips"]))


def _mean(flags: npt.NDArray[np.bool_]) -> float:
    return float(flags.mean()) if flags.size else float("nan")
