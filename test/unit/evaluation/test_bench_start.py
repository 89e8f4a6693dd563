"""The measurement of starts: what a process says, ratios round by round, page and figures.

Leaves the real starts to `affect-perception bench start`.
"""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import replace

import pytest

from affect_perception.evaluation.bench import start
from affect_perception.evaluation.bench.processes import BenchError
from affect_perception.evaluation.bench.start import PEER, Start, StartBench
from affect_perception.evaluation.bench.start_worker import KINDS, files_in_use

pytestmark = pytest.mark.unit

ONE = Start(2.0, 1.0, 0.5, 1.0, 300)
ANSWER = (
    "import json, time; print('a line of a library'); "
    "print(json.dumps(dict(ready=time.monotonic(), import_s=0.1, after_s=0.2, processor_s=0.3, "
    "modules=5, files=['a'])))"
)


def test_a_start_counts_from_before_the_process():
    begin = time.monotonic()
    found = start.started([sys.executable, "-c", ANSWER, "kind", "picture"], os.environ)
    assert 0.0 < found.total_s <= time.monotonic() - begin
    assert (found.import_s, found.after_s, found.processor_s) == (0.1, 0.2, 0.3)
    assert (found.modules, found.files) == (5, ("a",))


def test_a_process_without_a_result_is_an_error_that_says_why():
    command = [sys.executable, "-c", "raise SystemExit('no first result')", "kind", "picture"]
    with pytest.raises(BenchError, match="'kind' ended with status 1: no first result"):
        start.started(command, os.environ)


def test_ratios_are_taken_within_a_round():
    ours = [
        replace(ONE, total_s=t, processor_s=p) for t, p in ((1.0, 2.0), (10.0, 2.0), (3.0, 2.0))
    ]
    theirs = [replace(ONE, total_s=t) for t in (2.0, 5.0, 6.0)]
    found, peer = start.figures_of(
        {"face_path": theirs, PEER: theirs}, {"face_path": ours, PEER: theirs}
    )
    assert (found.cold_ratio, found.warm_ratio, found.processor_ratio) == (1.0, 0.5, 2.0)
    assert (found.warm.total_s, peer.warm_ratio) == (3.0, 1.0)


def test_dropped_files_are_counted_in_bytes_and_missing_ones_left_out(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(bytes(100_000))
    os.sync()
    assert 0.0 <= start.drop([str(path), str(tmp_path / "missing")]) <= 1.0
    assert start.drop([str(tmp_path / "missing")]) == 0.0
    path.read_bytes()
    with path.open("rb") as file:
        assert start._resident(file.fileno(), 100_000) == 1.0


def test_the_worker_knows_every_kind_and_finds_its_own_files():
    assert {*KINDS, "face_node"} == set(start.KINDS)
    files = files_in_use()
    assert start.__file__ in files
    assert any(".so" in path for path in files)


def test_page_and_figures(tmp_path):
    starts = {kind: [ONE] for kind in start.KINDS}
    bench = StartBench("a machine", "load 1", 1, start.figures_of(starts, starts))
    page, table = tmp_path / "page.md", tmp_path / "figures.json"
    start.write(bench, "affect-perception bench start", page, table)
    assert all(text in page.read_text() for text in start.KINDS.values())
    figures = json.loads(table.read_text())
    assert figures["start_warm_face_node"] == {"value": 2.0, "unit": "s"}
    assert figures["start_cold_face_path_vs_facemesh"] == {"value": 1.0, "unit": "ratio"}
