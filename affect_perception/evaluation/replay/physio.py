"""What a replay gathers of the body: messages in the bag, columns, signals, and their summary."""

from __future__ import annotations

from typing import Any

import numpy as np

from affect_perception.core.enums import Availability, BiosignalChannel
from affect_perception.core.types.physio import BiosignalChunk, PhysioObservation
from affect_perception.evaluation.replay.envelope import Envelope
from affect_perception.evaluation.replay.spread import spread
from affect_perception.evaluation.report.events import seconds
from affect_perception.evaluation.report.physio_panels import BodyData
from affect_perception.evaluation.report.streams_page import body_units
from affect_perception.io.bag_writer import BagWriter
from affect_perception.io.message_fields import Fields, stamp_of
from affect_perception.io.physio_fields import PHYSIO_OBSERVATION, physio_fields
from affect_perception.io.table import STAMP, ColumnCollector, Columns, signal_column

PHYSIO_TOPIC = "/physio"
PHYSIO_TABLE = "physio.parquet"
BEATS_TABLE = "beats.parquet"
BODY_TRUTH_TABLE = "body_truth.parquet"
TOLD_NO_UNIT = "not told"
# Columns of which the summary gives middle and range.
_FIGURES = (
    "heart_rate",
    "rmssd",
    "skin_conductance_tonic",
    "skin_response_rate",
    "skin_temperature",
    "respiration_rate",
    "load.cognitive_load",
    "load.stress",
)


class PhysioRecord:
    """Every PhysioObservation of a replay, and what went in.

    Attributes:
        chunks: Pieces of signals that went in.
        step_seconds: Computing time, s.
        units: Units that the pieces of each channel stated; "" where a piece stated none.
        envelopes: Each signal, thinned; acceleration as its magnitude.
    """

    def __init__(self) -> None:
        self._collector = ColumnCollector(PHYSIO_OBSERVATION)
        self._beats: list[tuple[int, int]] = []
        self._span: tuple[int, int] | None = None
        self.chunks = 0
        self.step_seconds = 0.0
        self.units: dict[BiosignalChannel, set[str]] = {}
        self.envelopes: dict[BiosignalChannel, Envelope] = {}

    def __len__(self) -> int:
        return len(self._collector)

    @property
    def signal_seconds(self) -> float:
        """Time from the first to the last sample of any signal, s."""
        return (self._span[1] - self._span[0]) / 1e9 if self._span else 0.0

    def hear(self, chunk: BiosignalChunk, elapsed: float) -> None:
        """Keeps what the report shows of a piece that went in."""
        self.chunks += 1
        self.step_seconds += elapsed
        self.units.setdefault(chunk.channel, set()).add(chunk.unit)
        size = len(chunk.samples)
        stamps = chunk.stamp_ns + np.round(np.arange(size) * (1e9 / chunk.rate)).astype(np.int64)
        end = int(stamps[-1])
        low, high = self._span or (chunk.stamp_ns, end)
        self._span = min(low, chunk.stamp_ns), max(high, end)
        values = np.asarray(chunk.samples, np.float64)
        if values.ndim == 2:
            values = np.linalg.norm(values, axis=1)
        self.envelopes.setdefault(chunk.channel, Envelope()).add(stamps, values)

    def add(self, bag: BagWriter, observation: PhysioObservation) -> None:
        """Writes an observation into the bag and keeps its values."""
        self.add_fields(bag, physio_fields(observation))

    def add_fields(self, bag: BagWriter, fields: Fields) -> None:
        """As `add`, from the fields of a message."""
        bag.write(PHYSIO_TOPIC, PHYSIO_OBSERVATION, fields, stamp_of(fields["header"]))
        self._collector.add(fields)
        source = int(fields["heart_source"])
        self._beats += [(stamp_of({"stamp": beat}), source) for beat in fields["beats"]]

    def columns(self) -> Columns:
        """The fields of the message, the state of each channel as columns of its own."""
        return self._collector.columns()

    def beats(self) -> Columns:
        """Stamp of each beat and the channel it was found in, one of `BiosignalChannel`."""
        return {
            STAMP: np.array([stamp for stamp, _ in self._beats], np.int64),
            "source": np.array([source for _, source in self._beats], np.uint8),
        }

    def drawn(self, truth: Columns | None = None) -> BodyData:
        """What the report draws."""
        return BodyData(
            physio=self.columns(),
            beats=self.beats(),
            signals={channel: kept.series() for channel, kept in self.envelopes.items()},
            units=body_units(self.units),
            truth=truth,
        )

    def times(self) -> dict[str, Any]:
        """How long the computing took."""
        share = self.step_seconds / max(self.signal_seconds, 1e-9)
        return {
            "ms_per_second_of_signal": round(1e3 * share, 3),
            "times_real_time": round(1.0 / max(share, 1e-9), 1),
        }


def summarize_physio(record: PhysioRecord) -> dict[str, Any]:
    """What `summary.json` says of the body.

    Args:
        record: With one observation or more.
    """
    columns = record.columns()
    reasons: dict[str, int] = {}
    for row in columns["degradation_reasons"]:
        for reason in row:
            reasons[reason] = reasons.get(reason, 0) + 1
    count = len(columns[STAMP])
    return {
        "observations": count,
        "seconds": round(float(np.ptp(seconds(columns))), 3),
        "beats": len(record.beats()[STAMP]),
        "channels": {
            kind.name.lower(): _channel(columns, kind, units)
            for kind, units in sorted(record.units.items())
        },
        "figures": {
            name.rpartition(".")[2]: found
            for name in _FIGURES
            if (found := spread(columns[name])) is not None
        },
        "availability": {
            level.name.lower(): round(float(np.mean(columns["availability"] == level)), 4)
            for level in Availability
        },
        "degradation_reasons": {
            reason: round(number / count, 4)
            for reason, number in sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
        },
    }


def _channel(columns: Columns, kind: BiosignalChannel, units: set[str]) -> dict[str, Any]:
    availability = columns[signal_column(kind, "availability")]
    rates = columns[signal_column(kind, "rate")]
    quality = columns[signal_column(kind, "quality")]
    known, judged = rates[np.isfinite(rates)], quality[np.isfinite(quality)]
    usable = np.isin(availability, (Availability.DEGRADED, Availability.AVAILABLE))
    return {
        "units": sorted(unit or TOLD_NO_UNIT for unit in units),
        "rate_hz": round(float(known[-1]), 3) if len(known) else None,
        "usable_share": round(float(usable.mean()), 4),
        "mean_quality": round(float(judged.mean()), 3) if len(judged) else None,
    }
