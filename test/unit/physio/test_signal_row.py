"""Rows of chunks: learned rate, jitter, holes, order, repetitions, missing samples, other clocks.

What becomes of the beats is in test_physio_perception.py.
"""

from __future__ import annotations

import numpy as np
import pytest

from affect_perception.core.config.physio import PhysioConfig
from affect_perception.core.enums import BiosignalChannel, PhysioReason
from affect_perception.core.physio.signal_row import Blocks, Piece, SignalRow
from affect_perception.core.types.physio import BiosignalChunk

pytestmark = pytest.mark.unit
NS = 1_000_000_000
RATE = 100.0


def chunks(
    seconds: float, *, true_rate: float = RATE, jitter: float = 0.0, size: int = 20
) -> list[BiosignalChunk]:
    """Chunks of a rising signal whose header says `RATE`; sample n has the value n."""
    rng = np.random.default_rng(4)
    values = np.arange(round(seconds * true_rate), dtype=np.float64)
    return [
        BiosignalChunk(
            stamp_ns=5 * NS + round((at / true_rate + jitter * rng.standard_normal()) * NS),
            channel=BiosignalChannel.ECG,
            rate=RATE,
            samples=values[at : at + size],
            unit="mV",
        )
        for at in range(0, len(values), size)
    ]


def push(row: SignalRow, given: list[BiosignalChunk]) -> list[Piece]:
    return [piece for chunk in given for piece in row.push(chunk)]


def in_place(pieces: list[Piece]) -> bool:
    """Whether each sample has the number that it was made with."""
    return all((p.samples == p.start + np.arange(len(p.samples))).all() for p in pieces)


@pytest.mark.parametrize("share", [0.98, 0.995, 1.0, 1.02])
def test_learns_the_true_rate_in_spite_of_jitter(share: float) -> None:
    row = SignalRow(PhysioConfig())
    pieces = push(row, chunks(60.0, true_rate=share * RATE, jitter=0.002))
    assert row.clock.rate == pytest.approx(share * RATE, rel=1e-3)
    assert in_place(pieces)
    assert len(pieces) == 300 or sum(len(p.samples) for p in pieces) == row.end
    told = any(PhysioReason.RATE_WRONG in p.reasons for p in pieces[-10:])
    assert told == (abs(share - 1.0) > 0.01)
    assert row.clock.stamp_of(1000 * share) == pytest.approx(15 * NS, abs=0.004 * NS)


def test_a_rate_wrong_by_two_percent_is_no_hole() -> None:
    row = SignalRow(PhysioConfig())
    pieces = push(row, chunks(60.0, true_rate=98.0, size=98))
    assert not any(PhysioReason.SIGNAL_GAP in p.reasons for p in pieces)
    assert in_place(pieces)


def test_a_hole_takes_the_numbers_of_what_is_missing() -> None:
    row = SignalRow(PhysioConfig())
    given = chunks(30.0)
    pieces = push(row, given[:50] + given[100:])
    assert in_place(pieces)
    assert [PhysioReason.SIGNAL_GAP in p.reasons for p in pieces].count(True) == 1


def test_chunks_that_changed_places_are_put_in_order() -> None:
    row = SignalRow(PhysioConfig())
    given = chunks(10.0)
    given[7], given[8] = given[8], given[7]
    pieces = push(row, given)
    assert in_place(pieces)
    assert sum(len(p.samples) for p in pieces) == 1000
    assert not any(p.reasons for p in pieces)


def test_what_waits_for_an_earlier_chunk_can_be_asked_for() -> None:
    row = SignalRow(PhysioConfig())
    given = chunks(2.0)
    push(row, given[:3])
    assert row.push(given[5]) == []
    (piece,) = row.flush()
    assert piece.start == 100
    assert row.flush() == []


def test_repetitions_add_nothing() -> None:
    row = SignalRow(PhysioConfig())
    given = chunks(10.0)
    pieces = push(row, [c for c in given for _ in range(2)])
    assert in_place(pieces)
    assert sum(len(p.samples) for p in pieces) == 1000


def test_an_overlap_is_cut() -> None:
    row = SignalRow(PhysioConfig())
    first, second = chunks(4.0, size=200)
    early = BiosignalChunk(
        second.stamp_ns - NS, second.channel, RATE, np.arange(100.0, 400.0), "mV"
    )
    pieces = push(row, [first, early])
    assert in_place(pieces)
    assert row.end == 400
    assert pieces[1].reasons == (PhysioReason.SIGNAL_OVERLAP,)


def test_missing_samples_split_the_row() -> None:
    row = SignalRow(PhysioConfig())
    (chunk,) = chunks(1.0, size=100)
    chunk.samples[40:50] = np.nan
    chunk.samples[70] = np.inf
    pieces = row.push(chunk)
    assert [(p.start, len(p.samples)) for p in pieces] == [(0, 40), (50, 20), (71, 29)]
    assert all(p.reasons == (PhysioReason.NOT_A_NUMBER,) for p in pieces)
    assert row.end == 100


def test_a_step_back_of_the_stamps_is_another_clock() -> None:
    row = SignalRow(PhysioConfig())
    given = chunks(20.0)
    push(row, given)
    (piece,) = row.push(given[0])
    assert piece.fresh
    assert piece.start == 0
    assert PhysioReason.STAMP_JUMP in piece.reasons


def test_another_rate_or_unit_begins_anew() -> None:
    row = SignalRow(PhysioConfig())
    given = chunks(2.0)
    push(row, given)
    other = BiosignalChunk(7 * NS, BiosignalChannel.ECG, 50.0, np.zeros(10), "mV")
    assert row.push(other)[0].fresh
    assert row.push(
        BiosignalChunk(7 * NS + NS // 5, BiosignalChannel.ECG, 50.0, np.zeros(10), "V")
    )[0].fresh


def test_blocks_do_not_depend_on_the_cut_and_know_holes() -> None:
    values = np.arange(50.0)

    def cut(size: int) -> list[tuple[int, list[float], bool]]:
        blocks, found = Blocks(7), []
        for at in range(0, 30, size):
            found += blocks.push(at, values[at : min(at + size, 30)])
        found += blocks.push(40, values[40:])
        return [(start, part.tolist(), hole) for start, part, hole in found]

    assert cut(1) == cut(4) == cut(30)
    assert [(start, hole) for start, _, hole in cut(3)] == [
        (0, True), (7, False), (14, False), (21, False), (40, True),
    ]  # fmt: skip
