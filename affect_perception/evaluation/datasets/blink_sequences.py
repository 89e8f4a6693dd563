"""Reads sequences of blinks with a state of drowsiness (format of rldd_blink_features)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from affect_perception.core.drowsiness.blink_statistics import BLINK_NUMBERS
from affect_perception.core.errors import InputError
from affect_perception.evaluation.datasets.table import read_table

BLINKS_FILE, LABELS_FILE = "blinks.csv", "labels.csv"
LEVELS = (0, 5, 10)
"""Drowsiness in the labels: alert, low vigilant, drowsy."""


@dataclass(frozen=True)
class BlinkSequence:
    """The blinks of one video.

    Attributes:
        video: Its name.
        subject: Whose.
        fold: Of the data set's own split.
        state: Index into `LEVELS`.
        blinks: (n, 4) z-scores in the order of `BLINK_NUMBERS`.
    """

    video: str
    subject: str
    fold: str
    state: int
    blinks: npt.NDArray[np.float64]


def read_blink_sequences(folder: Path) -> list[BlinkSequence]:
    """Reads a folder with `labels.csv` and `blinks.csv`, in the order of the labels.

    Raises:
        InputError: If a file or column is missing, a number is none, or a label has no blinks.
    """
    labels = read_table(folder / LABELS_FILE)
    labels.need(["video", "subject", "fold", "drowsiness"])
    table = read_table(folder / BLINKS_FILE)
    columns = [f"{name}_z" for name in BLINK_NUMBERS]
    table.need(["video", "blink", *columns])
    found: dict[str, list[tuple[float, list[float]]]] = {}
    for row in table.rows:
        numbers = [row.number(name) for name in columns]
        found.setdefault(row.text("video"), []).append((row.number("blink"), numbers))
    sequences = []
    for row in labels.rows:
        video, level = row.text("video"), row.number("drowsiness")
        if level not in LEVELS:
            raise InputError(
                f"{row.path}, line {row.line}: drowsiness {level:g} is none of {LEVELS}"
            )
        if video not in found:
            raise InputError(f"{folder / BLINKS_FILE}: no blinks of video '{video}'")
        blinks = np.array([numbers for _, numbers in sorted(found[video])])
        state = LEVELS.index(int(level))
        sequences.append(BlinkSequence(video, row.text("subject"), row.text("fold"), state, blinks))
    return sequences
