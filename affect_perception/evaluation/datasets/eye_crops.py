"""Crops of single eyes: open and closed ones, and infrared ones with the pupil marked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from affect_perception.core.errors import InputError
from affect_perception.evaluation.datasets.table import Row, picture_path, read_table

OPEN, CLOSED = "open", "closed"
# Files are numbered per class, near neighbours together. Networks are trained on numbers below
# these (the first 80 % of the part that was at hand); the rest, and whatever comes later, is new.
DEVELOPMENT_FROM: Mapping[str, int] = MappingProxyType({OPEN: 464, CLOSED: 464})
_PICTURES = (".jpg", ".jpeg", ".png")


@dataclass(frozen=True)
class EyeState:
    """One crop of one eye.

    Attributes:
        path: The picture.
        closed: Whether the lids are shut.
        number: Number in the file name.
    """

    path: Path
    closed: bool
    number: int

    @property
    def unseen(self) -> bool:
        """Whether no network of this project was trained on it (see `DEVELOPMENT_FROM`)."""
        return self.number >= DEVELOPMENT_FROM[CLOSED if self.closed else OPEN]


def is_eye_states(folder: Path) -> bool:
    """Whether a folder holds `open` and `closed`."""
    return (folder / OPEN).is_dir() and (folder / CLOSED).is_dir()


def read_eye_states(folder: Path) -> tuple[EyeState, ...]:
    """Reads the folders `open` and `closed`, files named by a number.

    Raises:
        InputError: If a folder is missing or empty, or a name holds no number.
    """
    samples = []
    for name in (OPEN, CLOSED):
        if not (folder / name).is_dir():
            raise InputError(f"no such folder: {folder / name}")
        paths = sorted(p for p in (folder / name).iterdir() if p.suffix.lower() in _PICTURES)
        if not paths:
            raise InputError(f"{folder / name} holds no pictures ({', '.join(_PICTURES)})")
        samples += [EyeState(path, name == CLOSED, _number(path)) for path in paths]
    return tuple(samples)


def _number(path: Path) -> int:
    numbers = re.findall(r"\d+", path.stem)
    if not numbers:
        raise InputError(f"{path}: the name of an eye crop holds its number, as in 0042.jpg")
    return int(numbers[-1])


@dataclass(frozen=True)
class InfraredEye:
    """One near infrared crop of an open eye; places in its px, pixel centres at integers.

    Attributes:
        path: The picture.
        subject: Person.
        side: left or right, as named by the authors.
        pupil: Centre.
        pupil_diameter: Mean of the ellipse's axes.
        iris_diameter: Longer axis of the visible iris, or None where it was not marked.
    """

    path: Path
    subject: str
    side: str
    pupil: tuple[float, float]
    pupil_diameter: float
    iris_diameter: float | None


def read_infrared_eyes(folder: Path, split: str | None = None) -> tuple[InfraredEye, ...]:
    """Reads `labels.csv`: file, subject, side, pupil_cx/cy/axis_a/axis_b, iris_axis_a/axis_b.

    Args:
        folder: The folder.
        split: Value of the column subject to keep, or None for all.

    Raises:
        InputError: If the table, a column or a picture is missing, or a number is none.
    """
    table = read_table(folder / "labels.csv")
    pupil = [f"pupil_{name}" for name in ("cx", "cy", "axis_a", "axis_b")]
    table.need(["file", "subject", "side", *pupil, "iris_axis_a", "iris_axis_b"])
    if split is not None:
        table = table.select("subject", split)
    return tuple(_infrared(folder, row) for row in table.rows)


def _infrared(folder: Path, row: Row) -> InfraredEye:
    marked = bool(row.values["iris_axis_a"].strip())
    iris = max(row.number("iris_axis_a"), row.number("iris_axis_b")) if marked else None
    return InfraredEye(
        path=picture_path(folder, row.text("file"), "images"),
        subject=row.text("subject"),
        side=row.text("side"),
        pupil=(row.number("pupil_cx"), row.number("pupil_cy")),
        pupil_diameter=0.5 * (row.number("pupil_axis_a") + row.number("pupil_axis_b")),
        iris_diameter=iris,
    )
