"""The task blinks on written folders of both forms: reading, pairing, scores, errors."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from affect_perception.core.errors import InputError
from affect_perception.evaluation.datasets.lid_series import (
    LidSeries,
    is_tagged,
    read_asked,
    read_tagged,
)
from affect_perception.evaluation.tasks import blinks
from affect_perception.evaluation.tools import Request, Tools

pytestmark = pytest.mark.unit

SECONDS, RATE = 40, 30


def lids(frame: int, every: int, lowest: float) -> float:
    """Open at 1; a blink of four frames every so many."""
    phase = frame % every
    return 1.0 if phase < every - 4 else [0.5, 1.0, 1.0, 0.5][phase - every + 4] * (lowest - 1) + 1


def write_tagged(folder: Path, *, lowest: float = 0.3, tagged: bool = True) -> Path:
    lines = ["video,frame,ear,tag"]
    for video, every in (("a", 71), ("b", 83)):
        for frame in range(SECONDS * RATE):
            value = 0.3 * lids(frame, every, lowest)
            tag = "close" if tagged and frame % every >= every - 4 else "open"
            lines.append(f"{video},{frame},{'' if frame == 7 else f'{value:.4f}'},{tag}")
    (folder / "labels.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def write_asked(folder: Path, condition: str, lowest: float) -> Path:
    labels = f"file,subject,condition\none.csv,p,{condition}\n"
    (folder / "labels.csv").write_text(labels, encoding="utf-8")
    lines = ["t_s,openness_left_mm,openness_right_mm"]
    for frame in range(SECONDS * RATE):
        value = 9.0 * lids(frame, 75, lowest)
        right = "" if frame % 2 else f"{value:.2f}"
        lines.append(f"{frame / RATE:.4f},{value:.2f},{right}")
    (folder / "one.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def result(folder: Path):
    return blinks.run(Request(folder, None, "command"), Tools())


def test_clear_blinks_of_tagged_videos_are_all_found(tmp_path):
    found = result(write_tagged(tmp_path))
    assert found.n == 2 * SECONDS * RATE
    assert found.metrics["f1"] > 0.98
    assert found.metrics["f1_a"] > 0.96
    assert 0.1 < found.metrics["delay_s"] < 0.4
    assert found.baselines["below_0.65_of_median"]["f1"] > 0.98


def test_what_is_not_tagged_counts_as_wrong(tmp_path):
    found = result(write_tagged(tmp_path, tagged=False))
    assert found.metrics["precision"] == 0.0
    assert math.isnan(found.metrics["recall"])


def test_untagged_and_unseen_frames_are_read_as_such(tmp_path):
    first, _ = read_tagged(write_tagged(tmp_path))
    assert math.isnan(first.openness[7])
    assert len(first.blinks) == SECONDS * RATE // 71
    assert first.blinks[0] == pytest.approx((67 / 30, 70 / 30))


def test_each_tagged_blink_is_found_once():
    assert blinks.are_tagged([1.0, 1.1, 5.0], [(1.0, 1.1), (4.8, 4.9)]) == [True, False, True]
    assert blinks.are_tagged([5.2], [(4.8, 4.9)]) == [False]


def test_the_kind_that_was_asked_for_is_scored_at_all_rates(tmp_path):
    found = result(write_asked(tmp_path, "partial_blinks", 0.5))
    assert found.metrics["kind_accuracy"] == 1.0
    assert found.metrics["kind_accuracy_15_hz"] == 1.0
    assert found.metrics["blinks_one"] > 12
    assert found.subjects == 1


def test_ordinary_blinks_are_not_the_partial_ones_asked_for(tmp_path):
    found = result(write_asked(tmp_path, "partial_blinks", 0.05))
    assert found.metrics["kind_accuracy"] == 0.0


def test_one_eye_alone_counts(tmp_path):
    (series,) = read_asked(write_asked(tmp_path, "squints", 0.1))
    assert all(math.isfinite(value) for value in series.openness)


def test_thinning_keeps_the_asked_rate():
    times = [index / 120 for index in range(1200)]
    series = LidSeries("x", times, [1.0] * 1200)
    seen: list[float] = []

    class Counting(blinks.BlinkFinder):
        def update(self, stamp_ns, openness):
            seen.append(stamp_ns / 1e9)
            return super().update(stamp_ns, openness)

    blinks.watch(series, Counting(0.25), rate=30)
    assert len(seen) == pytest.approx(300, abs=2)


def test_another_form_is_refused_with_the_missing_columns(tmp_path):
    (tmp_path / "labels.csv").write_text("picture,age\na,3\n", encoding="utf-8")
    with pytest.raises(InputError, match="file, condition"):
        is_tagged(tmp_path)
