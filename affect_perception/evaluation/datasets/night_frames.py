"""Frames of a driver at night whose eyes fall shut, labelled frame by frame."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from affect_perception.core.errors import InputError
from affect_perception.evaluation.datasets.table import Row, picture_path, read_table

# What the column `eyes` may say.
COVERED, NARROW, UNCERTAIN, PROBABLY_CLOSED, CLOSED = (
    "covered_one_eye",
    "narrow",
    "uncertain",
    "closed_probable",
    "closed",
)
EYES = (COVERED, NARROW, UNCERTAIN, PROBABLY_CLOSED, CLOSED)
# Frames per second of the recording; the set's page assumes 30.
SOURCE_RATE = 30.0


@dataclass(frozen=True)
class NightFrame:
    """One frame.

    Attributes:
        path: The picture.
        subject: Person.
        stamp_ns: From the number of the frame in its recording.
        eyes: One of `EYES`.
    """

    path: Path
    subject: str
    stamp_ns: int
    eyes: str


def read_night_frames(folder: Path, split: str | None = None) -> tuple[NightFrame, ...]:
    """Reads `labels.csv`: file, subject, source_frame, eyes; in order of subject and frame.

    Args:
        folder: The folder.
        split: Value of the column subject to keep, or None for all.

    Raises:
        InputError: If the table, a column or a picture is missing, or `eyes` says something else.
    """
    table = read_table(folder / "labels.csv")
    table.need(["file", "subject", "source_frame", "eyes"])
    if split is not None:
        table = table.select("subject", split)
    frames = (_frame(folder, row) for row in table.rows)
    return tuple(sorted(frames, key=lambda f: (f.subject, f.stamp_ns)))


def _frame(folder: Path, row: Row) -> NightFrame:
    eyes = row.text("eyes")
    if eyes not in EYES:
        raise InputError(
            f"{row.path}, line {row.line}: column 'eyes' holds {eyes!r}; known: {', '.join(EYES)}"
        )
    stamp = round(row.number("source_frame") / SOURCE_RATE * 1e9)
    path = picture_path(folder, row.text("file"), "images")
    return NightFrame(path, row.text("subject"), stamp, eyes)
