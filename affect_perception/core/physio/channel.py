"""What the channels have in common: row, contact, health, and figures once a second."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from affect_perception.core.config.physio import PhysioConfig
from affect_perception.core.enums import Availability, PhysioReason
from affect_perception.core.physio.signal_health import SignalHealth
from affect_perception.core.physio.signal_row import Piece, RowFacts, SignalRow
from affect_perception.core.types.physio import BiosignalChunk, SignalState

Array = npt.NDArray[np.float64]
# Contact below this, where a sender tells it, is no contact.
_LEAST_CONTACT = 0.1
# For how long a reason stays after what caused it, s.
_STAYS = 2.0
_NS = 1_000_000_000


class Channel:
    """One body signal; what is made of it stands in the classes derived from this one.

    Args:
        config: Settings.
        dead_after: A signal that keeps one value for so long is dead, s.
        cut_time: A signal that stays at the edge of its range for so long is cut off, s.
    """

    def __init__(self, config: PhysioConfig, *, dead_after: float, cut_time: float) -> None:
        self._config = config
        self._dead_after = dead_after
        self._cut_time = cut_time
        self._row = SignalRow(config)
        self._health: SignalHealth | None = None
        self._told: dict[PhysioReason, float] = {}
        self._second = -1
        self._chunk_length = 0.0
        self._measured_until = -math.inf

    @property
    def now(self) -> float:
        """Time just after the newest sample, s after the origin of the row."""
        return self._row.clock.time_of(self._row.end)

    @property
    def end_ns(self) -> int:
        """The same as a stamp, nanoseconds."""
        return self._row.clock.stamp_of(self._row.end)

    @property
    def facts(self) -> RowFacts:
        """What has become of the chunks so far."""
        return self._row.facts

    def push(self, chunk: BiosignalChunk) -> bool:
        """Takes a chunk; whether it (or one that waited) added samples."""
        pieces = self._row.push(chunk)
        for piece in pieces:
            self._take(piece)
        return bool(pieces)

    def gone(self, stamp_ns: int) -> bool:
        """Whether the signal has been away for too long at a stamp."""
        return (stamp_ns - self.end_ns) / _NS > self._config.hold + self._chunk_length

    def state(self, stamp_ns: int) -> SignalState:
        """How well the signal can be used."""
        reasons = self.reasons()
        if self.gone(stamp_ns):
            reasons = (PhysioReason.NO_SIGNAL,)
        quality = 0.0 if self._dead(reasons) else self.quality()
        return SignalState(
            availability=self._availability(quality, reasons),
            quality=quality,
            rate=self._row.clock.rate,
            age=max(0.0, (stamp_ns - self.end_ns) / _NS),
            reasons=reasons,
        )

    def reasons(self) -> tuple[PhysioReason, ...]:
        """What has been wrong lately."""
        return tuple(r for r, at in self._told.items() if self.now - at <= _STAYS)

    def quality(self) -> float:
        """Of the signal, 0..1; NaN if unknown."""
        return math.nan

    def begin(self, rate: float) -> None:
        """A new row: times are not comparable with those before."""

    def take(self, start: int, samples: Array, unit: str) -> None:
        """Takes measured samples from number `start` of the row on."""

    def interrupt(self) -> None:
        """The signal has been dead: what comes next does not follow what came before."""

    def each_second(self) -> None:
        """Renews the figures; the signal has gone on by a second."""

    def tell(self, reason: PhysioReason) -> None:
        """Notes a reason at the present time."""
        self._told.pop(reason, None)
        self._told[reason] = self.now

    def _take(self, piece: Piece) -> None:
        chunk = piece.chunk
        if piece.fresh:
            self._told.clear()
            self._second = -1
            self._health = SignalHealth(chunk.rate, self._dead_after, self._cut_time)
            self.begin(chunk.rate)
        self._chunk_length = len(chunk.samples) / chunk.rate
        for reason in piece.reasons:
            self.tell(reason)
        if chunk.contact < _LEAST_CONTACT:
            self.tell(PhysioReason.LEAD_OFF)
        elif len(piece.samples):
            if piece.samples.ndim == 1 and self._health is not None:
                self._health.push(piece.start, piece.samples)
            self.take(piece.start, piece.samples, chunk.unit)
            self._measured_until = self.now
        second = math.floor(self.now)
        if second != self._second:
            self._second = second
            for reason in self._health.reasons() if self._health is not None else ():
                self.tell(reason)
                if reason == PhysioReason.FLAT:
                    self.interrupt()
            self.each_second()

    def _dead(self, reasons: tuple[PhysioReason, ...]) -> bool:
        """Whether there is nothing to judge."""
        away = self.now - self._measured_until > self._config.hold
        return away or bool(
            {PhysioReason.FLAT, PhysioReason.LEAD_OFF, PhysioReason.NO_SIGNAL} & set(reasons)
        )

    def _availability(self, quality: float, reasons: tuple[PhysioReason, ...]) -> Availability:
        if self._dead(reasons):
            return Availability.UNAVAILABLE
        if reasons or quality < self._config.min_quality:
            return Availability.DEGRADED
        return Availability.UNKNOWN if math.isnan(quality) else Availability.AVAILABLE
