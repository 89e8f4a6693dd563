"""Replays a recording through the pipeline of the live node and writes what it says.

The files with states (`states.mcap`, the tables) and the report hold nothing but what follows from
the recording and the parameters: two replays on one machine give the same bytes. How long the
computing took stands only in `summary.json`, under `times`.
"""

from __future__ import annotations

import json
import logging
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from affect_perception import __version__
from affect_perception.core.config import NodeConfig
from affect_perception.core.enums import Availability
from affect_perception.core.errors import InputError
from affect_perception.core.types import (
    AffectState,
    AttentionState,
    AudioChunk,
    CameraFrame,
    FaceObservation,
    VoiceObservation,
)
from affect_perception.core.types.physio import BiosignalChunk, PhysioObservation
from affect_perception.evaluation.replay.affect import (
    AFFECT_TABLE,
    AffectRecord,
    summarize_affect,
)
from affect_perception.evaluation.replay.physio import (
    BEATS_TABLE,
    PHYSIO_TABLE,
    PhysioRecord,
    summarize_physio,
)
from affect_perception.evaluation.replay.voice import VOICE_TABLE, VoiceRecord, summarize_voice
from affect_perception.evaluation.report.events import find_events, seconds
from affect_perception.evaluation.report.expression import expression_summary
from affect_perception.io.bag_writer import BagWriter
from affect_perception.io.events import Event, Source
from affect_perception.io.message_fields import attention_fields, face_fields
from affect_perception.io.message_types import ATTENTION_STATE, FACE_OBSERVATION
from affect_perception.io.table import ColumnCollector, Columns, write_parquet

_LOG = logging.getLogger(__name__)

FACE_TOPIC = "/face"
ATTENTION_TOPIC = "/attention_state"

STATES_BAG = "states.mcap"
STATES_TABLE = "states.parquet"
FACES_TABLE = "faces.parquet"

BAD_FRAMES_LISTED = 20

Output = FaceObservation | AttentionState | VoiceObservation | PhysioObservation | AffectState


class Steps(Protocol):
    """What the replay needs of `core.pipeline.Pipeline`."""

    def step(self, event: Event) -> tuple[Output, ...]:
        """One event in, the resulting outputs out."""
        ...


@dataclass
class Replay:
    """What a replay has gathered.

    Attributes:
        source: Name of the recording.
        node: The parameters that shape the messages.
        attention: Every AttentionState, as columns.
        faces: Every FaceObservation, as columns, without landmarks.
        voice: Every VoiceObservation.
        physio: Every PhysioObservation.
        affect: Every AffectState; none where there is one modality alone.
        frames: Pictures that went in.
        tracked_frames: Pictures in which the driver's face was followed.
        bad_frames: (stamp, what was wrong) of pictures and pieces that could not be used.
        step_seconds: Computing time of every picture, s.
        wall_seconds: Time of the whole replay with reading and decoding, s.
        times: What `summary.json` says about times; made from the two above in a replay.
    """

    source: str
    node: NodeConfig
    attention: ColumnCollector = field(default_factory=ColumnCollector)
    faces: ColumnCollector = field(default_factory=lambda: ColumnCollector(FACE_OBSERVATION))
    voice: VoiceRecord = field(default_factory=VoiceRecord)
    physio: PhysioRecord = field(default_factory=PhysioRecord)
    affect: AffectRecord = field(default_factory=AffectRecord)
    frames: int = 0
    tracked_frames: int = 0
    bad_frames: list[tuple[int, str]] = field(default_factory=list)
    step_seconds: list[float] = field(default_factory=list)
    wall_seconds: float = 0.0
    times: dict[str, Any] = field(default_factory=dict)

    def columns(self) -> Columns:
        """The states as columns."""
        return self.attention.columns()


def replay(
    source: Source,
    pipeline: Steps,
    out: Path,
    *,
    limit_s: float = math.inf,
    on_frame: Callable[[], None] | None = None,
    node: NodeConfig | None = None,
) -> Replay:
    """Feeds a recording through the pipeline; writes `states.mcap` and the tables.

    Args:
        source: The recording.
        pipeline: A fresh pipeline.
        out: Folder for the files; made if it is missing.
        limit_s: Stops after this many seconds of recording.
        on_frame: Called after every picture, for a progress bar.
        node: The node's parameters; `cabin_frame` and `landmarks` shape the messages.

    Raises:
        InputError: If the recording is broken or nothing of it can be used.
    """
    result = Replay(source.name, node or NodeConfig())

    def note_bad_frame(stamp_ns: int, error: InputError) -> None:
        _LOG.warning("%s", error)
        result.bad_frames.append((stamp_ns, str(error)))

    out.mkdir(parents=True, exist_ok=True)
    began = time.perf_counter()
    with BagWriter(out / STATES_BAG) as bag:
        for event in _limited(source.events(note_bad_frame), limit_s):
            _step(event, pipeline, bag, result)
            if on_frame is not None and isinstance(event, CameraFrame):
                on_frame()
        streams = bool(result.voice or result.physio)
        if not result.attention and not (source.frames == 0 and streams):
            reason = f": {result.bad_frames[0][1]}" if result.bad_frames else ""
            kind = "sound or body signal" if source.frames == 0 else "picture"
            raise InputError(f"{source.name} holds no {kind} that can be used{reason}")
    if result.attention:
        write_parquet(out / STATES_TABLE, result.columns())
        write_parquet(out / FACES_TABLE, result.faces.columns())
    write_stream_tables(result, out)
    result.wall_seconds = time.perf_counter() - began
    result.times = _times(result)
    return result


def write_stream_tables(result: Replay, out: Path) -> None:
    """Writes the tables of voice, body and affect, as far as there are any."""
    if result.voice:
        write_parquet(out / VOICE_TABLE, result.voice.columns())
    if result.physio:
        write_parquet(out / PHYSIO_TABLE, result.physio.columns())
        write_parquet(out / BEATS_TABLE, result.physio.beats())
    if result.affect:
        write_parquet(out / AFFECT_TABLE, result.affect.columns())


def summarize(
    result: Replay, setting: dict[str, Any], road_zones: Sequence[str] = ()
) -> dict[str, Any]:
    """The content of `summary.json`.

    Args:
        result: The replay.
        setting: What it ran with (cabin, parameters that differ from the defaults).
        road_zones: Names of the gaze zones that count as the road ahead.

    Returns:
        Plain values; of a recording with equal parameters only `times` differs between runs.
    """
    if not result.attention:
        return _summarize_streams(result, setting)
    columns = result.columns()
    events = find_events(columns, road_zones)
    alerts = events.pop("alerts")
    first = int(columns["stamp_ns"][0])
    duration = float(np.ptp(seconds(columns)))
    return {
        "input": result.source,
        "version": __version__,
        "setting": setting,
        "road_zones": [*road_zones],
        "frames": result.frames,
        "tracked_frames": result.tracked_frames,
        "seconds": round(duration, 3),
        "first_stamp_ns": first,
        **_unusable(result),
        "availability": _availability(columns),
        "degradation_reasons": _reason_shares(columns),
        "expression": expression_summary(result.faces.columns()),
        "alerts": alerts,
        "events": events,
        **_streams(result, first),
        "times": result.times,
    }


def _streams(result: Replay, first_ns: int) -> dict[str, Any]:
    """What is said of sound and body signals, where there are any."""
    found: dict[str, Any] = {}
    if result.voice:
        found["voice"] = summarize_voice(result.voice.columns(), first_ns)
    if result.physio:
        found["physio"] = summarize_physio(result.physio)
    if result.affect:
        found["affect"] = summarize_affect(result.affect.columns())
    return found


def _summarize_streams(result: Replay, setting: dict[str, Any]) -> dict[str, Any]:
    """The summary of a recording without pictures."""
    records = [record for record in (result.voice, result.physio) if record]
    first = min(int(record.columns()["stamp_ns"][0]) for record in records)
    return {
        "input": result.source,
        "version": __version__,
        "setting": setting,
        "frames": 0,
        "seconds": round(max(result.voice.sound_seconds, result.physio.signal_seconds), 3),
        "first_stamp_ns": first,
        **_unusable(result),
        **_streams(result, first),
        "times": result.times,
    }


def _unusable(result: Replay) -> dict[str, Any]:
    listed = result.bad_frames[:BAD_FRAMES_LISTED]
    return {
        "unusable_frames": len(result.bad_frames),
        "unusable_frames_first": [{"stamp_ns": stamp, "error": text} for stamp, text in listed],
    }


def write_summary(path: Path, summary: dict[str, Any]) -> None:
    """Writes `summary.json` (NaN becomes null: JSON has none)."""
    text = json.dumps(_without_nan(summary), indent=2, allow_nan=False, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


def _step(event: Event, pipeline: Steps, bag: BagWriter, result: Replay) -> None:
    began = time.perf_counter()
    outputs = pipeline.step(event)
    elapsed = time.perf_counter() - began
    if isinstance(event, CameraFrame):
        result.frames += 1
        result.step_seconds.append(elapsed)
    if isinstance(event, AudioChunk):
        result.voice.sound_seconds += len(event.samples) / event.rate
        result.voice.step_seconds += elapsed
    if isinstance(event, BiosignalChunk):
        result.physio.hear(event, elapsed)
    for output in outputs:
        if isinstance(output, FaceObservation):
            result.tracked_frames += output.track_id != 0
            face = face_fields(output, landmarks=result.node.landmarks)
            bag.write(FACE_TOPIC, FACE_OBSERVATION, face, output.stamp_ns)
            result.faces.add(face)
        elif isinstance(output, VoiceObservation):
            result.voice.add(bag, output)
        elif isinstance(output, PhysioObservation):
            result.physio.add(bag, output)
        elif isinstance(output, AffectState):
            result.affect.add(bag, output)
        else:
            fields = attention_fields(output, frame_id=result.node.cabin_frame)
            bag.write(ATTENTION_TOPIC, ATTENTION_STATE, fields, output.stamp_ns)
            result.attention.add(fields)


def _limited(events: Iterator[Event], limit_s: float) -> Iterator[Event]:
    first: int | None = None
    for event in events:
        first = event.stamp_ns if first is None else first
        if event.stamp_ns - first > limit_s * 1e9:
            return
        yield event


def _availability(columns: Columns) -> dict[str, float]:
    values = columns["availability"]
    return {level.name.lower(): round(float(np.mean(values == level)), 4) for level in Availability}


def _reason_shares(columns: Columns) -> dict[str, float]:
    """Share of the states that carry each reason, the commonest first."""
    lists = columns["degradation_reasons"]
    counts: dict[str, int] = {}
    for reasons in lists:
        for reason in reasons:
            counts[reason] = counts.get(reason, 0) + 1
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return {reason: round(count / len(lists), 4) for reason, count in ordered}


def _times(result: Replay) -> dict[str, Any]:
    named: dict[str, VoiceRecord | PhysioRecord] = {
        "voice": result.voice,
        "physio": result.physio,
    }
    streams = {name: record.times() for name, record in named.items() if record}
    if not result.attention:
        return {**streams, "wall_s": round(result.wall_seconds, 3)}
    steps = np.asarray(result.step_seconds) * 1e3
    duration = float(np.ptp(seconds(result.columns())))
    per_frame = {"median": np.median(steps), "p95": np.percentile(steps, 95)}
    per_frame |= {"p99": np.percentile(steps, 99), "max": steps.max()}
    return {
        "per_frame_ms": {name: round(float(value), 3) for name, value in per_frame.items()},
        "wall_s": round(result.wall_seconds, 3),
        "frames_per_s": round(result.frames / result.wall_seconds, 1),
        "times_real_time": round(duration / result.wall_seconds, 2),
        **streams,
    }


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_nan(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
