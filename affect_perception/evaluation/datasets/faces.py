"""Face pictures whose eyes are known to be closed, or are mostly open and carry group labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from affect_perception.core.errors import InputError
from affect_perception.evaluation.datasets.table import Row, picture_path, read_table

_GENDER = {"0": "male", "1": "female"}
_RACE = {"0": "white", "1": "black", "2": "asian", "3": "indian", "4": "other"}
_COLUMNS = ("file", "age", "gender", "race", "age_group")


@dataclass(frozen=True)
class FaceSample:
    """One picture of one face.

    Attributes:
        path: The picture.
        closed: Whether the eyes are closed; False means mostly open, not verified one by one.
        groups: Apparent group by attribute (age, gender, race), for comparison only.
    """

    path: Path
    closed: bool
    groups: Mapping[str, str] = field(default_factory=dict)


def read_faces(folder: Path, split: str | None = None) -> tuple[FaceSample, ...]:
    """Reads a folder of closed-eye pictures (CEW) or of adults with group labels (UTKFace).

    CEW: `closed_*.jpg`. UTKFace: `labels.csv` with file, age, gender, race, age_group and the
    pictures in `images`. One of the two must be there.

    Args:
        folder: The folder.
        split: Value of the column age_group to keep, or None for all; CEW has no splits.

    Raises:
        InputError: If the folder is missing or is neither.
    """
    if not folder.is_dir():
        raise InputError(f"no such folder: {folder}")
    if (folder / "labels.csv").is_file():
        table = read_table(folder / "labels.csv")
        table.need(_COLUMNS)
        if split is not None:
            table = table.select("age_group", split)
        return tuple(_adult(folder, row) for row in table.rows)
    paths = sorted(folder.glob("closed_*.jpg"))
    if not paths:
        raise InputError(f"{folder} holds neither labels.csv nor pictures closed_*.jpg")
    if split is not None:
        raise InputError(f"{folder} has no splits")
    return tuple(FaceSample(path, True) for path in paths)


def _adult(folder: Path, row: Row) -> FaceSample:
    gender, race = row.text("gender"), row.text("race")
    if gender not in _GENDER or race not in _RACE:
        raise InputError(f"{row.path}, line {row.line}: unknown gender {gender} or race {race}")
    groups = {"age": row.text("age_group"), "gender": _GENDER[gender], "race": _RACE[race]}
    return FaceSample(picture_path(folder, row.text("file"), "images"), False, groups)
