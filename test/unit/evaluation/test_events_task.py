"""Covers matching of marked and found events, the words of events.csv, alerts and the mounting.

Leaves the clips themselves to test/data.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from affect_perception.core.enums import AlertLevel, AlertReason, EyesState, TriState
from affect_perception.core.types import RigidTransform
from affect_perception.evaluation.clips import events as ce
from affect_perception.evaluation.clips.event_matching import (
    Found,
    Span,
    match_long,
    match_short,
    stretches,
)
from affect_perception.evaluation.clips.records import FrameRecord
from affect_perception.evaluation.datasets.clips import Clip, ClipEvent
from affect_perception.evaluation.tasks import events
from affect_perception.evaluation.tools import FACING_CAMERA, Tools

pytestmark = pytest.mark.unit

Change = Callable[[FrameRecord], FrameRecord]


def clip(*marked: ClipEvent) -> Clip:
    """A clip named "c"."""
    return Clip(Path("c.mp4"), marked)


def records(change: Change = lambda r: r, seconds: float = 10.0) -> list[FrameRecord]:
    """Ten attentive frames a second, changed one by one."""
    plain = FrameRecord(
        0.0, True, False, EyesState.OPEN, 0.0, 0.0, 0.0, 0.0, 1.0,
        on_road=TriState.YES, closure_s=0.0, alert=AlertLevel.NONE, ear=0.3, mouth=0.0,
        origin=(0.0, 0.0, 0.0),
    )  # fmt: skip
    return [change(replace(plain, time_s=i / 10)) for i in range(int(seconds * 10))]


def at(start: float, end: float | None = None) -> Found:
    """Something found, told at its end."""
    end = start if end is None else end
    return Found(start, end, end)


def test_a_long_event_may_be_found_in_pieces() -> None:
    tally = match_long([Span(2.0, 6.0)], [at(2.5, 3.0), at(4.0, 5.0)], 0.5)
    assert (tally.hit, tally.right, tally.wrong) == (1, 2, 0)
    assert tally.recall == tally.precision == tally.f1 == 1.0
    assert tally.delay_s == pytest.approx(1.0)


def test_tolerance_widens_the_mark_and_no_more() -> None:
    marked = [Span(2.0, 3.0)]
    assert match_long(marked, [at(3.4, 3.9)], 0.5).hit == 1
    late = match_long(marked, [at(3.6, 3.9)], 0.5)
    assert (late.hit, late.wrong) == (0, 1)
    assert late.missed == (Span(2.0, 3.0),)
    assert late.invented == (at(3.6, 3.9),)


def test_findings_count_as_wrong_only_where_everything_is_marked() -> None:
    found = [at(1.0, 1.5), at(5.0, 5.5), at(8.0, 8.5)]
    tally = match_long([], found, 0.5, unscored=[Span(5.2, 6.0)], scored=[Span(4.0, 9.0)])
    assert tally.invented == (at(8.0, 8.5),)
    assert tally.precision == 0.0
    assert math.isnan(tally.recall)


def test_short_events_are_paired_one_to_one_nearest_first() -> None:
    marked = [Span(1.0, 1.0), Span(1.4, 1.4)]
    one = match_short(marked, [at(1.3)], 0.5, [Span(0.0, 5.0)])
    assert (one.hit, one.wrong) == (1, 0)
    assert one.missed == (Span(1.0, 1.0),)
    three = match_short(marked, [at(1.1), at(1.3), at(1.5), at(7.0)], 0.5, [Span(0.0, 5.0)])
    assert (three.hit, three.wrong) == (2, 1), "the one outside the scored stretch is not wrong"
    assert three.f1 == pytest.approx(0.8)


def test_nothing_found_is_no_precision_but_an_f1_of_zero() -> None:
    tally = match_short([Span(1.0, 1.0)], [], 0.5, [])
    assert math.isnan(tally.precision)
    assert tally.f1 == 0.0


def test_stretches_join_and_drop() -> None:
    times = [i / 10 for i in range(40)]
    flags = [0.5 <= t <= 0.9 or 1.2 <= t <= 1.5 or t == 3.0 for t in times]
    apart = stretches(times, flags)
    assert [(f.start_s, f.end_s) for f in apart] == [(0.5, 0.9), (1.2, 1.5), (3.0, 3.0)]
    joined = stretches(times, flags, join_s=0.35, shortest_s=0.5, known_after_s=0.5)
    assert joined == [Found(0.5, 1.5, 1.0)]


@pytest.mark.parametrize(
    ("word", "kind"),
    [("look_away_image_left", "look_away"), ("look_down_phone", "look_down"), ("blink", "blink"),
     ("eyes_closed", "closure"), ("no_face", "face_lost"), ("gaze_image_right", "gaze_side"),
     ("gaze_center", None), ("smile", None)],
)  # fmt: skip
def test_words_of_the_table(word: str, kind: str | None) -> None:
    assert ce.kind_of(word) == kind


def test_unknown_words_are_told_and_known_remarks_are_not() -> None:
    marked = [ClipEvent(0.0, 1.0, w) for w in ("smile", "eating", "blink", "sneezes")]
    assert ce.unmapped([clip(*marked)]) == ["sneezes"]


def shut(start: float, end: float) -> Change:
    """Eyes closed from start to end."""

    def change(r: FrameRecord) -> FrameRecord:
        if not start <= r.time_s <= end:
            return r
        return replace(
            r, eyes=EyesState.CLOSED, closure_s=r.time_s - start, on_road=TriState.NO, ear=0.1
        )

    return change


@pytest.mark.parametrize("finders", [ce.PIPELINE, ce.THRESHOLDS], ids=["pipeline", "thresholds"])
def test_a_marked_closure_is_hit_and_told_after_half_a_second(finders: object) -> None:
    marked = clip(ClipEvent(2.0, 4.0, "eyes_closed"))
    tally = ce.score_clip(marked, records(shut(2.0, 4.0)), finders)["closure"]  # type: ignore[arg-type]
    assert (tally.recall, tally.precision) == (1.0, 1.0)
    assert tally.delay_s == pytest.approx(0.5, abs=0.11)


def test_a_closure_in_a_yawn_counts_neither_way() -> None:
    found = records(shut(2.0, 4.0))
    yawning = clip(ClipEvent(1.5, 4.0, "yawn"))
    assert ce.score_clip(yawning, found, ce.PIPELINE)["closure"].wrong == 0
    assert ce.score_clip(clip(), found, ce.PIPELINE)["closure"].wrong == 1


def test_shut_eyes_are_no_look_away() -> None:
    tallies = ce.score_clip(
        clip(ClipEvent(0.0, 9.0, "neutral")), records(shut(2.0, 4.0)), ce.PIPELINE
    )
    assert tallies["off_road"].wrong == 0


def test_looks_are_wrong_only_between_the_marks_of_a_clip() -> None:
    def away(r: FrameRecord) -> FrameRecord:
        off = 2.0 <= r.time_s <= 3.0 or 5.0 <= r.time_s <= 6.0 or r.time_s >= 9.0
        return replace(r, on_road=TriState.NO if off else TriState.YES)

    marked = clip(ClipEvent(1.0, 2.5, "look_down"), ClipEvent(4.0, 8.0, "talking"))
    tallies = ce.score_clip(marked, records(away), ce.PIPELINE)
    assert tallies["look_down"].recall == 1.0
    assert (tallies["off_road"].right, tallies["off_road"].wrong) == (1, 1)


def test_a_yawn_that_is_to_be_left_out_is_left_out() -> None:
    def wide(r: FrameRecord) -> FrameRecord:
        return replace(r, yawning=2.0 <= r.time_s <= 4.0)

    for note, wrong in (("unclear: leave out of yawn scores", 0), ("sings", 1)):
        marked = clip(ClipEvent(2.0, 4.0, "mouth_open", note))
        assert ce.score_clip(marked, records(wide), ce.PIPELINE)["yawn"].wrong == wrong


def warned(start: float, reason: AlertReason, level: AlertLevel = AlertLevel.WARNING) -> Change:
    """A warning that stands from start to the end."""

    def change(r: FrameRecord) -> FrameRecord:
        on = r.time_s >= start
        return replace(r, alert=level, alert_reasons=(reason,)) if on else r

    return change


def test_alerts_need_a_mark_that_explains_them() -> None:
    asleep = records(warned(3.0, AlertReason.MICROSLEEP))
    marked = clip(ClipEvent(1.0, 4.0, "eyes_closed"))
    assert ce.unexplained_alerts(marked, asleep) == []
    looking = clip(ClipEvent(1.0, 4.0, "look_down"))
    assert ce.unexplained_alerts(looking, asleep) == [
        (3.0, AlertLevel.WARNING, AlertReason.MICROSLEEP)
    ]
    values = events.alert_metrics([(marked, asleep), (looking, asleep)])
    assert values["false_alerts_per_hour"] == pytest.approx(3600 / 19.8)
    assert values["attentive_clips"] == 0


def test_warnings_on_attentive_clips_are_counted_apart_from_information() -> None:
    runs: Sequence[tuple[Clip, list[FrameRecord]]] = [
        (clip(ClipEvent(0.0, 9.0, "talking")), records(warned(3.0, AlertReason.LONG_DISTRACTION))),
        (clip(), records(warned(3.0, AlertReason.DEGRADED, AlertLevel.INFO))),
    ]
    values = events.alert_metrics(runs)
    assert values["attentive_clips"] == 2
    assert values["alerts_on_attentive_clips"] == 1
    assert values["alerts_on_attentive_clips_info"] == 1


def test_the_mounting_makes_the_usual_gaze_the_road() -> None:
    def right(r: FrameRecord) -> FrameRecord:
        looking_down = r.time_s >= 4.0
        return replace(
            r, gaze_yaw=-20.0, gaze_pitch=-40.0 if looking_down else 5.0, origin=(0.05, 0.1, -0.02)
        )

    tools = Tools()
    cabin = events.mounted_cabin(clip(ClipEvent(4.0, 10.0, "look_down")), records(right), tools)
    turned = cabin.camera @ FACING_CAMERA.inverse()
    yaw, pitch = np.radians([-20.0, 5.0])
    looked = np.array([np.cos(pitch) * np.cos(yaw), np.cos(pitch) * np.sin(yaw), np.sin(pitch)])
    ahead = turned.rotation @ looked
    assert math.degrees(math.atan2(ahead[1], ahead[0])) == pytest.approx(0.0, abs=1e-6)
    assert math.degrees(math.asin(ahead[2])) == pytest.approx(-1.0, abs=1e-6)
    assert turned.apply(np.array([0.05, 0.1, -0.02])) == pytest.approx([0.0, 0.0, 0.0])
    assert isinstance(turned, RigidTransform)


def test_rows_name_what_was_missed_and_made_up() -> None:
    marked = clip(ClipEvent(6.0, 8.0, "eyes_closed"))
    values, rows = events.score([(marked, records(shut(2.0, 4.0)))], ce.PIPELINE)
    assert [(r["kind"], r["verdict"]) for r in rows] == [
        ("closure", "missed"),
        ("closure", "wrong"),
    ]
    assert (values["recall_closure"], values["precision_closure"]) == (0.0, 0.0)


def test_every_blink_is_marked_in_one_clip() -> None:
    from affect_perception.evaluation.clips.blink_marks import BLINKS

    name, marked = next(iter(BLINKS.items()))
    flat = [t for pair in marked for t in pair]
    assert flat == sorted(flat)
    assert max(b - a for a, b in marked) < 0.5
    ends = {round(b, 1) for _, b in marked[1:]}

    def change(r: FrameRecord) -> FrameRecord:
        told = round(r.time_s, 1) in ends | {2.0}
        return replace(r, blink=told, blink_s=0.1, openness=0.1 if told else 0.9)

    watched = Clip(Path(f"{name}.mp4"), ())
    tally = ce.score_clip(watched, records(change, 120.0), ce.PIPELINE)["blink_frame_by_frame"]
    assert (tally.marked - tally.hit, tally.wrong) == (1, 1), "one left out, one made up"
    assert "blink_frame_by_frame" not in ce.score_clip(clip(), records(), ce.PIPELINE)


def test_a_blink_that_is_told_late_is_where_the_eyes_were_shut() -> None:
    def change(r: FrameRecord) -> FrameRecord:
        low = 0.1 if 3.0 <= r.time_s <= 3.1 else 0.9
        return replace(r, openness=low, blink=r.time_s == 3.5, blink_s=0.2)

    (found,) = ce.blinks(records(change))
    assert (found.start_s, found.end_s) == pytest.approx((2.9, 3.1))
    assert found.known_s == 3.5
