"""The driver's baseline from one drive to the next, in a small file, only if the user names one.

    {"format": "affect_perception baseline", "version": 1, "cabin": "sedan_lhd",
     "camera": [...], "road_ahead_deg": [1.5, -4.0], "road_seconds": 212.0,
     "head_rest_deg": [0.5, -6.0, 1.0], "head_seconds": 190.0}

Five angles and two durations: where camera and seat have the road and the resting head. Nothing of
the face is kept, and no word of who it was (docs/calibration.md says why).
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import numpy as np

from affect_perception.core.cabin import CabinGeometry
from affect_perception.core.driver_baseline.snapshot import BaselineSnapshot
from affect_perception.core.errors import ConfigError, InputError
from affect_perception.io.atomic_file import FOR_OWNER, write_atomically

FORMAT = "affect_perception baseline"
VERSION = 1
PARAMETER = "baseline.file"
# Ours has 400 bytes; whatever is much larger is something else.
LARGEST_FILE = 65536
# A camera that has moved by more than this in the cabin file is another camera (m, or of 1).
SAME_CAMERA = 1e-4


class Learner(Protocol):
    """What has a baseline; `core.pipeline.Pipeline`."""

    def restore(self, snapshot: BaselineSnapshot) -> None:
        """Starts from an earlier baseline."""
        ...

    def snapshot(self) -> BaselineSnapshot:
        """What may be kept."""
        ...


class BaselineFile:
    """Reads the baseline at the start and writes it at the end."""

    def __init__(self, path: str | Path, cabin: CabinGeometry) -> None:
        """Checks the place, so that a drive does not end with a surprise.

        Args:
            path: The file; need not exist.
            cabin: The cabin that the angles are for.

        Raises:
            ConfigError: If there can be no such file.
        """
        self.path = Path(path).expanduser()
        self._cabin = cabin
        self._kept = BaselineSnapshot()
        if self.path.is_dir():
            raise ConfigError(f"parameter '{PARAMETER}': {self.path} is a folder")
        if not self.path.parent.is_dir():
            raise ConfigError(f"parameter '{PARAMETER}': no such folder: {self.path.parent}")
        if not os.access(self.path.parent, os.W_OK):
            raise ConfigError(f"parameter '{PARAMETER}': {self.path.parent} cannot be written")

    @property
    def privacy(self) -> str:
        """What the file means for the driver, in one sentence for log and diagnostics."""
        return f"road-ahead direction and rest pose of the head are kept in {self.path}"

    def load(self, learner: Learner) -> str:
        """Gives what the file holds to a fresh learner.

        Returns:
            One sentence: what was read, or why it starts afresh. A file that is damaged, or for
            another cabin, stops nobody: the driver is monitored without it.
        """
        if not self.path.exists():
            return f"no baseline in {self.path} yet: starts afresh"
        try:
            self._kept = self._read()
        except InputError as error:
            return f"baseline not used, starts afresh: {self.path}: {error}"
        learner.restore(self._kept)
        return f"baseline read from {self.path}"

    def save(self, learner: Learner) -> str:
        """Writes what the learner knows; what it does not know stays as it was read.

        Returns:
            One sentence: what was written, or why not.
        """
        new = learner.snapshot()
        if new.empty:
            return f"{self.path} stays as it is: the drive was too short to know the driver"
        merged = self._kept
        if new.road_ahead is not None:
            merged = replace(merged, road_ahead=new.road_ahead, road_seconds=new.road_seconds)
        if new.head_rest is not None:
            merged = replace(merged, head_rest=new.head_rest, head_seconds=new.head_seconds)
        try:
            write_baseline(self.path, merged, self._cabin)
        except OSError as error:
            return f"baseline not written: {self.path}: {error.strerror or error}"
        self._kept = merged
        return f"baseline written to {self.path}"

    def _read(self) -> BaselineSnapshot:
        return read_baseline(self.path, self._cabin)


def start_baseline(
    name: str, cabin: CabinGeometry, learner: Learner, say: Callable[[str], object]
) -> BaselineFile | None:
    """Opens the file of `baseline.file` and restores from it; None if that names none.

    Args:
        name: The parameter.
        cabin: The cabin of this drive.
        learner: A fresh pipeline.
        say: Told what happens; a warning, since it is about somebody.

    Raises:
        ConfigError: If there can be no such file.
    """
    if not name:
        return None
    kept = BaselineFile(name, cabin)
    say(f"{kept.privacy}: {kept.load(learner)}")
    return kept


def read_baseline(path: Path, cabin: CabinGeometry) -> BaselineSnapshot:
    """Reads a baseline.

    Raises:
        InputError: If the file is damaged, of another version, or for another cabin.
    """
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise InputError("far too large for a baseline")
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise InputError("damaged: not JSON") from error
    if not isinstance(content, Mapping) or content.get("format") != FORMAT:
        raise InputError("not a baseline file")
    if content.get("version") != VERSION:
        raise InputError(f"version {content.get('version')!r}, this program reads {VERSION}")
    if content.get("cabin") != cabin.name:
        raise InputError(f"for cabin {content.get('cabin')!r}, this is '{cabin.name}'")
    camera = _numbers(content, "camera", 12)
    if camera is None or np.abs(np.subtract(camera, _camera(cabin))).max() > SAME_CAMERA:
        raise InputError("for a camera at another place than the cabin file has it now")
    road, head = _radians(content, "road_ahead_deg", 2), _radians(content, "head_rest_deg", 3)
    return BaselineSnapshot(
        road_ahead=None if road is None else (road[0], road[1]),
        head_rest=None if head is None else (head[0], head[1], head[2]),
        road_seconds=_seconds(content, "road_seconds"),
        head_seconds=_seconds(content, "head_seconds"),
    )


def write_baseline(path: Path, snapshot: BaselineSnapshot, cabin: CabinGeometry) -> None:
    """Writes a baseline so that at every moment the old or the new file is there, whole.

    Only the user who runs the program may read it.

    Raises:
        OSError: If it cannot be written; the old file is then untouched.
    """
    content = {
        "format": FORMAT,
        "version": VERSION,
        "cabin": cabin.name,
        "camera": [round(number, 6) for number in _camera(cabin)],
        "road_ahead_deg": _degrees(snapshot.road_ahead),
        "road_seconds": round(snapshot.road_seconds, 1),
        "head_rest_deg": _degrees(snapshot.head_rest),
        "head_seconds": round(snapshot.head_seconds, 1),
    }
    text = json.dumps(content, indent=1, allow_nan=False) + "\n"
    write_atomically(path, text.encode(), FOR_OWNER)


def _camera(cabin: CabinGeometry) -> list[float]:
    return [*cabin.camera.rotation.ravel().tolist(), *cabin.camera.translation.tolist()]


def _degrees(angles: tuple[float, ...] | None) -> list[float] | None:
    return None if angles is None else [round(math.degrees(angle), 3) for angle in angles]


def _radians(content: Mapping[str, object], key: str, count: int) -> tuple[float, ...] | None:
    angles = _numbers(content, key, count)
    return None if angles is None else tuple(math.radians(angle) for angle in angles)


def _numbers(content: Mapping[str, object], key: str, count: int) -> tuple[float, ...] | None:
    value = content.get(key)
    if value is None:
        return None
    if not isinstance(value, list) or len(value) != count or not all(map(_is_number, value)):
        raise InputError(f"damaged: {key} is not {count} numbers")
    return tuple(float(number) for number in value)


def _seconds(content: Mapping[str, object], key: str) -> float:
    value = content.get(key)
    if not isinstance(value, (int, float)) or not _is_number(value):
        raise InputError(f"damaged: {key} is no number")
    return float(value)


def _is_number(value: object) -> bool:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return is_number and math.isfinite(float(value))  # type: ignore[arg-type]
