"""A file of body signals (npz, csv) as a recording, and how one is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from affect_perception.core.enums import BiosignalChannel
from affect_perception.core.errors import InputError
from affect_perception.core.types.physio import BiosignalChunk
from affect_perception.io.events import BadFrame
from affect_perception.io.signals import Signal, ordered_chunks, read_arrays, read_signals
from affect_perception.io.table import STAMP, Columns

SIGNAL_SUFFIXES = (".npz", ".csv")
START_NS = 1_000_000_000
"""Stamp of the beginning where a file tells none: in ROS a stamp of 0 means that there is none."""
CHUNK_S = 0.2
_TRUTH = "truth_"
_START = "start_stamp_ns"


class SignalFileSource:
    """The signals of a file, in chunks in the order in which a sensor would have sent them.

    Args:
        path: .npz or .csv file as `read_signals` reads it.

    Raises:
        InputError: If it cannot be read or holds no signal that can be used.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.left_out: dict[str, str] = {}
        """Signals of the file that are not played, and why."""
        arrays = read_arrays(path) if path.suffix == ".npz" else {}
        self._signals = self._usable(read_signals(path, arrays))
        self._start_ns = int(arrays[_START]) if _START in arrays else START_NS
        self.truth: Columns | None = _truth(arrays)
        """Columns of what was true, where the file holds it (`simulate` writes it)."""

    @property
    def name(self) -> str:
        """File name."""
        return self._path.name

    @property
    def frames(self) -> int | None:
        """No pictures."""
        return 0

    @property
    def signals(self) -> tuple[Signal, ...]:
        """What the file holds."""
        return tuple(self._signals)

    def events(self, on_bad_frame: BadFrame | None = None) -> Iterator[BiosignalChunk]:
        """All chunks."""
        del on_bad_frame  # what cannot be used was left out when the file was opened
        return self.chunks(CHUNK_S, self._start_ns)

    def chunks(self, seconds: float, start_ns: int = 0) -> Iterator[BiosignalChunk]:
        """All chunks.

        Args:
            seconds: Length of a chunk.
            start_ns: Stamp of time 0 of the file, or of its first sample if that is earlier.
        """
        begin = min(0.0, *(signal.start for signal in self._signals))
        return ordered_chunks(self._signals, seconds, start_ns - round(begin * 1e9))

    def _usable(self, signals: Sequence[Signal]) -> list[Signal]:
        """One signal of each channel, of those that the core takes."""
        usable: dict[BiosignalChannel, Signal] = {}
        for signal in signals:
            if signal.channel in usable:
                other = usable[signal.channel].name
                self.left_out[signal.name] = f"{signal.channel.name} is read from {other}"
                continue
            try:
                next(signal.chunks(CHUNK_S))
            except InputError as error:
                self.left_out[signal.name] = str(error)
                continue
            usable[signal.channel] = signal
        if not usable:
            reasons = "; ".join(f"{name}: {reason}" for name, reason in self.left_out.items())
            raise InputError(f"{self._path}: no signal can be used ({reasons})")
        return list(usable.values())


def _truth(arrays: Mapping[str, Any]) -> Columns | None:
    columns: Columns = {}
    for name, values in arrays.items():
        if name.startswith(_TRUTH):
            texts = values.dtype.kind == "U"
            columns[name.removeprefix(_TRUTH)] = (
                [text.split() for text in values.tolist()] if texts else values
            )
    return columns if STAMP in columns else None


def write_npz(
    path: Path, signals: Mapping[str, Signal], truth: Columns, start_ns: int = START_NS
) -> None:
    """Writes signals so that `read_signals` reads them; equal signals give equal bytes.

    Args:
        path: .npz file.
        signals: By the word that names their channel in files ("ecg", "eda", ...).
        truth: Columns of numbers and of lists of words.
        start_ns: Stamp of time 0.
    """
    arrays: dict[str, Any] = {_START: np.int64(start_ns)}
    for word, signal in signals.items():
        arrays[word] = signal.samples.astype(np.float32)
        arrays[f"fs_{word}"] = np.float64(signal.rate)
        arrays[f"unit_{word}"] = np.array(signal.unit)
    for name, values in truth.items():
        words = isinstance(values, list)
        arrays[f"{_TRUTH}{name}"] = np.array([" ".join(v) for v in values] if words else values)
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, **arrays)


def write_csv(path: Path, signal: Signal) -> None:
    """Writes one signal as a table of time and value; what was not measured is left empty.

    The unit is the end of the column's name; "1" and a unit that is not told leave none.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as stream:
        stream.write(f"time_s,{signal.name}\n")
        for number, value in enumerate(signal.samples.tolist()):
            text = "" if value != value else f"{value:.6g}"
            stream.write(f"{signal.start + number / signal.rate:.6f},{text}\n")
