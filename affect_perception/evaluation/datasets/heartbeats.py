"""Reads electrocardiograms with reference beats (MIT-BIH records as packed here).

A file holds a signal that begins with `ecg`, its rate `fs`, and `beat_sample` with `beat_symbol`
(PhysioNet's codes). docs/evaluation.md says where the sets come from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from affect_perception.core.enums import BiosignalChannel
from affect_perception.core.errors import InputError
from affect_perception.io.signals import Signal, read_arrays, read_signals, signal_of

BEAT_KINDS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys("NLRBej", "normal"),
        **dict.fromkeys("AaJS", "supraventricular"),
        **dict.fromkeys("VEr", "ventricular"),
        "F": "fusion",
        "/": "paced",
        "f": "paced",
        "Q": "unknown",
        "?": "unknown",
        "n": "supraventricular",
        "!": "ventricular",
    }
)
"""PhysioNet's codes to the kinds of ANSI/AAMI EC57 (paced beats apart)."""


@dataclass(frozen=True)
class HeartRecord:
    """One electrocardiogram with reference beats.

    Attributes:
        name: File name without ending.
        signal: The signal.
        beats: (n,) sample numbers of the reference beats, rising.
        kinds: Their kinds, values of `BEAT_KINDS`.
    """

    name: str
    signal: Signal
    beats: npt.NDArray[np.float64]
    kinds: tuple[str, ...]


def read_heart_records(folder: Path, split: str | None = None) -> list[HeartRecord]:
    """Reads all files of a folder that hold reference beats, by name.

    Args:
        folder: The folder.
        split: Only these records (file names without ending, or their beginnings), comma-separated.

    Raises:
        InputError: If there is none, or a file is damaged.
    """
    wanted = tuple(split.split(",")) if split else None
    records = []
    for path in sorted(folder.glob("*.npz")):
        if wanted is not None and not path.stem.startswith(wanted):
            continue
        arrays = read_arrays(path)
        if "beat_sample" not in arrays:
            continue
        signal = signal_of(read_signals(path), BiosignalChannel.ECG)
        if signal is None:
            raise InputError(f"{path}: reference beats without an electrocardiogram")
        beats = arrays["beat_sample"].astype(np.float64)
        symbols = arrays.get("beat_symbol", np.full(len(beats), "N"))
        if len(symbols) != len(beats) or (np.diff(beats) <= 0.0).any():
            raise InputError(f"{path}: beats must rise and have one symbol each")
        kinds = tuple(BEAT_KINDS.get(str(s), "unknown") for s in symbols)
        records.append(HeartRecord(path.stem, signal, beats, kinds))
    if not records:
        raise InputError(
            f"{folder}: no .npz file with beat_sample" + (f" of {split}" * bool(split))
        )
    return records
