"""Body signals through the replay: files, bags and scenarios, what is written, and its bytes.

Leaves: what the estimators make of signals (test/unit/physio), pictures beside them, the look.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from observations import CABIN
from profiles import profile
from rosbags.highlevel import AnyReader

from affect_perception.core.config import NodeConfig, PipelineConfig
from affect_perception.core.enums import BiosignalChannel
from affect_perception.core.errors import InputError
from affect_perception.core.network import PhysioNetworks
from affect_perception.evaluation.replay.envelope import Envelope
from affect_perception.evaluation.replay.run import Setting, open_input, run_replay
from affect_perception.evaluation.synthetic.body import BodySource, body_columns
from affect_perception.io.bag_writer import BagWriter
from affect_perception.io.physio_fields import BIOSIGNAL_CHUNK, chunk_fields
from affect_perception.io.signal_file import SignalFileSource, write_csv, write_npz
from affect_perception.io.signals import Signal
from affect_perception.io.sources import Topics, hears, measures, open_source, sees
from affect_perception.io.table import read_parquet
from affect_perception.sim.body.script import body_of
from affect_perception.sim.body.sensors import BodySensors
from affect_perception.sim.scenario import Scenario

pytestmark = pytest.mark.unit

SECONDS = 40
SCENARIO = f"""
duration_s: {SECONDS}
seed: 6
body: {{heart_rate_bpm: 72}}
timeline: [{{at_s: 20, sensor_fault: {{kind: lead_off, sensor: ecg, duration_s: 4}}}}]
"""
NS = 1_000_000_000


def setting() -> Setting:
    config = PipelineConfig()
    return Setting(config, NodeConfig(), CABIN, profile(config.attention.profile))


def no_faces():
    raise AssertionError("body signals need no networks of the face")


def play(source, out: Path):
    return run_replay(source, setting(), no_faces, out, physio_networks=PhysioNetworks())


def body():
    return body_of(Scenario.parse(SCENARIO))


def write_bag(path: Path, topics: tuple[str, ...] = ("/biosignals",)) -> Path:
    with BagWriter(path) as bag:
        for chunk in BodySensors(body()).chunks(NS):
            for topic in topics:
                bag.write(topic, BIOSIGNAL_CHUNK, chunk_fields(chunk), chunk.stamp_ns)
    return path


def signals(seconds: float = SECONDS) -> dict[str, Signal]:
    worn = BodySensors(body())
    return {
        "ecg": Signal("ecg_mV", BiosignalChannel.ECG, worn.samples("ecg", 0, 9000), 250.0, "mV"),
        "eda": Signal("eda_uS", BiosignalChannel.EDA, worn.samples("eda", 0, 300), 8.0, "uS"),
    }


class Played(NamedTuple):
    """A replay that several tests look at."""

    folder: Path
    summary: dict[str, Any]


@pytest.fixture(scope="module")
def of_scenario(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """The replay of the scenario."""
    out = tmp_path_factory.mktemp("of_scenario")
    return Played(out, play(BodySource(Scenario.parse(SCENARIO)), out))


@pytest.fixture(scope="module")
def bag(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scenario as a bag."""
    return write_bag(tmp_path_factory.mktemp("bag") / "body.mcap")


@pytest.fixture(scope="module")
def of_bag(bag: Path, tmp_path_factory: pytest.TempPathFactory) -> Played:
    """The replay of the bag."""
    out = tmp_path_factory.mktemp("of_bag")
    return Played(out, play(open_source(bag), out))


def test_a_scenario_gives_tables_a_bag_a_summary_and_a_report(of_scenario: Played) -> None:
    physio = read_parquet(of_scenario.folder / "physio.parquet")
    assert {"heart_rate", "ecg.quality", "ppg.reasons", "load.stress"} <= set(physio)
    off = (physio["stamp_ns"] > 22 * NS) & (physio["stamp_ns"] < 24 * NS)
    assert {tuple(r) for r, o in zip(physio["ecg.reasons"], off, strict=True) if o} == {
        ("lead_off",)
    }
    assert (physio["acceleration.availability"] == 0).all()
    assert physio["heart_rate"][-1] == pytest.approx(72.0, abs=4.0)
    beats = read_parquet(of_scenario.folder / "beats.parquet")
    assert set(beats["source"]) == {BiosignalChannel.ECG, BiosignalChannel.PPG}
    assert len(beats["stamp_ns"]) == pytest.approx(SECONDS * 1.2, abs=6)
    truth = read_parquet(of_scenario.folder / "body_truth.parquet")
    assert len(truth["stamp_ns"]) == 2 * SECONDS + 1
    assert truth["faults"][42] == ["ecg:lead_off"]
    told = json.loads((of_scenario.folder / "summary.json").read_text())["physio"]
    assert told == of_scenario.summary["physio"]
    assert told["channels"]["ecg"]["units"] == ["mV"]
    assert told["channels"]["ecg"]["rate_hz"] == pytest.approx(250.0, abs=0.05)
    assert told["degradation_reasons"]["lead_off"] > 0.05
    with AnyReader([of_scenario.folder / "states.mcap"]) as reader:
        assert {c.topic: c.msgcount for c in reader.connections} == {
            "/physio": len(physio["stamp_ns"])
        }


def test_the_report_shows_signals_truth_and_reasons_and_loads_nothing(of_scenario: Played) -> None:
    page = (of_scenario.folder / "report.html").read_text()
    for title in ("ECG", "PPG", "Breathing belt", "Heart rate", "Quality", "Reasons"):
        assert f"<h3>{title}</h3>" in page
    assert 'class="beat"' in page
    assert 'class="a true"' in page
    assert "true lead off: ecg" in page
    assert "http" not in page.replace("http://www.w3.org", "")


def test_two_replays_have_the_same_bytes(bag: Path, of_bag: Played, tmp_path: Path) -> None:
    play(open_source(bag), tmp_path)
    found = []
    for folder in (of_bag.folder, tmp_path):
        files = sorted(p for p in folder.iterdir() if p.name != "summary.json")
        found.append({p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in files})
    assert found[0] == found[1]
    assert set(found[0]) == {"beats.parquet", "physio.parquet", "report.html", "states.mcap"}


def test_a_bag_gives_what_the_scenario_gives(of_bag: Played, of_scenario: Played) -> None:
    found, scenario = (
        read_parquet(played.folder / "physio.parquet")["heart_rate"]
        for played in (of_bag, of_scenario)
    )
    # Samples are 32-bit floats in a bag.
    np.testing.assert_allclose(found, scenario, atol=1e-3)


def test_what_recordings_hold_is_known(bag: Path, tmp_path: Path) -> None:
    write_npz(tmp_path / "body.npz", signals(), {})
    for source in (open_source(bag), open_source(tmp_path / "body.npz")):
        assert (sees(source), hears(source), measures(source)) == (False, False, True)


def test_several_topics_must_be_chosen_from(tmp_path: Path) -> None:
    path = write_bag(tmp_path / "two.mcap", ("/left", "/right"))
    with pytest.raises(InputError, match=r"more than one topic of body signals.*--body-topic"):
        open_source(path)
    assert measures(open_source(path, Topics(body="right")))


def test_a_piece_that_cannot_be_used_is_listed_and_the_rest_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "bad.mcap"
    with BagWriter(path) as bag:
        for number, chunk in enumerate(BodySensors(body()).chunks(NS)):
            fields = chunk_fields(chunk)
            if number == 30:
                fields["channel"] = 99
            bag.write("/biosignals", BIOSIGNAL_CHUNK, fields, chunk.stamp_ns)
    summary = play(open_source(path), tmp_path / "out")
    assert summary["unusable_frames"] == 1
    assert "99" in summary["unusable_frames_first"][0]["error"]
    assert summary["physio"]["beats"] > 30


def test_a_file_with_truth_shows_it(tmp_path: Path) -> None:
    write_npz(tmp_path / "body.npz", signals(), body_columns(body(), NS))
    source = SignalFileSource(tmp_path / "body.npz")
    play(source, tmp_path / "out")
    assert 'class="a true"' in (tmp_path / "out" / "report.html").read_text()
    truth = read_parquet(tmp_path / "out" / "body_truth.parquet")
    assert truth["faults"][42] == ["ecg:lead_off"]
    assert truth["faults"][0] == []


def test_written_files_have_the_same_bytes_and_come_back(tmp_path: Path) -> None:
    for name in ("one.npz", "two.npz"):
        write_npz(tmp_path / name, signals(), body_columns(body(), NS))
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    back = {s.channel: s for s in SignalFileSource(tmp_path / "one.npz").signals}
    ecg = back[BiosignalChannel.ECG]
    assert (ecg.rate, ecg.unit) == (250.0, "mV")
    np.testing.assert_allclose(ecg.samples, signals()["ecg"].samples, atol=1e-6)


def test_a_table_with_a_gap_and_a_unit(tmp_path: Path) -> None:
    made = signals()["eda"]
    samples = made.samples.copy()
    samples[100:120] = np.nan
    write_csv(tmp_path / "eda.csv", replace(made, samples=samples))
    (back,) = SignalFileSource(tmp_path / "eda.csv").signals
    assert (back.rate, back.unit, back.channel) == (8.0, "uS", BiosignalChannel.EDA)
    np.testing.assert_allclose(back.samples, samples, rtol=1e-4)


def test_a_file_without_units_says_so(tmp_path: Path) -> None:
    write_csv(tmp_path / "eda.csv", replace(signals()["eda"], name="eda"))
    summary = play(open_source(tmp_path / "eda.csv"), tmp_path / "out")
    assert summary["physio"]["channels"]["eda"]["units"] == ["not told"]
    assert summary["physio"]["degradation_reasons"]["unit_missing"] > 0.9
    assert "unit not told" in (tmp_path / "out" / "report.html").read_text()


def test_what_a_file_holds_twice_or_too_slowly_is_left_out(tmp_path: Path) -> None:
    made = signals()
    slow = Signal("temp", BiosignalChannel.SKIN_TEMPERATURE, np.full(40, 33.0), 1.0, "degC")
    again = replace(made["ecg"], name="ecg_mV")
    write_npz(tmp_path / "body.npz", {**made, "ecg_mV": again, "temp": slow}, {})
    source = SignalFileSource(tmp_path / "body.npz")
    assert {s.channel.name for s in source.signals} == {"ECG", "EDA"}
    assert "ECG is read from ecg" in source.left_out["ecg_mV"]
    assert "4 to 1000" in source.left_out["temp"]
    summary = play(source, tmp_path / "out")
    assert summary["left_out"] == source.left_out


def test_a_file_without_any_signal_that_can_be_used_is_an_error(tmp_path: Path) -> None:
    slow = Signal("temp", BiosignalChannel.SKIN_TEMPERATURE, np.full(40, 33.0), 1.0, "degC")
    write_npz(tmp_path / "slow.npz", {"temp": slow}, {})
    with pytest.raises(InputError, match="no signal can be used"):
        open_source(tmp_path / "slow.npz")


def test_the_body_alone_is_for_scenarios_that_have_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no scenario"):
        open_input(tmp_path / "x.npz", setting(), no_faces, body_only=True)
    with pytest.raises(InputError, match="section 'body'"):
        open_input(Path("short_check"), setting(), no_faces, body_only=True)


def test_an_envelope_keeps_peaks_in_little_memory() -> None:
    kept = Envelope(64)
    stamps = np.arange(100_000) * 4_000_000
    values = np.zeros(100_000)
    values[77_777] = 5.0
    for first in range(0, 100_000, 50):
        kept.add(stamps[first : first + 50], values[first : first + 50])
    time, found = kept.series()
    assert len(time) <= 128
    assert found.max() == 5.0
    assert time[np.argmax(found)] == pytest.approx(77_777 * 0.004, abs=8.0)
    assert time[-1] == pytest.approx(400.0, abs=8.0)


def test_an_envelope_of_nothing_and_of_gaps() -> None:
    assert len(Envelope().series()[0]) == 0
    kept = Envelope()
    kept.add(np.array([0, 4_000_000, 5 * NS]), np.array([1.0, np.nan, 2.0]))
    time, values = kept.series()
    assert time.tolist() == [0.0, 5.0]
    assert values.tolist() == [1.0, 2.0]


@pytest.fixture
def scenario_file(tmp_path: Path) -> Path:
    path = tmp_path / "short.yaml"
    path.write_text(SCENARIO)
    return path


def simulate(*arguments: object) -> int:
    from affect_perception.cli.main import main

    return main(["simulate", *map(str, arguments)])


def test_simulate_writes_npz_and_csv_that_replay_reads(
    scenario_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert simulate(scenario_file, "--out", tmp_path / "body.npz") == 0
    assert simulate(scenario_file, "--out", tmp_path / "body.csv") == 0
    assert "40 s of body signals" in capsys.readouterr().out
    whole = {s.channel: s for s in SignalFileSource(tmp_path / "body.npz").signals}
    assert {c.name: s.unit for c, s in whole.items()} == {
        "ECG": "mV",
        "PPG": "1",
        "EDA": "uS",
        "RESPIRATION": "1",
        "SKIN_TEMPERATURE": "degC",
    }
    for word in ("ecg", "ppg", "eda", "resp", "temp"):
        (signal,) = SignalFileSource(tmp_path / f"body.{word}.csv").signals
        same = whole[signal.channel]
        assert signal.rate == pytest.approx(same.rate)
        np.testing.assert_allclose(signal.samples, same.samples, rtol=1e-4, atol=1e-5)
    truth = read_parquet(tmp_path / "body.truth.parquet")
    assert truth["heart_rate_bpm"][0] == 72.0


def test_simulate_records_a_bag_of_the_body_alone(scenario_file: Path, tmp_path: Path) -> None:
    assert simulate(scenario_file, "--out", tmp_path / "body.mcap", "--body-only", "--sound") == 0
    with AnyReader([tmp_path / "body.mcap"]) as reader:
        counts = {c.topic: c.msgcount for c in reader.connections}
    assert set(counts) == {"/biosignals", "/body_truth", "/audio"}
    assert counts["/body_truth"] == 2 * SECONDS + 1
    found = list(open_source(tmp_path / "body.mcap", Topics()).events())
    direct = list(BodySensors(body()).chunks(NS))
    bodies = [e for e in found if type(e) is type(direct[0])]
    assert [e.stamp_ns for e in bodies if e.channel == 1] == [
        e.stamp_ns for e in direct if e.channel == 1
    ]
    assert len(bodies) == len(direct)


def test_a_gap_is_not_a_number_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "gap.yaml"
    path.write_text(SCENARIO.replace("lead_off", "gap"))
    assert simulate(path, "--out", tmp_path / "body.npz") == 0
    (ecg,) = (s for s in SignalFileSource(tmp_path / "body.npz").signals if s.channel == 1)
    assert np.isnan(ecg.samples).sum() == 1000


def test_videos_have_no_body(scenario_file: Path, tmp_path: Path) -> None:
    assert simulate(scenario_file, "--out", tmp_path / "x.mp4", "--body") != 0
