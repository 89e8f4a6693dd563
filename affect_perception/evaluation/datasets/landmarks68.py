"""Faces with the 68 points of the iBUG group (300-W mark-up)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from affect_perception.core.errors import InputError
from affect_perception.evaluation.datasets.table import picture_path, read_table

POINTS = 68
JAW = slice(0, 17)
INNER = slice(17, 68)
OUTER_EYE_CORNERS = (36, 45)


@dataclass(frozen=True)
class LandmarkSample:
    """One labelled face; `points` are (68, 2) px, x right, y down, pixel centres at integers."""

    path: Path
    part: str
    points: npt.NDArray[np.float64]

    @property
    def eye_distance(self) -> float:
        """Distance of the outer eye corners, px: the reference length of the NME."""
        a, b = (self.points[i] for i in OUTER_EYE_CORNERS)
        return float(np.linalg.norm(a - b))


def read_landmarks68(folder: Path, split: str | None = None) -> tuple[LandmarkSample, ...]:
    """Reads `landmarks68.csv`: file, set, x0, y0 ... x67, y67.

    Args:
        folder: The folder; pictures lie in `faces`.
        split: Value of the column `set` to keep (helen, afw), or None for all rows.

    Raises:
        InputError: If the folder, a column or a picture is missing, or a number is none.
    """
    if not folder.is_dir():
        raise InputError(f"no such folder: {folder}")
    table = read_table(folder / "landmarks68.csv")
    coordinates = [f"{axis}{i}" for i in range(POINTS) for axis in "xy"]
    table.need(["file", "set", *coordinates])
    if split is not None:
        table = table.select("set", split)
    return tuple(
        LandmarkSample(
            path=picture_path(folder, row.text("file"), "faces", "images"),
            part=row.text("set"),
            points=np.array([row.number(c) for c in coordinates]).reshape(POINTS, 2),
        )
        for row in table.rows
    )
