"""Reads recordings of body signals: npz files as packed from public data sets, and csv tables.

A signal is an array whose name begins with a known word (`ecg`, `ppg`, `bvp`, `eda`, `gsr`, `rsp`,
`resp`, `temp`, `acc`) and may end in a unit (`ecg_mV`). In an npz file its sampling rate is `fs` or
`fs_<word>`; `gain_<name>` divides, `<word>_scale` multiplies, `<name>_start_s` is the time of its
first sample, and `ecg_adc` is read with `adc_zero` and
`adc_gain_per_mV`, `..._64th_g` divided by 64. A csv table has a column
`time_s` with equal steps and one column per signal; an empty cell was not measured.
"""

from __future__ import annotations

import heapq
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from affect_perception.core.enums import BiosignalChannel
from affect_perception.core.errors import InputError
from affect_perception.core.types.physio import UNITS, BiosignalChunk

Array = npt.NDArray[np.float64]
Arrays = Mapping[str, npt.NDArray[Any]]
_NS = 1_000_000_000

_WORDS: Mapping[str, BiosignalChannel] = MappingProxyType(
    {
        "ecg": BiosignalChannel.ECG,
        "ppg": BiosignalChannel.PPG,
        "bvp": BiosignalChannel.PPG,
        "eda": BiosignalChannel.EDA,
        "gsr": BiosignalChannel.EDA,
        "rsp": BiosignalChannel.RESPIRATION,
        "resp": BiosignalChannel.RESPIRATION,
        "temp": BiosignalChannel.SKIN_TEMPERATURE,
        "acc": BiosignalChannel.ACCELERATION,
    }
)
_UNIT_NAMES = {"C": "degC"}
# Words of a name that are not part of a signal.
_OTHER_ENDS = ("time", "s", "scale", "stamp")


@dataclass(frozen=True)
class Signal:
    """One signal of a recording.

    Attributes:
        name: As in the file.
        channel: What it measures.
        samples: (n,) or (n, 3).
        rate: Samples per second, Hz.
        unit: As in `BiosignalChunk`; "" if the file does not tell.
        start: Time of the first sample, s after the beginning of the recording.
    """

    name: str
    channel: BiosignalChannel
    samples: Array
    rate: float
    unit: str
    start: float = 0.0

    def chunks(self, seconds: float, stamp_ns: int = 0) -> Iterator[BiosignalChunk]:
        """Cuts the signal into chunks.

        Args:
            seconds: Length of a chunk.
            stamp_ns: Time of the beginning of the recording.
        """
        size = max(1, round(seconds * self.rate))
        for at in range(0, len(self.samples), size):
            stamp = stamp_ns + round((self.start + at / self.rate) * _NS)
            part = self.samples[at : at + size]
            yield BiosignalChunk(stamp, self.channel, self.rate, part, self.unit)


def ordered_chunks(
    signals: Sequence[Signal], seconds: float, stamp_ns: int = 0
) -> Iterator[BiosignalChunk]:
    """Chunks of several signals in the order in which they would be complete.

    Args:
        signals: Each rises in time by itself.
        seconds: Length of a chunk.
        stamp_ns: Time of the beginning of the recording.
    """
    return heapq.merge(
        *(signal.chunks(seconds, stamp_ns) for signal in signals),
        key=lambda c: (c.stamp_ns + len(c.samples) / c.rate * _NS, c.channel),
    )


def merge_chunks(signals: Sequence[Signal], seconds: float) -> list[BiosignalChunk]:
    """As `ordered_chunks`, as a list."""
    return list(ordered_chunks(signals, seconds))


def read_arrays(path: Path) -> dict[str, npt.NDArray[Any]]:
    """All arrays of an npz file.

    Raises:
        InputError: If it cannot be read, or holds objects.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except (OSError, ValueError, zipfile.BadZipFile, AttributeError) as error:
        raise InputError(f"{path} cannot be read as npz: {error}") from error


def read_signals(path: Path, arrays: Arrays | None = None) -> list[Signal]:
    """The signals of an npz or csv file, in its order.

    Args:
        path: The file.
        arrays: What `read_arrays` gave of an npz file, where that is at hand.

    Raises:
        InputError: If it cannot be read, names no signal, or a rate is missing.
    """
    if path.suffix == ".npz":
        signals = list(_of_arrays(read_arrays(path) if arrays is None else arrays, path))
    elif path.suffix == ".csv":
        signals = list(_of_table(path))
    else:
        raise InputError(f"{path}: signals are read from .npz and .csv files")
    if not signals:
        raise InputError(f"{path}: no signal is named (known: {', '.join(_WORDS)})")
    return signals


def signal_of(signals: Sequence[Signal], channel: BiosignalChannel) -> Signal | None:
    """The first signal of a channel, or None."""
    return next((s for s in signals if s.channel == channel), None)


def _channel_and_unit(name: str) -> tuple[BiosignalChannel, str, str] | None:
    """Channel, word and unit of an array's name; None if it is no signal."""
    parts = name.split("_")
    at = next((i for i, p in enumerate(parts) if p in _WORDS), None)
    if at is None or parts[0] in ("fs", "gain", "unit") or parts[-1] in _OTHER_ENDS:
        return None
    channel = _WORDS[parts[at]]
    unit = _UNIT_NAMES.get(parts[-1], parts[-1])
    return channel, parts[at], unit if unit in UNITS[channel] else ""


def _of_arrays(arrays: Arrays, path: Path) -> Iterator[Signal]:
    for name, values in arrays.items():
        found = _channel_and_unit(name)
        if found is None or values.ndim == 0:
            continue
        channel, word, unit = found
        rates = [float(arrays[k]) for k in (f"fs_{name}", f"fs_{word}", "fs") if k in arrays]
        if not rates:
            # Signals with irregular times of their own (a watch) have none.
            continue
        rate, samples = rates[0], values.astype(np.float64)
        if name.endswith("_adc"):
            samples = (samples - float(arrays["adc_zero"])) / float(arrays["adc_gain_per_mV"])
            unit = "mV"
        samples = samples / float(arrays.get(f"gain_{name}", np.ones(())))
        samples = samples * float(arrays.get(f"{word}_scale", np.ones(())))
        if name.endswith("_64th_g"):
            samples = samples / 64.0
        start = float(arrays.get(f"{name}_start_s", np.zeros(())))
        stated = str(arrays.get(f"unit_{name}", np.array(unit)))
        unit = stated if stated in UNITS[channel] else unit
        wide = channel == BiosignalChannel.ACCELERATION
        if samples.ndim != (2 if wide else 1) or not len(samples):
            raise InputError(f"{path}: signal '{name}' has the shape {samples.shape}")
        yield Signal(name, channel, samples, rate, unit, start)


def _of_table(path: Path) -> Iterator[Signal]:
    try:
        with path.open(encoding="utf-8") as stream:
            names = stream.readline().strip().split(",")
            table = np.genfromtxt(stream, delimiter=",", dtype=np.float64, ndmin=2)
    except (OSError, ValueError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read as csv: {error}") from error
    if "time_s" not in names or table.shape[1:] != (len(names),) or len(table) < 2:
        raise InputError(f"{path}: needs a column time_s, one per signal, and two rows or more")
    times = table[:, names.index("time_s")]
    step = float(np.median(np.diff(times)))
    if not step > 0.0 or np.abs(np.diff(times) - step).max() > 0.5 * step:
        raise InputError(
            f"{path}: time_s does not rise in equal steps; one file per rate is needed"
        )
    for column, name in enumerate(names):
        found = _channel_and_unit(name)
        if found is not None and name != "time_s":
            channel, _, unit = found
            yield Signal(name, channel, table[:, column], 1.0 / step, unit, float(times[0]))
