"""Everything that the driver network learns from, read once and kept beside the checkpoint."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from affect_perception.core.cabin import CabinGeometry
from affect_perception.core.errors import InputError
from affect_perception.evaluation.datasets.landmarks68 import read_landmarks68
from affect_perception.evaluation.datasets.ut_multiview import UtMultiview
from affect_perception.evaluation.load.courses import Course
from affect_perception.evaluation.tools import Tools
from affect_perception.io.atomic_file import write_atomically
from affect_perception.io.cabin_file import load_cabin
from affect_perception.training.driver.glances import Windows, drive_windows
from affect_perception.training.driver.recipe import DataConfig
from affect_perception.training.driver.rendered_driver import DriverFrames, draw_drivers
from affect_perception.training.eyes.patch_set import PatchSet
from affect_perception.training.eyes.sources import (
    MARKED_FACES,
    gaze_patches,
    in_last_block,
    read_eye_data,
)
from affect_perception.training.load.run import LEARNED_FROM, read_sets
from affect_perception.training.load.validation import course_table

Say = Callable[[str], None]
T = TypeVar("T")

# Seeds of the drives that check lie apart from those of the drives that are learned from.
_CHECKED_SEED = 100_000


@dataclass(frozen=True)
class DriverData:
    """What a training reads; parts are None where their set is not there.

    Attributes:
        gaze_set: Eyes with gaze labels.
        gaze: The same as patches for training.
        states: Eyes with lids and states.
        crops_checked: Bare crops kept out, with `closed`.
        faces_checked: Eyes of faces kept out, with `closed`.
        drawn: Drawn drivers.
        drawn_checked: Drawn drivers of other faces, with what the face path says of them.
        courses: Body courses of the load sets.
        windows: Scripted drives.
        windows_checked: Other drives, with what the pipeline says of them.
        missing: Sets that are not there.
    """

    gaze_set: UtMultiview
    gaze: PatchSet
    states: PatchSet
    crops_checked: PatchSet | None
    faces_checked: PatchSet | None
    drawn: DriverFrames | None
    drawn_checked: DriverFrames | None
    courses: tuple[Course, ...]
    windows: Windows
    windows_checked: Windows
    missing: tuple[str, ...]


def read_driver_data(root: Path, config: DataConfig, seed: int, say: Say) -> DriverData:
    """Reads the sets, draws the drivers, plays the drives; minutes.

    Args:
        root: Root of the data sets.
        config: What is drawn and scripted.
        seed: Of everything that varies.
        say: Told how far it is.

    Raises:
        InputError: If the set with gaze labels is not there.
    """
    cabin = load_cabin(config.cabin)
    windows = drive_windows(config.drives, cabin, seed, say=say)
    checked = drive_windows(config.drives_checked, cabin, seed + _CHECKED_SEED, ask=True, say=say)
    missing = [folder for folder in LEARNED_FROM.values() if not (root / folder).is_dir()]
    courses: tuple[Course, ...] = ()
    if not missing:
        sets = read_sets(root, say, LEARNED_FROM)
        table = {name: course_table(sets[name], seed) for name in LEARNED_FROM}
        courses = tuple(c for own in table.values() for person in own for c in person)
    eyes = read_eye_data(root, seed, say, for_branch=False)
    drawn = drawn_checked = None
    if MARKED_FACES not in eyes.missing:
        vision = root / "vision" if (root / "vision").is_dir() else root
        drawn, drawn_checked = _drawn(vision / MARKED_FACES, config, cabin, seed, say)
    return DriverData(
        eyes.gaze_set,
        eyes.gaze,
        eyes.states,
        eyes.crops_checked,
        eyes.faces_checked,
        drawn,
        drawn_checked,
        courses,
        windows,
        checked,
        (*eyes.missing, *missing),
    )


def _drawn(
    folder: Path, config: DataConfig, cabin: CabinGeometry, seed: int, say: Say
) -> tuple[DriverFrames | None, DriverFrames | None]:
    """Drivers with marked faces, to learn from and, of the last block of faces, to check."""
    samples = read_landmarks68(folder)
    out = in_last_block([sample.path.stem for sample in samples])
    seen = [s for s, kept_out in zip(samples, out, strict=True) if not kept_out]
    others = [s for s, kept_out in zip(samples, out, strict=True) if kept_out]
    tools, pictures = Tools(), config.pictures
    drawn = draw_drivers(
        seen, tools, cabin, faces=config.faces, pictures=pictures, seed=seed, say=say
    )
    checked = draw_drivers(
        others, tools, cabin, faces=config.faces_checked, pictures=pictures, seed=seed + 1,
        ask=True, say=say,
    )  # fmt: skip
    return drawn, checked


_PARTS: Mapping[str, type[Any]] = {
    "gaze_set": UtMultiview,
    "states": PatchSet,
    "crops_checked": PatchSet,
    "faces_checked": PatchSet,
    "drawn": DriverFrames,
    "drawn_checked": DriverFrames,
    "windows": Windows,
    "windows_checked": Windows,
}


def keep(data: DriverData, path: Path) -> None:
    """Writes the data, so that an interrupted training need not read them again."""
    arrays: dict[str, Any] = {"missing": np.array(data.missing, np.str_)}
    for name in _PARTS:
        if getattr(data, name) is not None:
            arrays |= _flat(name, getattr(data, name))
    for number, course in enumerate(data.courses):
        arrays |= _flat(f"course{number}", course)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    write_atomically(path, buffer.getvalue())


def kept(path: Path) -> DriverData:
    """What `keep` wrote.

    Raises:
        InputError: If it is no such file.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = dict(stored)
        stored_parts = {key.split("/")[0] for key in arrays}
        parts: dict[str, Any] = {
            name: _whole(kind, name, arrays) if name in stored_parts else None
            for name, kind in _PARTS.items()
        }
        count = sum(name.startswith("course") for name in stored_parts)
        courses = tuple(_whole(Course, f"course{number}", arrays) for number in range(count))
        missing = tuple(arrays["missing"].tolist())
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"{path}: not the kept data of a training: {error}") from error
    gaze_set = parts["gaze_set"]
    assert gaze_set is not None
    return DriverData(gaze=gaze_patches(gaze_set), courses=courses, missing=missing, **parts)


def _flat(name: str, part: Any) -> dict[str, Any]:
    return {f"{name}/{f.name}": np.asarray(getattr(part, f.name)) for f in fields(part)}


def _whole(kind: type[T], name: str, arrays: Mapping[str, Any]) -> T:
    """A dataclass of arrays, tuples of text and text."""
    values: dict[str, Any] = {}
    for entry in fields(kind):  # type: ignore[arg-type]
        array = arrays[f"{name}/{entry.name}"]
        if array.dtype.kind == "U" and array.ndim == 0:
            values[entry.name] = str(array)
        else:
            values[entry.name] = tuple(array.tolist()) if entry.name == "names" else array
    return kind(**values)
