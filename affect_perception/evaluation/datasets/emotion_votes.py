"""Reads votes on emotions heard, seen, and both (format of cremad_votes)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from affect_perception.core.errors import InputError
from affect_perception.evaluation.datasets.speech import EMOTIONS
from affect_perception.evaluation.datasets.table import Row, read_table

LABELS = "labels.csv"
_WORDS = ("anger", "disgust", "fear", "happy", "neutral", "sad")
VOTED = tuple(EMOTIONS[word] for word in _WORDS)
"""The classes that people could vote for, in the order of the counts."""
HOW = ("voice", "face", "av")
"""Heard alone, seen alone, both."""

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Votes:
    """The votes on clips.

    Attributes:
        actors: Whose clip.
        intended: (n,) number in `VOTED` of what the actor meant.
        counts: (n, 3, 6) votes, in the order of `HOW` and `VOTED`.
    """

    actors: tuple[str, ...]
    intended: npt.NDArray[np.int64]
    counts: Array

    def of(self, rows: npt.NDArray[np.bool_]) -> Votes:
        """The clips of a mask (n,)."""
        actors = tuple(self.actors[i] for i in np.flatnonzero(rows).tolist())
        return Votes(actors, self.intended[rows], self.counts[rows])


def has_votes(folder: Path) -> bool:
    """Whether the folder holds such a table."""
    path = folder / LABELS
    return path.is_file() and read_table(path).has("intended", "voice_anger", "av_anger")


def read_votes(folder: Path, split: str | None = None) -> Votes:
    """Reads the table of a folder.

    Args:
        folder: The folder.
        split: Only this actor, or actors joined by commas.

    Raises:
        InputError: If a column is missing, a count is no whole number from 0 on, an emotion is
            unknown, or a clip has no vote of one kind.
    """
    table = read_table(folder / LABELS)
    columns = [f"{how}_{word}" for how in HOW for word in _WORDS]
    table.need(["actor", "intended", *columns])
    wanted = set(split.split(",")) if split else None
    rows = [row for row in table.rows if wanted is None or row.text("actor") in wanted]
    if not rows:
        raise InputError(f"{table.path}: no clip of actor {split}")
    counts = np.array([[row.number(column) for column in columns] for row in rows])
    counts = counts.reshape(len(rows), len(HOW), len(_WORDS))
    wrong = (counts < 0.0) | (counts != np.round(counts))
    empty = counts.sum(axis=2) < 1.0
    for flags, what in ((wrong.any(axis=2), "no counts"), (empty, "no votes")):
        if flags.any():
            row, how = np.argwhere(flags)[0]
            raise InputError(f"{table.path}, line {rows[row].line}: {what} for {HOW[how]}")
    intended = np.array([_class(row) for row in rows], np.int64)
    return Votes(tuple(row.text("actor") for row in rows), intended, counts)


def _class(row: Row) -> int:
    name = EMOTIONS.get(row.text("intended"), "")
    if name not in VOTED:
        raise InputError(f"{row.path}, line {row.line}: unknown emotion {row.text('intended')!r}")
    return VOTED.index(name)
