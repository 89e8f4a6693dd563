"""Reads wrist recordings under stress or load: WESAD, Stress-Predict, CogWear (their npz forms).

Which format a file has is told by its keys. Labels: 1, 0, or -1 where a set does not say.
Beats are found by the run-time path (`evaluation.load.timeline`).

- WESAD: TSST (a speech and mental arithmetic before a panel) is stress and load; the neutral
  reading and the amusing films are neither; meditation and questionnaires are left open.
- Stress-Predict: the authors' labels are the stress. Of the load, the Stroop test and the interview
  are 1, rest 0; hyperventilation is breathing and left open.
- CogWear: the Stroop test is load, the rest is not; of stress the set says nothing, so the same
  labels are taken for a check of how far stress and load can be told apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from affect_perception.core.enums import BiosignalChannel
from affect_perception.core.errors import InputError
from affect_perception.io.signals import Arrays, Signal, read_arrays, read_signals, signal_of

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
class WristRecord:
    """What one person's wrist gave.

    Attributes:
        data_set: wesad, stress_predict or cogwear.
        subject: Name of the file.
        end_s: Length.
        pulse: Pieces of the pulse wave.
        skin: Pieces of skin conductance, uS.
        temperature: Pieces of skin temperature, degrees Celsius.
        movement: Standard deviation of the size of the acceleration in each second, g; or nothing.
        phases: In the order of time.
    """

    data_set: str
    subject: str
    end_s: float
    pulse: tuple[Signal, ...]
    skin: tuple[Signal, ...]
    temperature: tuple[Signal, ...]
    movement: tuple[Signal, ...]
    phases: tuple[Phase, ...]


def read_wrist_records(
    folder: Path, split: str | None = None
) -> tuple[list[WristRecord], list[str]]:
    """Reads the recordings of a folder in the order of their names.

    Args:
        folder: The folder.
        split: Only these (file names without ending), comma-separated.

    Returns:
        The recordings, and the names of those without usable labels.

    Raises:
        InputError: If there are none, or a file has none of the formats.
    """
    wanted = split.split(",") if split else None
    records, unlabelled = [], []
    for path in sorted(folder.glob("*.npz")):
        if wanted is not None and path.stem not in wanted:
            continue
        record = _read(path)
        if record.phases:
            records.append(record)
        else:
            unlabelled.append(record.subject)
    if not records:
        raise InputError(f"{folder}: holds no recording (npz) of a wrist with labels")
    return records, unlabelled


def _read(path: Path) -> WristRecord:
    content = read_arrays(path)
    try:
        if "cond_name" in content:
            return _one_piece("wesad", path, _wesad_phases(content))
        if "block_name" in content:
            return _one_piece("stress_predict", path, _stress_predict_phases(content))
        if "rest_bvp" in content:
            return _cogwear(path, content)
    except KeyError as error:
        raise InputError(f"{path}: has no {error.args[0]}") from error
    raise InputError(f"{path}: is neither of WESAD nor of Stress-Predict nor of CogWear")


def _wesad_phases(content: Arrays) -> list[Phase]:
    return [
        Phase(str(c), float(a), float(b), _WESAD.get(str(c), UNKNOWN), _WESAD.get(str(c), UNKNOWN))
        for c, a, b in zip(
            content["cond_name"], content["cond_start_s"], content["cond_end_s"], strict=True
        )
        if not str(c).endswith("Read")
    ]


def _stress_predict_phases(content: Arrays) -> list[Phase]:
    labels = content.get("label_stress", np.zeros(0))
    if not len(labels):
        return []
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
    return phases


def _one_piece(data_set: str, path: Path, phases: Sequence[Phase]) -> WristRecord:
    signals = read_signals(path)
    wave = _needed(signals, BiosignalChannel.PPG, "bvp_raw")
    acceleration = signal_of(signals, BiosignalChannel.ACCELERATION)
    return WristRecord(
        data_set=data_set,
        subject=path.stem,
        end_s=len(wave.samples) / wave.rate,
        pulse=(wave,),
        skin=(_needed(signals, BiosignalChannel.EDA, "eda_uS"),),
        temperature=(_needed(signals, BiosignalChannel.SKIN_TEMPERATURE, "temp_C"),),
        movement=() if acceleration is None else (_movement(acceleration),),
        phases=tuple(sorted(phases, key=lambda phase: phase.start_s)),
    )


def _needed(signals: Sequence[Signal], channel: BiosignalChannel, name: str) -> Signal:
    found = signal_of(signals, channel)
    if found is None:
        raise KeyError(name)
    return found


def _cogwear(path: Path, content: Arrays) -> WristRecord:
    """Both recordings on one clock, in the order of their own times."""
    signals = {signal.name: signal for signal in read_signals(path)}
    begin = {part: float(content[f"{part}_unix_start"]) for part in ("rest", "load")}
    zero = min(begin.values())
    pulse: list[Signal] = []
    skin: list[Signal] = []
    temperature: list[Signal] = []
    phases: list[Phase] = []
    for part in sorted(begin, key=lambda one: begin[one]):
        offset = begin[part] - zero
        wave = signals[f"{part}_bvp"]
        pulse.append(replace(wave, start=offset + wave.start))
        for key, pieces in (("eda_uS", skin), ("temp_C", temperature)):
            piece = signals.get(f"{part}_{key}")
            if piece is not None:
                pieces.append(replace(piece, start=offset + piece.start))
        label = int(part == "load")
        phases.append(Phase(part, offset, offset + len(wave.samples) / wave.rate, label, label))
    return WristRecord(
        data_set="cogwear",
        subject=path.stem,
        end_s=max(phase.end_s for phase in phases),
        pulse=tuple(pulse),
        skin=tuple(skin),
        temperature=tuple(temperature),
        movement=(),
        phases=tuple(phases),
    )


def _movement(acceleration: Signal) -> Signal:
    size = np.linalg.norm(acceleration.samples, axis=1)
    count = round(acceleration.rate)
    whole = len(size) // count * count
    return replace(acceleration, rate=1.0, samples=size[:whole].reshape(-1, count).std(axis=1))
