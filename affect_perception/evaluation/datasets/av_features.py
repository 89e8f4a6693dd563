"""Reads a table of clips with features of face and voice (format of ravdess_av)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from affect_perception.core.affect_classes import RAVDESS_CLASSES
from affect_perception.core.errors import InputError
from affect_perception.evaluation.audiovisual.features import (
    FACE_COLUMNS,
    VOICE_COLUMNS,
    scaled,
)
from affect_perception.evaluation.datasets.speech import EMOTIONS
from affect_perception.evaluation.datasets.table import Row, read_table

TABLES = ("clip_features.csv.gz", "clip_features.csv")

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class AvClips:
    """The clips of a table, in its order.

    Attributes:
        names: Name of each clip.
        speakers: Who speaks.
        truth: (n,) numbers of `core.affect_classes.RAVDESS_CLASSES`.
        features: (n, FEATURES) as from `features.scaled`; NaN where the table is empty.
    """

    names: tuple[str, ...]
    speakers: tuple[str, ...]
    truth: npt.NDArray[np.int64]
    features: Array

    def of(self, rows: npt.NDArray[np.bool_]) -> AvClips:
        """The clips of a mask (n,)."""
        places = np.flatnonzero(rows).tolist()
        return AvClips(
            tuple(self.names[i] for i in places),
            tuple(self.speakers[i] for i in places),
            self.truth[rows],
            self.features[rows],
        )


def has_av_features(folder: Path) -> bool:
    """Whether the folder holds such a table."""
    return any((folder / name).is_file() for name in TABLES)


def read_av_features(folder: Path, split: str | None = None) -> AvClips:
    """Reads the table of a folder.

    Args:
        folder: The folder.
        split: Only this speaker, or speakers joined by commas.

    Raises:
        InputError: If there is no such table, a column is missing, an emotion is unknown, or a
            number is none (empty ones are unknown).
    """
    path = next((folder / name for name in TABLES if (folder / name).is_file()), None)
    if path is None:
        raise InputError(f"{folder}: holds no table of clips ({' or '.join(TABLES)})")
    table = read_table(path)
    columns = (*VOICE_COLUMNS, *FACE_COLUMNS)
    table.need(["file", "emotion", "actor", *columns])
    wanted = set(split.split(",")) if split else None
    rows = [row for row in table.rows if wanted is None or row.text("actor") in wanted]
    if not rows:
        known = ", ".join(sorted({row.text("actor") for row in table.rows}))
        raise InputError(f"{path}: no clip of speaker {split}; there are {known}")
    return AvClips(
        names=tuple(row.text("file") for row in rows),
        speakers=tuple(row.text("actor") for row in rows),
        truth=np.array([_class(row) for row in rows], np.int64),
        features=scaled([[_number(row, column) for column in columns] for row in rows]),
    )


def _class(row: Row) -> int:
    name = EMOTIONS.get(row.text("emotion"), "")
    if name not in RAVDESS_CLASSES:
        raise InputError(f"{row.path}, line {row.line}: unknown emotion {row.text('emotion')!r}")
    return RAVDESS_CLASSES.index(name)


def _number(row: Row, column: str) -> float:
    return row.number(column) if row.values[column].strip() else math.nan
