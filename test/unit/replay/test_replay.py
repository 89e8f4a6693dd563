"""Covers the replay loop, its files and their bytes, events, summary and report.

Leaves to others: what the real pipeline sees (test/golden), recordings (test/unit/io).
"""

from __future__ import annotations

import dataclasses
import hashlib
import html.parser
import json
import logging
import re
from pathlib import Path

import numpy as np
import pytest
from fake_replay import START, FakePipeline, FakeSource, fake_truth

from affect_perception.core.config import NodeConfig
from affect_perception.core.errors import InputError
from affect_perception.evaluation.replay.replay import Replay, replay, summarize, write_summary
from affect_perception.evaluation.report.events import bridged, find_events, labelled_runs, runs
from affect_perception.evaluation.report.expression import expression_panels, expression_summary
from affect_perception.evaluation.report.page import report_html
from affect_perception.evaluation.report.picture import write_picture
from affect_perception.evaluation.report.series import (
    bars,
    compare,
    path,
    reduce,
    scale,
    ticks,
    zone_agreement,
)
from affect_perception.evaluation.synthetic.recording import record_bag
from affect_perception.evaluation.synthetic.truth import truth_columns
from affect_perception.io.bag_reader import BagSource
from affect_perception.io.cabin_file import load_cabin
from affect_perception.io.table import read_parquet

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where `played` writes."""
    return tmp_path_factory.mktemp("replay") / "deep" / "out"


@pytest.fixture(scope="module")
def ticks_seen() -> list[int]:
    """Calls of `on_frame` by `played`."""
    return []


@pytest.fixture(scope="module")
def played(out: Path, ticks_seen: list[int]) -> Replay:
    """One replay for all tests that only look at it."""
    return replay(FakeSource(24.0), FakePipeline(), out, on_frame=lambda: ticks_seen.append(1))


def test_every_picture_gives_a_row_a_message_and_a_time(
    played: Replay, out: Path, ticks_seen: list[int]
) -> None:
    assert played.frames == len(ticks_seen) == len(played.step_seconds) == 720
    assert played.tracked_frames == 600
    table = read_parquet(out / "states.parquet")
    assert len(table["stamp_ns"]) == 720
    assert table["stamp_ns"][0] == START
    assert table["gaze_zone"][400] == "lap_phone"


def test_states_bag_holds_both_topics(tmp_path: Path) -> None:
    from rosbags.highlevel import AnyReader

    replay(FakeSource(1.0), FakePipeline(), tmp_path)
    with AnyReader([tmp_path / "states.mcap"]) as reader:
        counts = {c.topic: c.msgcount for c in reader.connections}
    assert counts == {"/face": 30, "/attention_state": 30}
    with pytest.raises(InputError, match="no camera topic"):
        BagSource(tmp_path / "states.mcap")


def test_node_parameters_shape_the_messages(tmp_path: Path) -> None:
    from rosbags.highlevel import AnyReader

    node = NodeConfig(landmarks=False, cabin_frame="driver_cabin")
    result = replay(FakeSource(0.1), FakePipeline(), tmp_path, node=node)
    assert result.columns()["frame_id"] == ["driver_cabin"] * 3
    with AnyReader([tmp_path / "states.mcap"]) as reader:
        faces = [c for c in reader.connections if c.topic == "/face"]
        messages = [reader.deserialize(data, c.msgtype) for c, _, data in reader.messages(faces)]
    assert all(len(message.landmarks) == 0 for message in messages)


def test_two_replays_give_the_same_bytes(played: Replay, out: Path, tmp_path: Path) -> None:
    digests = []
    truth = truth_columns(fake_truth(24.0), load_cabin("sedan_lhd"))
    again = replay(FakeSource(24.0), FakePipeline(), tmp_path / "again")
    for result, folder in ((played, out), (again, tmp_path / "again")):
        summary = summarize(result, {"cabin": "sedan_lhd"})
        (folder / "report.html").write_text(report_html(result.columns(), summary, truth))
        write_picture(folder / "report.png", result.columns(), summary, truth)
        del summary["times"]
        write_summary(folder / "summary.json", summary)
        files = sorted(folder.iterdir())
        digests.append([(p.name, hashlib.sha256(p.read_bytes()).hexdigest()) for p in files])
    assert digests[0] == digests[1]
    assert len(digests[0]) == 6


def test_limit_ends_the_replay(tmp_path: Path) -> None:
    result = replay(FakeSource(24.0), FakePipeline(), tmp_path, limit_s=2.0)
    assert result.frames == 61  # 0 to 2 s inclusive


def test_bad_pictures_are_counted_and_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        result = replay(FakeSource(2.0, bad=(3, 7)), FakePipeline(), tmp_path)
    summary = summarize(result, {})
    assert (summary["frames"], summary["unusable_frames"]) == (58, 2)
    assert summary["unusable_frames_first"][0]["error"] == "JPEG image is truncated"
    assert "JPEG image is truncated" in caplog.text


def test_nothing_but_bad_pictures_is_an_error(tmp_path: Path) -> None:
    source = FakeSource(0.1, bad=(0, 1, 2))
    with pytest.raises(InputError, match="no picture that can be used: JPEG image is truncated"):
        replay(source, FakePipeline(), tmp_path)
    assert not (tmp_path / "states.mcap").exists()


def test_events_of_the_script_are_found(played: Replay) -> None:
    events = find_events(played.columns())
    starts = {kind: [e["start_s"] for e in found] for kind, found in events.items()}
    assert starts["eye_closures"] == [8.0]
    assert starts["glances_off_road"] == [12.0]
    assert events["glances_off_road"][0]["zone"] == "lap_phone"
    assert events["glances_off_road"][0]["duration_s"] == 5.0
    assert starts["no_face"] == [20.0]
    assert starts["blinks"] == [0.0, 4.0, 12.0, 16.0]
    assert [(e["level"], e["reasons"], e["start_s"], e["end_s"]) for e in events["alerts"]] == [
        ("warning", ["long_distraction"], 15.0, 17.0),
        ("info", ["no_driver"], 20.0, 23.967),
    ]


def test_summary_has_what_is_promised_and_is_json(played: Replay, tmp_path: Path) -> None:
    summary = summarize(played, {"cabin": "sedan_lhd"})
    assert {"frames", "tracked_frames", "seconds", "alerts", "events", "times"} <= set(summary)
    assert summary["seconds"] == 23.967
    assert summary["availability"]["unavailable"] == pytest.approx(120 / 720, abs=1e-4)
    assert summary["degradation_reasons"] == {"no_face": pytest.approx(120 / 720, abs=1e-4)}
    assert summary["times"]["per_frame_ms"]["median"] > 0
    write_summary(tmp_path / "summary.json", {**summary, "nothing": float("nan")})
    back = json.loads((tmp_path / "summary.json").read_text())
    assert back["nothing"] is None
    assert back["alerts"][0]["level"] == "warning"


@pytest.mark.parametrize("jump_s", [-3600.0, -1.0, 3600.0])
def test_stamps_that_jump_break_neither_summary_nor_report(tmp_path: Path, jump_s: float) -> None:
    class Jumping(FakeSource):
        def events(self, on_bad_frame=None):
            for index, event in enumerate(super().events(on_bad_frame)):
                shift = round(jump_s * 1e9) if index > 60 else 0
                yield dataclasses.replace(event, stamp_ns=event.stamp_ns + shift)

    result = replay(Jumping(4.0), FakePipeline(), tmp_path)
    summary = summarize(result, {})
    assert summary["frames"] == 120
    assert summary["seconds"] >= 1.9
    assert "Time lines" in report_html(result.columns(), summary)
    write_picture(tmp_path / "p.png", result.columns(), summary)


def test_gaps_are_bridged_where_the_states_went_on_counting() -> None:
    time = np.arange(8) / 10
    mask = np.array([1, 1, 0, 1, 0, 1, 0, 0], bool)
    nan = np.nan
    duration = np.array([0.0, 0.1, nan, 0.3, nan, 0.0, nan, nan])
    assert bridged(time, mask, duration).tolist() == [True] * 4 + [False, True, False, False]


def test_runs() -> None:
    assert runs([True, True, False, True]) == [(0, 2), (3, 4)]
    assert runs([]) == []
    assert labelled_runs(["a", "a", "b"]) == [(0, 2, "a"), (2, 3, "b")]


class _Page(html.parser.HTMLParser):
    """Collects what a browser would load, and checks that tags are closed."""

    VOID = ("meta", "br", "link", "img", "rect", "path", "line")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loads: list[str] = []
        self.headings: list[str] = []

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.loads += [v for k, v in attrs if k in ("src", "href") and v]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("h2", "h3"):
            self.headings.append(data)


@pytest.mark.parametrize("with_truth", [False, True])
def test_report_is_one_page_that_loads_nothing(played: Replay, with_truth: bool) -> None:
    truth = truth_columns(fake_truth(24.0), load_cabin("sedan_lhd")) if with_truth else None
    page = report_html(played.columns(), summarize(played, {"cabin": "sedan_lhd"}), truth)
    parser = _Page()
    parser.feed(page)
    assert parser.open == []
    assert parser.loads == []
    assert not re.search(r"url\(|@import|https?://", page)
    assert {"Head", "Gaze", "Gaze zone", "Eyes", "Alert", "Events"} <= set(parser.headings)
    assert ("Accuracy" in parser.headings) is with_truth
    assert "nan" not in page.lower().replace("unan", "")
    data = json.loads(re.search(r'id="data">(.*?)</script>', page, re.DOTALL).group(1))
    assert len(data["t"]) == 720
    assert all(len(f["values"]) == 720 for f in data["fields"])
    assert any("truth" in f for f in data["fields"]) is with_truth


def test_report_escapes_names(played: Replay) -> None:
    summary = summarize(played, {"cabin": "<b>"})
    summary["input"] = "<script>alert(1)</script>.mp4"
    page = report_html(played.columns(), summary)
    assert "<script>alert" not in page
    assert "<b>" not in page.replace("<b></b>", "")


def test_report_of_a_single_state(tmp_path: Path) -> None:
    result = replay(FakeSource(0.04), FakePipeline(), tmp_path)
    summary = summarize(result, {})
    assert "Time lines" in report_html(result.columns(), summary)
    write_picture(tmp_path / "p.png", result.columns(), summary)
    assert (tmp_path / "p.png").stat().st_size > 1000


def test_thinned_series_keeps_peaks_and_gaps() -> None:
    time = np.arange(10_000) / 30.0
    values = np.zeros(10_000)
    values[5000] = 9.0
    values[7000:8000] = np.nan
    thin_time, thin = reduce(time, values, 400)
    assert len(thin) <= 400
    assert np.nanmax(thin) == 9.0
    assert thin_time[np.nanargmax(thin)] == time[5000]
    assert np.isnan(thin).any()


def test_path_breaks_at_gaps_and_stays_in_the_box() -> None:
    time = np.array([0.0, 0.1, 0.2, 0.3, 3.0, 3.1])
    values = np.array([0.0, 1.0, np.nan, 50.0, 1.0, 0.5])
    drawn = path(time, values, 0.0, 1.0)
    assert drawn == "M0.000 100.0L0.100 0.0M0.300 0.0M3.000 0.0L3.100 50.0"


def test_axes() -> None:
    assert ticks(0.0, 60.0) == [0, 10, 20, 30, 40, 50, 60]
    assert ticks(0.0, 0.0) == [0.0]
    assert scale(np.array([np.nan, 37.0]), step=10.0, least=20.0) == (-20.0, 40.0)
    found = bars(np.array([0.0, 1.0, 2.0]), ["a", "b", "b"], 3.0)
    assert [(b.start, b.end, b.label) for b in found] == [(0.0, 1.0, "a"), (1.0, 3.0, "b")]


def test_comparison_with_the_truth(played: Replay) -> None:
    truth = truth_columns(fake_truth(24.0), load_cabin("sedan_lhd"))
    found = {c.name: c for c in compare(played.columns(), truth)}
    yaw = found["head yaw"]
    assert yaw.n == 600
    assert yaw.mae == pytest.approx(np.degrees(0.05) * 150 / 600, rel=1e-3)
    assert yaw.bias == pytest.approx(yaw.mae, rel=1e-3)
    assert yaw.correlation > 0.99
    assert np.isnan(found["head roll"].correlation)  # it never moves
    assert truth["gaze_zone"][400] == "lap_phone"
    assert zone_agreement(played.columns(), truth) == (1.0, 600)


@pytest.mark.parametrize("name", ["drive.mkv", "drive.bag", "drive.db3"])
def test_recording_into_an_unknown_format_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no format to record"):
        record_bag(tmp_path / name, None)
    assert not (tmp_path / name).exists()


def test_expression_is_in_table_summary_and_report(played: Replay, out: Path) -> None:
    faces = read_parquet(out / "faces.parquet")
    assert len(faces["stamp_ns"]) == 720
    assert faces["expression.probability_happiness"][0] == pytest.approx(0.6)
    assert "landmarks[0]" not in faces
    found = summarize(played, {})["expression"]
    assert found["available"] == pytest.approx(600 / 720, abs=1e-3)
    assert found["reasons"] == {"no_face": pytest.approx(120 / 720, abs=1e-3)}
    assert found["most_probable"]["happiness"] == 1.0
    assert found["probabilities"]["happiness"] == pytest.approx(0.6)
    assert found["valence"] == pytest.approx(0.4)
    page = report_html(
        played.columns(), summarize(played, {"cabin": "x"}), faces=played.faces.columns()
    )
    assert "<h3>Expression</h3>" in page
    assert "<h3>Valence, arousal</h3>" in page
    [happiness] = re.findall(r'<path class="e e1" d="([^"]*)"', page)
    # One stretch, from the start until the driver leaves; neutral lies below, up to 0.4.
    assert happiness.count("M") == 1
    assert happiness.startswith("M0.000 0.0L")
    assert {round(float(y)) for y in re.findall(r"[ML][\d.]+ ([\d.]+)", happiness)} == {0, 60}


def test_a_recording_without_any_expression_says_nothing_is_known(played: Replay) -> None:
    columns = played.faces.columns()
    for name in columns:
        if name.startswith("expression.") and not isinstance(columns[name], list):
            columns[name] = np.full(len(columns[name]), np.nan)
    found = expression_summary(columns)
    assert np.isnan(found["valence"])
    assert "nothing known" in expression_panels(columns, START, 24.0)
