"""Affect states in the replay: where there are several modalities, what is written, its bytes.

Leaves: which state follows from which observations (test/unit/fusion); pictures beside voice and
body, whose observations take the same way.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from affect_states import full_affect, unknown_affect
from observations import CABIN
from profiles import profile
from rosbags.highlevel import AnyReader
from voice_fakes import networks

from affect_perception.core.config import FusionConfig, NodeConfig, PipelineConfig
from affect_perception.core.enums import Modality
from affect_perception.core.fusion.fusion import AffectFusion
from affect_perception.core.fusion.pipeline import FusedPipeline, only
from affect_perception.core.network import PhysioNetworks
from affect_perception.core.types import (
    MODALITIES,
    AffectState,
    AudioChunk,
    DriverContext,
    FaceObservation,
)
from affect_perception.core.types.physio import PhysioObservation
from affect_perception.evaluation.replay.affect import summarize_affect
from affect_perception.evaluation.replay.run import Setting, run_replay
from affect_perception.evaluation.report.affect_panels import affect_panels
from affect_perception.io.affect_fields import AFFECT_STATE, affect_fields
from affect_perception.io.audio_bag import write_chunk
from affect_perception.io.bag_writer import BagWriter
from affect_perception.io.physio_fields import BIOSIGNAL_CHUNK, chunk_fields
from affect_perception.io.sources import open_source
from affect_perception.io.table import columns_of, read_parquet
from affect_perception.sim.body.script import body_of
from affect_perception.sim.body.sensors import BodySensors
from affect_perception.sim.observed.affect_streams import AffectDriver
from affect_perception.sim.scenario import Scenario
from affect_perception.sim.voice import Phrase, speak

pytestmark = pytest.mark.unit

NS = 1_000_000_000
RATE = 16_000


def write_recording(path: Path) -> Path:
    """Twelve seconds of body signals and talk, in the order of arrival."""
    body = body_of(Scenario.parse("duration_s: 12\nseed: 6\nbody: {heart_rate_bpm: 72}\n"))
    talk = speak([Phrase(10, 0.6)] * 4, seed=4).samples[: 12 * RATE]
    row = [(chunk.end_ns, "body", chunk) for chunk in BodySensors(body).chunks(NS)]
    row += [
        (
            NS + (at + 1600) * NS // RATE,
            "sound",
            AudioChunk(NS + at * NS // RATE, RATE, talk[at : at + 1600, None], "microphone"),
        )
        for at in range(0, len(talk) - 1600, 1600)
    ]
    with BagWriter(path) as bag:
        for end_ns, kind, chunk in sorted(row, key=lambda one: one[:2]):
            if kind == "body":
                bag.write("/biosignals", BIOSIGNAL_CHUNK, chunk_fields(chunk), end_ns)
            else:
                write_chunk(bag, chunk, end_ns)
    return path


def play(source: Path, out: Path) -> dict[str, object]:
    config = PipelineConfig()
    setting = Setting(config, NodeConfig(), CABIN, profile(config.attention.profile))
    return run_replay(
        open_source(source),
        setting,
        lambda: pytest.fail("no pictures here"),
        out,
        voice_networks=networks(),
        physio_networks=PhysioNetworks(),
    )


def test_voice_and_body_give_affect_states_and_the_same_bytes_again(tmp_path: Path) -> None:
    recording = write_recording(tmp_path / "drive.mcap")
    summary = play(recording, tmp_path / "one")
    play(recording, tmp_path / "two")
    for name in ("affect.parquet", "states.mcap", "report.html"):
        digests = {
            hashlib.sha256((tmp_path / run / name).read_bytes()).hexdigest()
            for run in ("one", "two")
        }
        assert len(digests) == 1, name
    columns = read_parquet(tmp_path / "one" / "affect.parquet")
    gaps = np.diff(columns["stamp_ns"]) / 1e9
    assert gaps.mean() == pytest.approx(0.1, abs=0.005)
    assert set(map(tuple, columns["face.reasons"])) == {("off",)}
    assert np.isfinite(columns["heart_rate"]).any()
    assert np.isfinite(columns["probability_anger"]).any()
    told = summary["affect"]
    assert isinstance(told, dict)
    assert told["rate_hz"] == pytest.approx(10.0, abs=0.5)
    assert told["mean_weights"]["physio"]["weight_heart"] > 0.2
    with AnyReader([tmp_path / "one" / "states.mcap"]) as reader:
        topics = {c.topic: c.msgcount for c in reader.connections}
    assert topics["/affect_state"] == len(columns["stamp_ns"])
    page = (tmp_path / "one" / "report.html").read_text(encoding="utf-8")
    assert "Incongruence" in page
    kept = json.loads((tmp_path / "one" / "summary.json").read_text(encoding="utf-8"))
    assert kept["affect"]["states"] == len(columns["stamp_ns"])


def test_what_a_pipeline_observes_is_followed_by_the_states_that_are_due() -> None:
    class Passing:
        def step(self, event: object) -> tuple[object, ...]:
            return (event,)

    driver = AffectDriver()
    fused = FusedPipeline(Passing(), AffectFusion(FusionConfig()))
    outputs = [out for event in driver.events(MODALITIES, 3.0) for out in fused.step(event)]
    states = [out for out in outputs if isinstance(out, AffectState)]
    assert len(states) == pytest.approx(30, abs=1)
    assert all(a.stamp_ns < b.stamp_ns for a, b in pairwise(states))
    place = next(i for i, out in enumerate(outputs) if isinstance(out, AffectState))
    assert outputs[place].stamp_ns == outputs[place - 1].stamp_ns


def test_an_observation_ahead_of_time_waits_as_it_does_in_the_node() -> None:
    """A learned clock puts the end of a signal a little after the face that comes next."""
    events = AffectDriver().events(MODALITIES, 3.0)
    events.sort(key=lambda event: (event.stamp_ns, isinstance(event, FaceObservation)))
    faces = [event.stamp_ns for event in events if isinstance(event, FaceObservation)]

    class EarlyBody:
        def step(self, event: Any) -> tuple[object, ...]:
            if not isinstance(event, PhysioObservation):
                return (event,)
            # The first face after a multiple of 0.1 s is the one whose stamp a state takes.
            taken = [at for at in faces if at % 100_000_000 < 33_000_000]
            following = min((at for at in taken if at > event.stamp_ns), default=event.stamp_ns)
            return (replace(event, stamp_ns=following + 300_000),)

    fused = FusedPipeline(EarlyBody(), AffectFusion(FusionConfig()))
    states = [o for e in events for o in fused.step(e) if isinstance(o, AffectState)]
    assert len(states) == pytest.approx(30, abs=1)
    assert {state.stamp_ns for state in states[1:]} <= set(faces)


def test_the_pipeline_is_told_of_each_state_when_it_is_due() -> None:
    class Listening:
        def __init__(self) -> None:
            self.told: list[DriverContext] = []

        def step(self, event: object) -> tuple[object, ...]:
            if isinstance(event, DriverContext):
                self.told.append(event)
                return ()
            return (event,)

    listening = Listening()
    fused = FusedPipeline(listening, AffectFusion(FusionConfig()))
    states: list[AffectState] = []
    for event in AffectDriver().events(MODALITIES, 2.0):
        states += [out for out in fused.step(event) if isinstance(out, AffectState)]
        assert [c.stamp_ns for c in listening.told] == [s.stamp_ns for s in states]
    assert [c.talking for c in listening.told] == [s.talking for s in states]
    assert len(states) > 10


def test_modalities_that_a_recording_lacks_are_off() -> None:
    config = only(FusionConfig(), [Modality.FACE])
    assert (config.face.use, config.voice.use, config.physio.use) == (True, False, False)
    assert config.physio.age_limit == FusionConfig().physio.age_limit


def test_summary_and_panels_of_known_and_unknown_states() -> None:
    columns = columns_of(
        [affect_fields(state) for state in (full_affect(), unknown_affect())], AFFECT_STATE
    )
    summary = summarize_affect(columns)
    assert summary["states"] == 2
    assert summary["disagreeing"] == {"voice": 0.5}
    assert summary["figures"]["valence"]["median"] == pytest.approx(-0.4)
    page = affect_panels(columns, int(columns["stamp_ns"][0]), 0.1)
    for title in ("Valence", "Load and stress", "Weights", "Classes"):
        assert f"<h3>{title}</h3>" in page
    nothing = columns_of([affect_fields(unknown_affect())] * 2, AFFECT_STATE)
    assert "not judged" in affect_panels(nothing, int(nothing["stamp_ns"][0]), 0.1)
