"""Sheets of eye patches with known gaze targets, in the format of UT Multi-view (sheets of tiles).

Labels are directions on the screen in front of the head, not relative to the camera that took the
patch: each camera sees each eye from another side.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from affect_perception.core.errors import InputError
from affect_perception.core.types import ByteArray
from affect_perception.core.vision.eye_patch import PATCH_HEIGHT, PATCH_WIDTH
from affect_perception.evaluation.datasets.table import read_table
from affect_perception.io.image_codec import decode_compressed

_SHEET = re.compile(r"(?P<subject>[A-Za-z0-9-]+)_(?P<side>left|right)_cam(?P<camera>\d+)")
COLUMNS = 16
Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class UtMultiview:
    """All tiles of a folder as arrays; a right eye is mirrored, as `core.vision.eye_patch` does.

    Attributes:
        patches: uint8 (n, 36, 60), as they are (equalised by the data set), right eyes mirrored.
        gaze: (n, 2) yaw, pitch on the screen, rad; yaw > 0 to the patch's right (for a left eye the
            person's left, for a mirrored right eye the person's right), pitch > 0 up.
        subjects: (n,) index into `names`.
        cameras: (n,) camera number.
        left: (n,) True for the person's left eye.
        targets: (n,) number of the target.
        names: Subjects in rising order.
    """

    patches: ByteArray
    gaze: Array
    subjects: npt.NDArray[np.int64]
    cameras: npt.NDArray[np.int64]
    left: npt.NDArray[np.bool_]
    targets: npt.NDArray[np.int64]
    names: tuple[str, ...]

    @cached_property
    def views(self) -> npt.NDArray[np.int64]:
        """(n,) number of the camera and eye together: 2 x camera + (1 if left)."""
        return 2 * self.cameras + self.left

    def part(self, chosen: npt.NDArray[np.bool_] | npt.NDArray[np.int64]) -> UtMultiview:
        """The chosen rows, with the subjects numbered as in the whole."""
        rows = {f.name: getattr(self, f.name)[chosen] for f in fields(self) if f.name != "names"}
        return replace(self, **rows)


def read_ut_multiview(folder: Path, subjects: tuple[str, ...] | None = None) -> UtMultiview:
    """Reads `targets.csv` and `sheets/<subject>_<left|right>_cam<k>.jpg`.

    The table's yaw is positive to the subject's own right; it is turned round here.

    Args:
        folder: The folder.
        subjects: Which to read; all if None.

    Raises:
        InputError: If the table, the sheets or a wanted subject are missing or a sheet is too
            small for the targets of the table.
    """
    targets = _targets(folder)
    sheets = sorted(_sheets(folder))
    names = tuple(sorted({subject for subject, *_ in sheets}))
    missing = sorted(set(subjects or ()) - set(names))
    if missing:
        known = ", ".join(names)
        raise InputError(f"{folder}: no sheets of {', '.join(missing)}; there are {known}")
    if subjects is not None:
        names = tuple(n for n in names if n in subjects)
        sheets = [sheet for sheet in sheets if sheet[0] in names]
    parts = [_tiles(path, len(targets), left=side == "left") for _, side, _, path in sheets]
    sign = np.array([[1.0 if side == "left" else -1.0, 1.0] for _, side, _, _ in sheets])
    count = len(targets)
    return UtMultiview(
        patches=np.concatenate(parts),
        gaze=(sign[:, None] * targets[None]).reshape(-1, 2),
        subjects=np.repeat([names.index(sheet[0]) for sheet in sheets], count),
        cameras=np.repeat([sheet[2] for sheet in sheets], count),
        left=np.repeat([sheet[1] == "left" for sheet in sheets], count),
        targets=np.tile(np.arange(count), len(sheets)),
        names=names,
    )


def is_ut_multiview(folder: Path) -> bool:
    """True if a folder has the form of this set."""
    return (folder / "sheets").is_dir() and (folder / "targets.csv").is_file()


def _targets(folder: Path) -> Array:
    table = read_table(folder / "targets.csv")
    table.need(["tile", "yaw_deg", "pitch_deg"])
    rows = sorted(table.rows, key=lambda row: row.number("tile"))
    angles = [(-row.number("yaw_deg"), row.number("pitch_deg")) for row in rows]
    return np.radians(np.array(angles))


def _sheets(folder: Path) -> Iterator[tuple[str, str, int, Path]]:
    found = False
    for path in sorted((folder / "sheets").glob("*")):
        match = _SHEET.fullmatch(path.stem)
        if match is not None:
            found = True
            yield match["subject"], match["side"], int(match["camera"]), path
    if not found:
        raise InputError(f"{folder / 'sheets'}: no <subject>_<left|right>_cam<k> pictures")


def _tiles(path: Path, count: int, *, left: bool) -> ByteArray:
    try:
        sheet = decode_compressed(path.read_bytes(), path.suffix.lstrip(".").lower())
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    if sheet.ndim == 3:
        sheet = sheet[:, :, 1]
    rows = -(-count // COLUMNS)
    if sheet.shape[0] < rows * PATCH_HEIGHT or sheet.shape[1] < COLUMNS * PATCH_WIDTH:
        size = f"{sheet.shape[1]}x{sheet.shape[0]}"
        raise InputError(f"{path}: {size} px is too small for {count} tiles")
    sheet = sheet[: rows * PATCH_HEIGHT, : COLUMNS * PATCH_WIDTH]
    tiles = sheet.reshape(rows, PATCH_HEIGHT, COLUMNS, PATCH_WIDTH).transpose(0, 2, 1, 3)
    flat = np.ascontiguousarray(tiles.reshape(-1, PATCH_HEIGHT, PATCH_WIDTH)[:count])
    return flat if left else np.ascontiguousarray(flat[:, :, ::-1])
