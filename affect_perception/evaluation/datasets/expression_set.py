"""Faces labelled with an expression, in memory: what every reader of such a set gives."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from affect_perception.core.errors import InputError

TILE = 48
"""Side of a face, px: that of FER2013. Larger faces are brought to it."""

FER2013_CLASSES = ("anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral")
"""FER2013's seven classes in the order of its label numbers (angry, disgust, ... in its words)."""

VOTE_COLUMNS = (
    "neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt",
    "unknown", "NF",
)  # fmt: skip
"""FER+ votes in the order of fer2013new.csv; the first eight are `core.affect_classes`."""
EXPRESSIONS = 8

TRAINING, PUBLIC_TEST, PRIVATE_TEST = "Training", "PublicTest", "PrivateTest"
SPLITS = (TRAINING, PUBLIC_TEST, PRIVATE_TEST)
VALIDATION = "validation"
"""AffectNet's second split; its third is not published."""

Bytes = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class ExpressionSet:
    """Faces and what people said of them; all arrays of equal length n.

    Attributes:
        pictures: (n, 48, 48) grey.
        emotion: (n,) index into `FER2013_CLASSES`, -1 where there is no such label.
        votes: (n, 10) FER+ votes in the order of `VOTE_COLUMNS`, zeros where there are none.
        split: (n,) name of the split as the authors call it.
        duplicate: (n,) whether a picture of another split than Training is also in Training.
        original: (n,) whether the pixels are those of the source and the votes belong to them.
        ambiguous: (n,) whether the same picture occurs with another label, too.
        valence: (n,) -1 unpleasant .. 1 pleasant as labelled, NaN without a label.
        arousal: (n,) -1 calm .. 1 excited, NaN without a label.
    """

    pictures: Bytes
    emotion: Numbers
    votes: Floats
    split: npt.NDArray[np.str_]
    duplicate: Flags
    original: Flags
    ambiguous: Flags
    valence: Floats
    arousal: Floats

    def __post_init__(self) -> None:
        if self.pictures.ndim != 3 or self.pictures.shape[1:] != (TILE, TILE):
            raise InputError(f"faces must be {TILE}x{TILE}, got {self.pictures.shape}")
        lengths = {field.name: len(getattr(self, field.name)) for field in fields(self)}
        if len(set(lengths.values())) != 1:
            raise InputError(f"pictures and labels differ in number: {lengths}")

    def __len__(self) -> int:
        return len(self.pictures)

    def part(self, rows: Flags | Numbers) -> ExpressionSet:
        """The rows chosen by flags or numbers."""
        return ExpressionSet(*(getattr(self, field.name)[rows] for field in fields(self)))

    def of_split(self, name: str) -> ExpressionSet:
        """The rows of one split.

        Raises:
            InputError: If there are none.
        """
        rows = self.split == name
        if not rows.any():
            known = ", ".join(sorted(set(self.split.tolist()))) or "none"
            raise InputError(f"no faces of split '{name}' (there: {known})")
        return self.part(rows)

    def with_more(self, other: ExpressionSet) -> ExpressionSet:
        """These faces, then those of another set."""
        pairs = ((getattr(self, field.name), getattr(other, field.name)) for field in fields(self))
        return ExpressionSet(*(np.concatenate(pair) for pair in pairs))

    def valence_arousal(self) -> Floats:
        """(n, 2) labelled valence and arousal, -1..1; NaN for both where one is missing."""
        both = np.stack([self.valence, self.arousal], axis=1).astype(np.float32)
        both[~np.isfinite(both).all(axis=1)] = np.nan
        return both

    def expression_shares(self) -> Floats:
        """(n, 8) votes for the eight expressions as shares that add up to 1; zeros without votes.

        Single votes for an expression are taken as mistakes where more than one vote is left
        without them, as the FER+ authors do (Barsoum et al., ICMI 2016, section 3; from memory).
        """
        votes = self.votes[:, :EXPRESSIONS].copy()
        votes[~self.original] = 0.0
        single = votes <= 1.0
        keep = (votes * ~single).sum(axis=1) > 1.0
        votes[single & keep[:, None]] = 0.0
        total = votes.sum(axis=1, keepdims=True)
        return np.asarray(votes / np.maximum(total, 1.0), np.float32)

    def majority(self) -> Numbers:
        """(n,) expression with the most FER+ votes, -1 where that is "unknown" or "not a face".

        Also -1 without votes, where two expressions share the lead, and where the pixels are not
        the source's. The expression needs no absolute majority.
        """
        votes = self.votes
        most = votes.max(axis=1)
        first = votes.argmax(axis=1).astype(np.int64)
        tied = (votes == most[:, None]).sum(axis=1) > 1
        unclear = (first >= EXPRESSIONS) | (most <= 0.0) | tied | ~self.original
        return np.where(unclear, -1, first)


def without_extras(pictures: Bytes, emotion: Numbers, split: npt.NDArray[np.str_]) -> ExpressionSet:
    """A set that has only faces, labels and splits."""
    n = len(pictures)
    return ExpressionSet(
        pictures=pictures,
        emotion=emotion,
        votes=np.zeros((n, len(VOTE_COLUMNS)), np.float32),
        split=split,
        duplicate=np.zeros(n, bool),
        original=np.ones(n, bool),
        ambiguous=np.zeros(n, bool),
        valence=np.full(n, np.nan, np.float32),
        arousal=np.full(n, np.nan, np.float32),
    )
