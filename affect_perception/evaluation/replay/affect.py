"""What a replay gathers of affect states: messages in the bag, columns, and their summary."""

from __future__ import annotations

from typing import Any

import numpy as np

from affect_perception.core.affect_classes import AFFECT_CLASSES
from affect_perception.core.enums import Availability
from affect_perception.core.types import MODALITIES, AffectState
from affect_perception.core.types.affect import WEIGHTS
from affect_perception.evaluation.replay.spread import spread
from affect_perception.evaluation.report.events import seconds
from affect_perception.io.affect_fields import AFFECT_STATE, affect_fields
from affect_perception.io.bag_writer import BagWriter
from affect_perception.io.message_fields import Fields, stamp_of
from affect_perception.io.table import ColumnCollector, Columns, class_column

AFFECT_TOPIC = "/affect_state"
AFFECT_TABLE = "affect.parquet"
_FIGURES = (
    "valence",
    "valence_std",
    "arousal",
    "arousal_std",
    "cognitive_load",
    "stress",
    "heart_rate",
    "heart_rate_std",
    "incongruence",
)


class AffectRecord:
    """Every AffectState of a replay."""

    def __init__(self) -> None:
        self._collector = ColumnCollector(AFFECT_STATE)

    def __len__(self) -> int:
        return len(self._collector)

    def add(self, bag: BagWriter, state: AffectState) -> None:
        """Writes a state into the bag and keeps its values."""
        self.add_fields(bag, affect_fields(state))

    def add_fields(self, bag: BagWriter, fields: Fields) -> None:
        """As `add`, from the fields of a message."""
        bag.write(AFFECT_TOPIC, AFFECT_STATE, fields, stamp_of(fields["header"]))
        self._collector.add(fields)

    def columns(self) -> Columns:
        """The fields of the message; those of each modality begin with its name."""
        return self._collector.columns()


def summarize_affect(affect: Columns) -> dict[str, Any]:
    """What `summary.json` says of the affect states."""
    time = seconds(affect)
    span = float(np.ptp(time))
    return {
        "states": len(time),
        "rate_hz": round((len(time) - 1) / span, 2) if span > 0.0 else None,
        "longest_gap_s": round(float(np.diff(time).max()), 3) if len(time) > 1 else None,
        "availability": {
            level.name.lower(): round(float(np.mean(affect["availability"] == level)), 4)
            for level in Availability
        },
        "degradation_reasons": _shares(affect["degradation_reasons"]),
        "disagreeing": _shares(affect["disagreeing"]),
        "figures": {name: spread(affect[name]) for name in _FIGURES},
        "mean_probability": {name: _mean(affect[class_column(name)]) for name in AFFECT_CLASSES},
        "mean_weights": {
            modality.word: {part: _mean(affect[f"{modality.word}.{part}"]) for part in WEIGHTS}
            for modality in MODALITIES
        },
    }


def _shares(rows: list[list[str]]) -> dict[str, float]:
    """Share of the states that carry each word, the commonest first."""
    words = sorted({word for row in rows for word in row})
    found = {word: round(float(np.mean([word in row for row in rows])), 4) for word in words}
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def _mean(values: Any) -> float | None:
    known = np.asarray(values, np.float64)
    known = known[np.isfinite(known)]
    return round(float(known.mean()), 4) if known.size else None
