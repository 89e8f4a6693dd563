"""Reads wrist recordings under stress or load: WESAD, Stress-Predict, CogWear (their npz forms).

Which format a file has is told by its keys. Labels: 1, 0, or -1 where a set does not say.

- WESAD: TSST (a speech and mental arithmetic before a panel) is stress and load; the neutral
  reading and the amusing films are neither; meditation and questionnaires are left open.
- Stress-Predict: the authors' labels are the stress. Of the load, the Stroop test and the interview
  are 1, rest 0; hyperventilation is breathing and left open.
- CogWear: the Stroop test is load, the rest is not; of stress the set says nothing, so the same
  labels are taken for a check of how far stress and load can be told apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from affect_perception.core.errors import InputError
from affect_perception.evaluation.datasets.pulse_beats import pulse_beats

Float64Array = npt.NDArray[np.float64]

UNKNOWN = -1
_WESAD = {"Base": 0, "Fun": 0, "TSST": 1}


@dataclass(frozen=True)
class Phase:
    """A part of a recording with one condition, s from its beginning."""

    name: str
    start_s: float
    end_s: float
    stress: int
    load: int


@dataclass(frozen=True)
class Series:
    """Evenly sampled values: first at `start_s`, `rate_hz` per second."""

    start_s: float
    rate_hz: float
    values: Float64Array

    def samples_in(self, start_s: float, end_s: float) -> Float64Array:
        """The samples of a span."""
        first = max(0, round((start_s - self.start_s) * self.rate_hz))
        return self.values[first : max(0, round((end_s - self.start_s) * self.rate_hz))]


@dataclass(frozen=True)
class WristRecord:
    """What one person's wrist gave.

    Attributes:
        data_set: wesad, stress_predict or cogwear.
        subject: Name of the file.
        end_s: Length.
        beats_s: Times of pulse beats.
        skin: Pieces of skin conductance, uS.
        temperature: Pieces of skin temperature, degrees Celsius.
        movement: Standard deviation of the size of the acceleration in each second, g; or nothing.
        phases: In the order of time.
    """

    data_set: str
    subject: str
    end_s: float
    beats_s: Float64Array
    skin: tuple[Series, ...]
    temperature: tuple[Series, ...]
    movement: tuple[Series, ...]
    phases: tuple[Phase, ...]


def read_wrist_records(folder: Path) -> tuple[list[WristRecord], list[str]]:
    """Reads all recordings of a folder in the order of their names.

    Returns:
        The recordings, and the names of those without usable labels.

    Raises:
        InputError: If there are none, or a file has none of the formats.
    """
    paths = sorted(folder.glob("*.npz"))
    records, unlabelled = [], []
    for path in paths:
        with np.load(path) as content:
            record = _read(path, content)
        if record.phases:
            records.append(record)
        else:
            unlabelled.append(record.subject)
    if not records:
        raise InputError(f"{folder}: holds no recording (npz) of a wrist with labels")
    return records, unlabelled


def _read(path: Path, content: Mapping[str, Any]) -> WristRecord:
    try:
        if "cond_name" in content:
            return _wesad(path.stem, content)
        if "block_name" in content:
            return _stress_predict(path.stem, content)
        if "rest_bvp" in content:
            return _cogwear(path.stem, content)
    except KeyError as error:
        raise InputError(f"{path}: has no {error.args[0]}") from error
    raise InputError(f"{path}: is neither of WESAD nor of Stress-Predict nor of CogWear")


def _wesad(name: str, content: Mapping[str, Any]) -> WristRecord:
    phases = [
        Phase(str(c), float(a), float(b), _WESAD.get(str(c), UNKNOWN), _WESAD.get(str(c), UNKNOWN))
        for c, a, b in zip(
            content["cond_name"], content["cond_start_s"], content["cond_end_s"], strict=True
        )
        if not str(c).endswith("Read")
    ]
    return _one_piece("wesad", name, content, phases)


def _stress_predict(name: str, content: Mapping[str, Any]) -> WristRecord:
    labels = np.asarray(content["label_stress"]) if "label_stress" in content else np.zeros(0)
    if not len(labels):
        return _one_piece("stress_predict", name, content, [])
    times = np.asarray(content["label_time_s"], np.float64)
    blocks = [
        (str(block), float(a), float(b))
        for block, a, b in zip(
            content["block_name"], content["block_start_s"], content["block_end_s"], strict=True
        )
    ]
    cuts = np.concatenate([[0], np.flatnonzero(np.diff(labels)) + 1, [len(labels)]]).tolist()
    phases = []
    for first, last in pairwise(cuts):
        start, end = float(times[first]), float(times[last - 1])
        stress = int(labels[first])
        middle = 0.5 * (start + end)
        task = next((block for block, a, b in blocks if a <= middle <= b), "task")
        load = UNKNOWN if task == "hyperventilation" else stress
        phase = Phase(task, start, end, 1, load) if stress else Phase("rest", start, end, 0, 0)
        phases.append(phase)
    return _one_piece("stress_predict", name, content, phases)


def _one_piece(
    data_set: str, name: str, content: Mapping[str, Any], phases: list[Phase]
) -> WristRecord:
    rate = float(content["fs_bvp"])
    wave = np.asarray(content["bvp_raw"], np.float64) * float(content["bvp_scale"])
    movement: tuple[Series, ...] = ()
    if "acc_raw_64th_g" in content:
        movement = (_movement(content["acc_raw_64th_g"], float(content["fs_acc"])),)
    return WristRecord(
        data_set=data_set,
        subject=name,
        end_s=len(wave) / rate,
        beats_s=pulse_beats(wave, rate),
        skin=(_series(content["eda_uS"], 0.0, float(content["fs_eda"])),),
        temperature=(_series(content["temp_C"], 0.0, float(content["fs_temp"])),),
        movement=movement,
        phases=tuple(sorted(phases, key=lambda phase: phase.start_s)),
    )


def _cogwear(name: str, content: Mapping[str, Any]) -> WristRecord:
    """Both recordings on one clock, in the order of their own times."""
    begin = {part: float(content[f"{part}_unix_start"]) for part in ("rest", "load")}
    zero = min(begin.values())
    beats: list[Float64Array] = []
    skin: list[Series] = []
    temperature: list[Series] = []
    phases: list[Phase] = []
    rate = float(content["fs_bvp"])
    for part in sorted(begin, key=lambda one: begin[one]):
        offset = begin[part] - zero
        wave = np.asarray(content[f"{part}_bvp"], np.float64)
        beats.append(offset + pulse_beats(wave, rate))
        for key, fs, pieces in (("eda_uS", "fs_eda", skin), ("temp_C", "fs_temp", temperature)):
            if f"{part}_{key}" in content:
                start = offset + float(content[f"{part}_{key}_start_s"])
                pieces.append(_series(content[f"{part}_{key}"], start, float(content[fs])))
        label = int(part == "load")
        phases.append(Phase(part, offset, offset + len(wave) / rate, label, label))
    end = max(phase.end_s for phase in phases)
    return WristRecord(
        "cogwear", name, end, np.concatenate(beats), tuple(skin), tuple(temperature), (),
        tuple(phases),
    )  # fmt: skip


def _series(values: npt.ArrayLike, start_s: float, rate_hz: float) -> Series:
    return Series(start_s, rate_hz, np.asarray(values, np.float64))


def _movement(raw: npt.ArrayLike, rate_hz: float) -> Series:
    size = np.linalg.norm(np.asarray(raw, np.float64) / 64.0, axis=1)
    count = round(rate_hz)
    whole = len(size) // count * count
    return Series(0.0, 1.0, size[:whole].reshape(-1, count).std(axis=1))
