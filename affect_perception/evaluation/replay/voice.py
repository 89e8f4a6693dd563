"""What a replay gathers of the voice: messages in the bag, columns, and their summary."""

from __future__ import annotations

from typing import Any

import numpy as np

from affect_perception.core.enums import Availability, TriState
from affect_perception.core.types import VoiceObservation
from affect_perception.evaluation.report.events import runs, seconds, span
from affect_perception.io.bag_writer import BagWriter
from affect_perception.io.message_fields import Fields, stamp_of
from affect_perception.io.table import ColumnCollector, Columns
from affect_perception.io.voice_fields import VOICE_OBSERVATION, voice_fields

VOICE_TOPIC = "/voice"
VOICE_TABLE = "voice.parquet"


class VoiceRecord:
    """Every VoiceObservation of a replay.

    Attributes:
        sound_seconds: Length of the sound that went in, s.
        step_seconds: Computing time for it, s.
    """

    def __init__(self) -> None:
        self._collector = ColumnCollector(VOICE_OBSERVATION)
        self.sound_seconds = 0.0
        self.step_seconds = 0.0

    def __len__(self) -> int:
        return len(self._collector)

    def add(self, bag: BagWriter, voice: VoiceObservation) -> None:
        """Writes an observation into the bag and keeps its values."""
        self.add_fields(bag, voice_fields(voice))

    def add_fields(self, bag: BagWriter, fields: Fields) -> None:
        """As `add`, from the fields of a message."""
        bag.write(VOICE_TOPIC, VOICE_OBSERVATION, fields, stamp_of(fields["header"]))
        self._collector.add(fields)

    def columns(self) -> Columns:
        """The fields of the message; the probability of each class is a column of its own."""
        return self._collector.columns()

    def times(self) -> dict[str, Any]:
        """How long the computing took."""
        ratio = self.sound_seconds / max(self.step_seconds, 1e-9)
        return {
            "ms_per_second_of_sound": round(1e3 * self.step_seconds / self.sound_seconds, 3),
            "times_real_time": round(ratio, 1),
        }


def voice_time(voice: Columns, first_ns: int | None = None) -> Any:
    """Seconds of the observations since a stamp, or since the first of them."""
    if first_ns is None:
        return seconds(voice)
    return (voice["stamp_ns"] - first_ns) / 1e9


def summarize_voice(voice: Columns, first_ns: int | None = None) -> dict[str, Any]:
    """What `summary.json` says of the voice.

    Args:
        voice: Columns of a `VoiceRecord`.
        first_ns: Stamp that times count from; the first observation's if None.
    """
    time = voice_time(voice, first_ns)
    known = voice["talking"] != TriState.UNKNOWN
    talking = voice["talking"] == TriState.YES
    reasons = sorted({reason for row in voice["degradation_reasons"] for reason in row})
    shares = {
        reason: round(float(np.mean([reason in row for row in voice["degradation_reasons"]])), 4)
        for reason in reasons
    }
    return {
        "observations": len(time),
        "seconds": round(float(np.ptp(time)), 3),
        "talking_share": round(float(talking[known].mean()), 4) if known.any() else None,
        "talks": [span(time, start, end) for start, end in runs(talking)],
        "sentences": int(voice["sentences"][-1]),
        "availability": {
            level.name.lower(): round(float(np.mean(voice["availability"] == level)), 4)
            for level in Availability
        },
        "degradation_reasons": dict(sorted(shares.items(), key=lambda item: -item[1])),
    }
