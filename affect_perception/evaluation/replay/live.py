"""Gathers states as they come, live or in process, into the same files as a replay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from affect_perception.core.types.physio import BiosignalChunk
from affect_perception.evaluation.replay.replay import (
    ATTENTION_TOPIC,
    FACE_TOPIC,
    FACES_TABLE,
    STATES_BAG,
    STATES_TABLE,
    Replay,
    write_stream_tables,
)
from affect_perception.evaluation.replay.run import Setting, write_results
from affect_perception.evaluation.synthetic.body import body_truth_columns
from affect_perception.evaluation.synthetic.truth import truth_columns
from affect_perception.io.bag_writer import BagWriter
from affect_perception.io.message_fields import Fields, stamp_of
from affect_perception.io.message_types import ATTENTION_STATE, FACE_OBSERVATION
from affect_perception.io.table import STAMP, write_parquet


@dataclass(frozen=True)
class Moment:
    """A state as it came.

    Attributes:
        state: Fields of AttentionState.
        truth: `DriverTruth.plain()` of the same stamp, or None.
        affect: Fields of the newest AffectState by then, or None.
        body: `BodyTruth.plain()` of the last half second, or None.
    """

    state: Fields
    truth: Mapping[str, Any] | None = None
    affect: Fields | None = None
    body: Mapping[str, Any] | None = None

    @property
    def stamp_ns(self) -> int:
        """Acquisition stamp of the picture."""
        return stamp_of(self.state["header"])


class LiveRecorder:
    """Writes the states to `states.mcap` while they come, the rest at the end.

    Args:
        name: What the report is called.
        setting: What the pipeline runs with.
        out: Folder for the files.

    Attributes:
        times: What else the summary says of times and processors.
    """

    def __init__(self, name: str, setting: Setting, out: Path) -> None:
        self._setting, self._out = setting, out
        self._result = Replay(name, setting.node)
        self._truth: dict[int, Mapping[str, Any]] = {}
        self._body_truth: list[Mapping[str, Any]] = []
        self._tracked: set[int] = set()
        self.times: dict[str, Any] = {}
        out.mkdir(parents=True, exist_ok=True)
        self._bag = BagWriter(out / STATES_BAG)

    def __enter__(self) -> LiveRecorder:
        self._bag.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bag.__exit__(kind, error, trace)

    @property
    def states(self) -> int:
        """States so far."""
        return len(self._result.attention)

    def add(self, moment: Moment) -> None:
        """Takes a state."""
        self._bag.write(ATTENTION_TOPIC, ATTENTION_STATE, moment.state, moment.stamp_ns)
        self._result.attention.add(moment.state)
        self._result.frames += 1
        if moment.truth is not None:
            self._truth[moment.stamp_ns] = moment.truth

    def add_face(self, face: Fields) -> None:
        """Takes the fields of a FaceObservation."""
        self._bag.write(FACE_TOPIC, FACE_OBSERVATION, face, stamp_of(face["header"]))
        self._result.faces.add(face)
        if face["track_id"] != 0:
            self._tracked.add(stamp_of(face["header"]))

    def add_voice(self, voice: Fields) -> None:
        """Takes the fields of a VoiceObservation."""
        self._result.voice.add_fields(self._bag, voice)

    def add_physio(self, physio: Fields) -> None:
        """Takes the fields of a PhysioObservation."""
        self._result.physio.add_fields(self._bag, physio)

    def add_affect(self, affect: Fields) -> None:
        """Takes the fields of an AffectState."""
        self._result.affect.add_fields(self._bag, affect)

    def add_chunk(self, chunk: BiosignalChunk) -> None:
        """Takes a piece of a body signal, for the report."""
        self._result.physio.hear(chunk, 0.0)

    def add_body_truth(self, truth: Mapping[str, Any]) -> None:
        """Takes what is true of the body."""
        self._body_truth.append(truth)

    def finish(self) -> dict[str, Any]:
        """Writes table, summary and report; returns the summary."""
        states = self._result.columns()
        result = self._result
        latencies = {"latency_ms": states["latency"]}
        for name, record in (
            ("voice_latency_ms", result.voice),
            ("physio_latency_ms", result.physio),
            ("affect_latency_ms", result.affect),
        ):
            if record:
                latencies[name] = record.columns()["latency"]
        found = {name: _spread_ms(values) for name, values in latencies.items()}
        result.times = {name: value for name, value in found.items() if value} | self.times
        result.tracked_frames = len(set(states[STAMP].tolist()) & self._tracked)
        truth = [self._truth[stamp] for stamp in sorted(self._truth)]
        columns = truth_columns(truth, self._setting.cabin) if truth else None
        write_parquet(self._out / STATES_TABLE, states)
        write_parquet(self._out / FACES_TABLE, result.faces.columns())
        write_stream_tables(result, self._out)
        body = body_truth_columns(self._body_truth) if self._body_truth else None
        return write_results(result, self._setting, self._out, columns, body)


def _spread_ms(seconds: Any) -> dict[str, float]:
    """Median and 99th percentile of latencies, ms; nothing where none is known."""
    known = np.asarray(seconds, np.float64)
    known = 1e3 * known[np.isfinite(known)]
    if not len(known):
        return {}
    return {
        "median": round(float(np.median(known)), 2),
        "p99": round(float(np.percentile(known, 99)), 2),
    }
