"""Pictures with a labelled head direction, in the three formats that are told by their columns.

All are brought to the signs of this package: yaw positive to the person's left, pitch positive
upwards, roll positive to the person's right shoulder, degrees, seen from the camera.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from affect_perception.core.errors import InputError
from affect_perception.evaluation.datasets.table import Row, Table, picture_path, read_table

POINTING04 = "pointing04"
DRIVFACE = "drivface"
AFLW2000 = "aflw2000"

FORMAT_COLUMNS = {
    DRIVFACE: ("fileName", "subject", "label", "ang", "xRE", "yRE", "xLE", "yLE", "xN", "yN"),
    POINTING04: ("file", "subject", "glasses", "yaw_deg", "pitch_deg"),
    AFLW2000: ("file", "yaw_deg", "pitch_deg", "roll_deg"),
}

FIVE_POINTS = ("right_eye", "left_eye", "nose_tip", "right_mouth_corner", "left_mouth_corner")
_DRIVFACE_POINTS = ("RE", "LE", "N", "RM", "LM")


@dataclass(frozen=True)
class HeadPoseSample:
    """One labelled picture.

    Attributes:
        path: The picture.
        subject: The person.
        yaw_deg: Label, positive to the person's left.
        pitch_deg: Label, positive upwards, or None.
        roll_deg: Label, positive to the person's right shoulder, or None.
        glasses: Whether the person wears glasses, or None if not labelled.
        looking: 1 right, 2 frontal, 3 left (DrivFace), or None.
        points: (5, 2) px in the order of FIVE_POINTS, or None.
    """

    path: Path
    subject: str
    yaw_deg: float
    pitch_deg: float | None = None
    roll_deg: float | None = None
    glasses: bool | None = None
    looking: int | None = None
    points: npt.NDArray[np.float64] | None = None


@dataclass(frozen=True)
class HeadPoseData:
    """The samples of a folder and the format they came in."""

    format: str
    samples: tuple[HeadPoseSample, ...]


def read_head_pose(folder: Path, split: str | None = None) -> HeadPoseData:
    """Reads `labels.csv` of a folder and tells the format by its columns.

    Args:
        folder: The folder.
        split: Value of the column `split` to keep, or None for all rows.

    Raises:
        InputError: If the folder or a picture is missing or the columns fit no known format.
    """
    if not folder.is_dir():
        raise InputError(f"no such folder: {folder}")
    table = read_table(folder / "labels.csv")
    if split is not None:
        table = table.select("split", split)
    kind = _format(table)
    read = {DRIVFACE: _drivface, POINTING04: _pointing04, AFLW2000: _aflw2000}[kind]
    return HeadPoseData(kind, tuple(read(folder, row) for row in table.rows))


def _format(table: Table) -> str:
    for name, columns in FORMAT_COLUMNS.items():
        if table.has(*columns):
            return name
    wanted = "; ".join(f"{name}: {', '.join(cols)}" for name, cols in FORMAT_COLUMNS.items())
    raise InputError(
        f"{table.path}: the columns fit no known head pose format. Found "
        f"{', '.join(table.columns[:12])}. Known: {wanted}"
    )


def _pointing04(folder: Path, row: Row) -> HeadPoseSample:
    """Signs as in this package already."""
    return HeadPoseSample(
        path=picture_path(folder, row.text("file"), "images"),
        subject=row.text("subject"),
        yaw_deg=row.number("yaw_deg"),
        pitch_deg=row.number("pitch_deg"),
        glasses=bool(row.number("glasses")),
    )


def _drivface(folder: Path, row: Row) -> HeadPoseSample:
    """`ang` is positive where the nose points to the image right: the person's left, as here.

    The data set's page names the angle without its sign; it shows in the labelled points (the nose
    lies left of the middle of the eyes at -45 and right of it at +45).
    """
    coordinates = [(row.number(f"x{p}"), row.number(f"y{p}")) for p in _DRIVFACE_POINTS]
    return HeadPoseSample(
        path=picture_path(folder, row.text("fileName"), "images"),
        subject=row.text("subject"),
        yaw_deg=row.number("ang"),
        looking=int(row.number("label")),
        points=np.array(coordinates, dtype=np.float64),
    )


def _aflw2000(folder: Path, row: Row) -> HeadPoseSample:
    """There yaw is positive to the person's right and roll when the image-right eye is lower."""
    file = row.text("file")
    return HeadPoseSample(
        path=picture_path(folder, file, "faces", "images"),
        subject=file,
        yaw_deg=-row.number("yaw_deg"),
        pitch_deg=row.number("pitch_deg"),
        roll_deg=-row.number("roll_deg"),
    )
