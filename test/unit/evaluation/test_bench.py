"""Covers the benchmark's harness: protocol, alternation, failing contenders, figures, page.

The contenders here are small scripts; the real ones run in `affect-perception bench`. The stage
times run the real path where the models are prepared.
"""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest
from voice_fakes import networks

from affect_perception.evaluation.bench import frames
from affect_perception.evaluation.bench.compare import Comparison, Timing
from affect_perception.evaluation.bench.contender import Contender, alternate, ratios
from affect_perception.evaluation.bench.nodes import NodeFigures, _figures
from affect_perception.evaluation.bench.page import Bench, page, to_json
from affect_perception.evaluation.bench.processes import (
    BenchError,
    cpu_seconds,
    machine_in_words,
    memory_mib,
)
from affect_perception.evaluation.bench.voice import INPUTS, VoiceFigures, voice_times

pytestmark = pytest.mark.unit

_WORKER = """
import json, sys
name, log, step = sys.argv[1], sys.argv[2], int(sys.argv[3])
print(json.dumps({"ready": True, "import_s": 0.1, "ready_s": 0.2, "rss_mib": 5.0}), flush=True)
for line in sys.stdin:
    _, first, last = line.split()
    with open(log, "a") as stream:
        stream.write(f"{name}{first}-{last} ")
    count = int(last) - int(first)
    print(json.dumps({"wall_ns": [step] * count, "cpu_ns": step * count, "found": count,
                      "rss_mib": 6.0, "peak_mib": 7.0}), flush=True)
"""


def worker(tmp_path: Path, name: str, step: int) -> Contender:
    """A contender that takes `step` ns per frame, by its own word."""
    script = tmp_path / "worker.py"
    script.write_text(_WORKER)
    return Contender(name, [sys.executable, str(script), name, str(tmp_path / "log"), str(step)])


def test_contenders_take_turns_and_the_order_changes(tmp_path: Path) -> None:
    with worker(tmp_path, "a", 2_000_000) as a, worker(tmp_path, "b", 1_000_000) as b:
        blocks = alternate((a, b), 50, rounds=1, block=20)
        assert [len(block[0]) for block in blocks] == [20, 20, 10]
        assert ratios(blocks, 0, 1, np.median) == [2.0, 2.0, 2.0]
        assert ratios(blocks, 1, 0, np.mean) == pytest.approx([0.5, 0.5, 0.5])
        assert len(a.wall_ns) == len(b.wall_ns) == 50
        assert np.median(a.wall_ms) == 2.0
        assert a.cpu_ms_per_frame == pytest.approx(2.0)
        assert (a.found_rate, a.peak_mib) == (1.0, 7.0)
    log = (tmp_path / "log").read_text().split()
    assert log[:2] == ["a0-40", "b0-40"], "warm-up"
    assert log[2:] == ["a0-20", "b0-20", "b20-40", "a20-40", "a40-50", "b40-50"]


def test_three_contenders_meet_the_same_blocks(tmp_path: Path) -> None:
    steps = {"a": 4_000_000, "b": 2_000_000, "c": 5_000_000}
    with (
        worker(tmp_path, "a", steps["a"]) as a,
        worker(tmp_path, "b", steps["b"]) as b,
        worker(tmp_path, "c", steps["c"]) as c,
    ):
        blocks = alternate((a, b, c), 40, rounds=1, block=20)
        assert c.shown_rate == 0.0
    assert ratios(blocks, 2, 1, np.mean) == pytest.approx([2.5, 2.5])
    log = (tmp_path / "log").read_text().split()
    assert log[3:] == ["a0-20", "b0-20", "c0-20", "c20-40", "b20-40", "a20-40"]


def test_the_mean_sees_what_a_median_over_frames_does_not() -> None:
    every_third = np.array([3.0, 3.0, 6.0] * 10)
    blocks = [[every_third, np.full(30, 3.0)]]
    assert ratios(blocks, 0, 1, np.median) == [1.0]
    assert ratios(blocks, 0, 1, np.mean) == pytest.approx([4.0 / 3.0])


def test_a_contender_that_fails_tells_its_last_words() -> None:
    code = "import sys; sys.exit('no such model')"
    with pytest.raises(BenchError, match="x ended with status 1: no such model"):
        Contender("x", [sys.executable, "-c", code])


def test_a_contender_that_talks_nonsense_is_refused() -> None:
    with pytest.raises(BenchError, match="not JSON"):
        Contender("x", [sys.executable, "-c", "print('hello'); input()"])


def test_a_contender_that_is_not_there_is_named() -> None:
    with pytest.raises(BenchError, match="x cannot be started"):
        Contender("x", ["/nowhere/python"])


def test_frames_return_to_their_start_and_can_be_read_one_by_one(tmp_path: Path) -> None:
    pytest.importorskip("skimage", reason="the portrait comes with scikit-image")
    made = frames.portrait_frames(160, 120, 40)
    assert made.shape == (40, 120, 160, 3)
    steps = [np.abs(made[i].astype(int) - made[i - 1]).mean() for i in range(40)]
    assert steps[0] < 1.5 * max(steps[1:]), "no jump where the sequence repeats"
    path = frames.write_frames(tmp_path / "f.npy", made)
    mapped = np.load(path, mmap_mode="r")
    assert (frames.frame_at(path, mapped, 7) == made[7]).all()


def test_own_process_can_be_measured_and_a_gone_one_not() -> None:
    memory = memory_mib(os.getpid())
    assert 5.0 < memory.resident <= memory.peak
    assert cpu_seconds(os.getpid()) > 0.0
    with pytest.raises(BenchError):
        memory_mib(2**22 + 1)


def test_the_machine_is_described_without_its_name() -> None:
    words = machine_in_words()
    assert "cores" in words
    assert os.uname().nodename not in words


def test_node_figures_from_samples() -> None:
    stamps = [int((10 + i / 30) * 1e9) for i in range(301)]
    answer = {
        "stamps_ns": stamps,
        "ages_ns": [5_000_000] * 300 + [40_000_000],
        "reported_s": [0.004] * 301,
        "tracked": 301,
        "seconds": 10.0,
    }
    # Half a core; memory grows by 6 MiB a minute.
    time = np.arange(0.0, 20.5, 0.5)
    samples = np.stack([time, 100.0 + 0.1 * time, 0.5 * time, 0.25 * time], axis=1)
    figures = _figures(answer, samples)
    assert figures.rate == pytest.approx(30.0)
    assert figures.latency_ms[0] == pytest.approx(5.0)
    assert figures.latency_ms[2] == pytest.approx(40.0)
    assert figures.published_ms == pytest.approx(4.0)
    assert figures.cpu_cores == pytest.approx(0.5)
    assert figures.camera_cpu_cores == pytest.approx(0.25)
    assert figures.memory_slope_mib_per_min == pytest.approx(6.0)
    with pytest.raises(BenchError, match="fewer than two"):
        _figures({**answer, "stamps_ns": [1]}, samples)


def bench() -> Bench:
    """Made-up figures."""
    ours = Timing(3.0, 4.0, 3.1, 1.0, 0.5, 0.7, 150.0, 3.2)
    theirs = Timing(2.5, 3.5, 2.6, 1.0, 0.4, 0.5, 140.0, 2.7)
    more = Timing(3.1, 5.0, 3.4, 1.0, 0.5, 0.7, 155.0, 3.5, 0.98)
    whole = dataclasses.replace(more, mean_ms=4.5)
    contenders = (ours, theirs, more, whole)
    comparisons = [
        Comparison(
            "portrait", 640, 480, 900, *contenders, 1.2, (1.1, 1.3), 1.25, 1.4, (1.35, 1.5),
            1.7, (1.6, 1.8),
        ),
        Comparison(
            "synthetic driver", 640, 480, 900, *contenders, 1.1, (1.0, 1.2), 1.15, 1.3, (1.2, 1.4),
            1.6, (1.5, 1.7),
        ),
    ]  # fmt: skip
    nodes = NodeFigures(10.0, 300, 30.0, 1.0, (5.0, 9.0, 20.0), 4.0, 0.2, 0.4, 250.0, 251.0, 0.01)
    stages = {"640x480": {"mesh network alone": 1.7, "all": 3.0}}
    voice = [VoiceFigures(16_000, 1, 25, 3.5, 8.25, 6.0, 18.0, 30.0, 20.0)]
    more = (voice, dataclasses.replace(nodes, latency_ms=(6.0, 11.0, 21.0)))
    command = "affect-perception bench"
    return Bench("a machine", "load 0.1", comparisons, stages, nodes, command, *more)


def test_json_has_the_agreed_names() -> None:
    content = json.loads(to_json(bench()))
    assert content["face_path_vs_facemesh_640x480"] == {"value": 1.7, "unit": "ratio of means"}
    assert content["face_path_plain_vs_facemesh_640x480"] == {"value": 1.2, "unit": "ratio"}
    assert content["face_path_plain_vs_facemesh_synthetic_driver_640x480"]["value"] == 1.1
    both = content["face_path_with_expression_vs_facemesh_640x480"]
    assert both == {"value": 1.4, "unit": "ratio of means"}
    assert content["face_path_with_expression_known_640x480"]["value"] == 0.98
    assert content["node_latency_p99"] == {"value": 9.0, "unit": "ms"}
    assert content["voice_16000x1"] == {"value": 18.0, "unit": "ms per second of sound"}
    assert content["voice_node_latency_p99"]["value"] == 11.0
    assert all(set(entry) == {"value", "unit"} for entry in content.values())


def test_page_holds_every_part() -> None:
    text = page(bench())
    for words in (
        "**1.20** (1.10 to 1.30)",
        "**1.40** (1.35 to 1.50) | 1.25 |",
        "| mesh network alone | 1.700 |",
        "5.0 / 9.0 / 20.0 ms",
        "| 16 kHz, 1 | 6.0 | 3.5 | 8.2 | 18.0 / 30.0 | 20.0 | 50 |",
        "6.0 / 11.0 / 21.0 ms",
    ):
        assert words in text


def test_voice_times_add_up_for_each_input() -> None:
    figures = voice_times(networks())
    assert [(v.rate, v.channels) for v in figures] == list(INPUTS)
    for v in figures:
        assert v.seconds > 20
        assert 0.0 < v.speech_ms < v.median_ms <= v.worst_ms
        assert v.emotion_ms > 0.0


@pytest.mark.usefixtures("face_models")
def test_stage_times_find_the_parts_they_look_into(tmp_path: Path) -> None:
    pytest.importorskip("skimage", reason="the portrait comes with scikit-image")
    from affect_perception.evaluation.bench.stages import stage_times

    path = frames.write_frames(tmp_path / "f.npy", frames.portrait_frames(320, 240, 16))
    times = stage_times(path)
    assert 0.0 < times["mesh network alone"] < times["all"]
    assert times["head pose"] > 0.0
    alone = times["expression network alone, where it ran"]
    assert 0.0 < alone < times["expression (face cut, judged and read), where it was read"]
    assert 0.0 < times["share of frames in which it read a face"] < 0.6
