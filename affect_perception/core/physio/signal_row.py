"""Puts chunks of one channel in a row by their stamps: order, holes, repetitions, missing samples.

Every sample of a row has a number. A hole takes as many numbers as samples are missing, so nobody
can take samples on both sides of it for neighbours.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from affect_perception.core.config.physio import PhysioConfig
from affect_perception.core.enums import PhysioReason
from affect_perception.core.physio.row_clock import RowClock
from affect_perception.core.types.physio import BiosignalChunk

Array = npt.NDArray[np.float64]
_NS = 1_000_000_000
# Learned rate further than this from the stated one is told; cheap sensors are off by 1 %.
_RATE_TOLD = 0.01


@dataclass(frozen=True)
class Piece:
    """Measured samples of a row without a hole.

    Attributes:
        start: Number of the first sample in the row.
        samples: (n,) or (n, 3) finite numbers.
        fresh: A new row begins: another clock, rate or unit.
        chunk: The chunk that it came with.
        reasons: What was wrong with stamps and samples of the chunk.
    """

    start: int
    samples: Array
    fresh: bool
    chunk: BiosignalChunk
    reasons: tuple[PhysioReason, ...] = ()


@dataclass(frozen=True)
class RowFacts:
    """What has become of the chunks of one channel since the start.

    Attributes:
        rate_stated: Samples per second as the sender states it, Hz; NaN before the first chunk.
        rate: As learned from the stamps, Hz.
        jitter: Root mean square distance of stamps from where they were expected, s.
        gaps: Holes.
        missing: Length of all holes, s.
        reordered: Chunks that came after the next one, and were put back in their place.
        repeated: Chunks that were wholly known before, or came too late; they are dropped.
        overlapping: Chunks that were partly known before; that part is dropped.
        jumps: Steps back of the stamps after which the row began anew.
        unmeasured: Chunks with samples that are not finite.
    """

    rate_stated: float = math.nan
    rate: float = math.nan
    jitter: float = math.nan
    gaps: int = 0
    missing: float = 0.0
    reordered: int = 0
    repeated: int = 0
    overlapping: int = 0
    jumps: int = 0
    unmeasured: int = 0


class SignalRow:
    """Puts the chunks of one channel in a row.

    A chunk that is ahead of the row waits for one more chunk, in case two have changed places;
    `flush` ends the wait.

    Args:
        config: Limits of the stamps.
    """

    def __init__(self, config: PhysioConfig) -> None:
        self._tolerance = config.stamp_tolerance
        self._jump = config.stamp_jump
        self._clock: RowClock | None = None
        self._kind: tuple[float, str] | None = None  # stated rate and unit of the row
        self._end = 0
        self._waiting: BiosignalChunk | None = None
        self._facts = RowFacts()

    @property
    def facts(self) -> RowFacts:
        """What has become of the chunks so far."""
        if self._clock is None or self._kind is None:
            return self._facts
        clock = self._clock
        return replace(self._facts, rate_stated=self._kind[0], rate=clock.rate, jitter=clock.jitter)

    @property
    def clock(self) -> RowClock:
        """Clock of the row; there is one from the first chunk on."""
        assert self._clock is not None
        return self._clock

    @property
    def end(self) -> int:
        """Number of the sample after the newest one."""
        return self._end

    def push(self, chunk: BiosignalChunk) -> list[Piece]:
        """Takes the next chunk and gives the pieces that it adds, in order."""
        if self._waiting is None:
            return self._take(chunk, wait=True)
        if chunk.stamp_ns == self._waiting.stamp_ns:
            self._count("repeated")
            return []
        held, self._waiting = self._waiting, None
        if chunk.stamp_ns < held.stamp_ns:
            self._count("reordered")
        first, second = sorted((held, chunk), key=lambda c: c.stamp_ns)
        return self._take(first, wait=False) + self._take(second, wait=True)

    def flush(self) -> list[Piece]:
        """Gives what waits for an earlier chunk."""
        held, self._waiting = self._waiting, None
        return [] if held is None else self._take(held, wait=False)

    def _take(self, chunk: BiosignalChunk, *, wait: bool) -> list[Piece]:
        if self._clock is None or self._kind != (chunk.rate, chunk.unit):
            return self._begin(chunk, ())
        late, sigma = self._clock.lateness(self._end, chunk.stamp_ns)
        allowed = max(self._tolerance, 0.6 * self._clock.period) + 3.0 * sigma
        if late > allowed:
            if wait and late < self._jump:
                self._waiting = chunk
                return []
            self._end += max(1, round(late / self._clock.period))
            self._clock.skip(self._end, chunk.stamp_ns)
            self._count("gaps")
            self._count("missing", late)
            return self._append(chunk, 0, (PhysioReason.SIGNAL_GAP,))
        if late < -self._jump:
            self._count("jumps")
            return self._begin(chunk, (PhysioReason.STAMP_JUMP,))
        if late < -allowed:
            again = round(-late / self._clock.period)
            if again >= len(chunk.samples):
                self._count("repeated")
                return []
            self._count("overlapping")
            return self._append(chunk, again, (PhysioReason.SIGNAL_OVERLAP,))
        self._clock.observe(self._end, chunk.stamp_ns)
        return self._append(chunk, 0, ())

    def _begin(self, chunk: BiosignalChunk, reasons: tuple[PhysioReason, ...]) -> list[Piece]:
        self._clock = RowClock(chunk.rate, chunk.stamp_ns)
        self._kind = (chunk.rate, chunk.unit)
        self._end = 0
        return self._append(chunk, 0, reasons, fresh=True)

    def _append(
        self,
        chunk: BiosignalChunk,
        skip: int,
        reasons: tuple[PhysioReason, ...],
        *,
        fresh: bool = False,
    ) -> list[Piece]:
        samples = np.asarray(chunk.samples[skip:], dtype=np.float64)
        start, self._end = self._end, self._end + len(samples)
        told = self.clock.rate / chunk.rate - 1.0
        if abs(told) > _RATE_TOLD:
            reasons = (*reasons, PhysioReason.RATE_WRONG)
        measured = np.isfinite(samples if samples.ndim == 1 else samples.sum(axis=1))
        if measured.all():
            return [Piece(start, samples, fresh, chunk, reasons)]
        self._count("unmeasured")
        reasons = (*reasons, PhysioReason.NOT_A_NUMBER)
        runs = stretches(measured)
        if not runs:
            return [Piece(start, samples[:0], fresh, chunk, reasons)]
        return [
            Piece(start + a, samples[a:b], fresh and number == 0, chunk, reasons)
            for number, (a, b) in enumerate(runs)
        ]

    def _count(self, name: str, much: float = 1) -> None:
        self._facts = replace(self._facts, **{name: getattr(self._facts, name) + much})


def stretches(mask: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Where a (n,) mask is true: first number, and first number after it, of each stretch."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(int)))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2).tolist()]


class Blocks:
    """Cuts a row into blocks of one length, so that results do not depend on how chunks were cut.

    Args:
        size: Samples of a block.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: Array = np.zeros(0)
        self._start = 0
        self._hole = True

    def push(self, start: int, samples: Array) -> list[tuple[int, Array, bool]]:
        """Adds samples from number `start` on.

        Returns:
            Whole blocks: number of the first sample, samples, and whether a hole (or nothing)
            lies before it. The last samples before a hole that fill no block are dropped.
        """
        if start != self._start + len(self._kept):
            self._kept, self._start, self._hole = samples, start, True
        else:
            self._kept = np.concatenate([self._kept, samples])
        whole = len(self._kept) // self._size
        found = []
        for number in range(whole):
            at = number * self._size
            found.append((self._start + at, self._kept[at : at + self._size], self._hole))
            self._hole = False
        self._kept = self._kept[whole * self._size :]
        self._start += whole * self._size
        return found
