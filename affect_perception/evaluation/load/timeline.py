"""A recording as the tokens that the run-time code makes of it, each with its phase."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from affect_perception.core.config.physio import PhysioConfig
from affect_perception.core.load.tokens import WINDOW_S, LoadToken
from affect_perception.core.physio.perception import PhysioPerception
from affect_perception.core.physio.token_feed import TokenFeed
from affect_perception.evaluation.datasets.wrist_records import WristRecord
from affect_perception.io.signals import Signal, ordered_chunks

Float64Array = npt.NDArray[np.float64]

CHUNK_S = 1.0
"""Length of the pieces that a recording is played in, s."""
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
    """Plays the pulse and the skin of a recording through the path of the body signals."""
    tokens = tokens_of((*record.pulse, *record.skin))
    ends = [token.stamp_ns / 1e9 for token in tokens]
    return Timeline(
        record=record,
        stamps_ns=np.array([token.stamp_ns for token in tokens], np.int64),
        learned=np.array([token.learned() for token in tokens]),
        extras=np.array([_extras(record, end) for end in ends]),
        phase=np.array([_phase(record, end) for end in ends], np.int64),
    )


def tokens_of(signals: Sequence[Signal]) -> list[LoadToken]:
    """The tokens that the pipeline makes of signals, up to their end."""
    config = PhysioConfig()
    path, feed = PhysioPerception(config), TokenFeed(config.stamp_jump)
    tokens: list[LoadToken] = []
    for chunk in ordered_chunks(signals, CHUNK_S):
        found = path.step(chunk)
        if found is not None:
            tokens += feed.push(found, path.skin_samples)
    return tokens


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
