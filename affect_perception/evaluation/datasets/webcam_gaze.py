"""Webcam pictures of persons who look at known places on a screen."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from affect_perception.core.errors import InputError
from affect_perception.evaluation.datasets.table import Table, picture_path, read_table

COLUMNS = ("file", "target", "yaw_deg", "pitch_deg")


@dataclass(frozen=True)
class GazeSample:
    """One picture: yaw positive to the person's left, pitch positive upwards, degrees."""

    path: Path
    subject: str
    target: str
    yaw_deg: float
    pitch_deg: float


def read_webcam_gaze(folder: Path, split: str | None = None) -> tuple[GazeSample, ...]:
    """Reads `labels.csv`: file, target, yaw_deg, pitch_deg, optionally subject and round.

    In the labels yaw is positive to the screen's right, which is the right of the person before
    it; here it is positive to the person's left.

    Args:
        folder: The folder; pictures lie in `frames`.
        split: Value of the column `round` to keep, or None for all rows.

    Raises:
        InputError: If the folder, a column or a picture is missing, or a number is none.
    """
    if not folder.is_dir():
        raise InputError(f"no such folder: {folder}")
    table: Table = read_table(folder / "labels.csv")
    table.need(COLUMNS)
    if split is not None:
        table = table.select("round", split)
    named = table.has("subject")
    return tuple(
        GazeSample(
            path=picture_path(folder, row.text("file"), "frames", "images"),
            subject=row.text("subject") if named else "one",
            target=row.text("target"),
            yaw_deg=-row.number("yaw_deg"),
            pitch_deg=row.number("pitch_deg"),
        )
        for row in table.rows
    )
