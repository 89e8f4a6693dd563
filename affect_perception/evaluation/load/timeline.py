"""A recording as the tokens that the run-time code makes of it, each with its phase."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from affect_perception.core.buffers import to_ns
from affect_perception.core.load.token_stream import TokenStream
from affect_perception.core.load.tokens import STEP_S, WINDOW_S, LoadToken
from affect_perception.evaluation.datasets.wrist_records import WristRecord
from affect_perception.io.signals import Signal

Float64Array = npt.NDArray[np.float64]

BORDER_S = 5.0
"""A window counts to a phase if it lies so far inside."""
EXTRAS = ("movement", "temperature", "temperature_slope")
"""Numbers beside the tokens that no shipped model reads; for the comparisons of docs/load.md."""
OUTSIDE = -1


@dataclass(frozen=True)
class Timeline:
    """The tokens of one recording.

    Attributes:
        record: Where they come from.
        stamps_ns: (n,) ends of the windows.
        learned: (n, len(LEARNED)) of each token, as `LoadToken.learned`.
        extras: (n, len(EXTRAS)), NaN where unknown.
        phase: (n,) number of the phase that the whole window lies in, or OUTSIDE.
    """

    record: WristRecord
    stamps_ns: npt.NDArray[np.int64]
    learned: Float64Array
    extras: Float64Array
    phase: npt.NDArray[np.int64]


def timeline(record: WristRecord) -> Timeline:
    """Plays a recording through `TokenStream`."""
    tokens = _tokens(record)
    ends = [token.stamp_ns / 1e9 for token in tokens]
    return Timeline(
        record=record,
        stamps_ns=np.array([token.stamp_ns for token in tokens], np.int64),
        learned=np.array([token.learned() for token in tokens]),
        extras=np.array([_extras(record, end) for end in ends]),
        phase=np.array([_phase(record, end) for end in ends], np.int64),
    )


def _tokens(record: WristRecord) -> list[LoadToken]:
    stream = TokenStream(0)
    tokens: list[LoadToken] = []
    for end in np.arange(STEP_S, record.end_s, STEP_S).tolist():
        inside = (record.beats_s > end - STEP_S) & (record.beats_s <= end)
        stream.push_beats([to_ns(beat) for beat in record.beats_s[inside].tolist()])
        for piece in record.skin:
            _push(stream, piece, end - STEP_S, end)
        tokens += stream.advance(to_ns(end))
    return tokens


def _push(stream: TokenStream, piece: Signal, start_s: float, end_s: float) -> None:
    """The samples from `start_s` to before `end_s`."""
    first = max(0, int(np.ceil((start_s - piece.start) * piece.rate)))
    last = max(0, int(np.ceil((end_s - piece.start) * piece.rate)))
    samples = piece.samples[first:last]
    if len(samples):
        stream.push_skin(to_ns(piece.start + first / piece.rate), piece.rate, samples)


def _phase(record: WristRecord, end_s: float) -> int:
    for number, phase in enumerate(record.phases):
        if phase.start_s + BORDER_S <= end_s - WINDOW_S and end_s <= phase.end_s - BORDER_S:
            return number
    return OUTSIDE


def _extras(record: WristRecord, end_s: float) -> list[float]:
    movement = _window(record.movement, end_s)
    temperature = _window(record.temperature, end_s)
    values = [np.nan, np.nan, np.nan]
    if len(movement):
        values[0] = float(np.log(movement.mean() + 0.003))
    if len(temperature) > 2:
        minutes = np.linspace(-0.5, 0.5, len(temperature)) * WINDOW_S / 60.0
        values[1] = float(temperature.mean())
        values[2] = float(minutes @ temperature / (minutes @ minutes))
    return values


def _window(pieces: Sequence[Signal], end_s: float) -> Float64Array:
    found = [_samples_in(piece, end_s - WINDOW_S, end_s) for piece in pieces]
    return np.concatenate(found) if found else np.zeros(0)


def _samples_in(piece: Signal, start_s: float, end_s: float) -> Float64Array:
    first, last = (round((at - piece.start) * piece.rate) for at in (start_s, end_s))
    return piece.samples[max(0, first) : max(0, last)]
