"""Covers the scores of the clips on hand-made records: visibility, delays, sides, audits.

Leaves the clips themselves to test/data.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from affect_perception.core.enums import EyesState
from affect_perception.evaluation.clips.records import FrameRecord
from affect_perception.evaluation.datasets.clips import Clip, ClipEvent
from affect_perception.evaluation.tasks.videos import score

pytestmark = pytest.mark.unit

Change = Callable[[FrameRecord], FrameRecord]


def clip(*events: ClipEvent) -> Clip:
    """A clip named "c"."""
    return Clip(Path("c.mp4"), events)


def records(change: Change = lambda r: r, seconds: float = 6.0) -> list[FrameRecord]:
    """Ten attentive frames a second, changed one by one."""
    plain = FrameRecord(0.0, True, False, EyesState.OPEN, 0.0, 0.0, 0.0, 0.0, 1.0)
    return [change(replace(plain, time_s=i / 10)) for i in range(int(seconds * 10))]


def gone(at: float, said: float) -> Change:
    """The face leaves with a hard cut; the state says so later."""

    def change(r: FrameRecord) -> FrameRecord:
        cut = replace(r, change=0.6 if r.time_s == at else 0.01)
        if r.time_s < at:
            return cut
        return replace(cut, tracked=r.time_s < said, no_face=r.time_s >= said)

    return change


def test_tracking_is_counted_where_a_face_is_visible() -> None:
    values = score([(clip(ClipEvent(3.0, 6.0, "no_face")), records(gone(3.0, 3.0)))])
    assert values["tracked_share_c"] == pytest.approx(1.0)
    assert values["tracked_share"] == values["tracked_share_worst"] == pytest.approx(1.0)


def test_lost_frames_lower_the_share() -> None:
    lost = records(lambda r: replace(r, tracked=not 1.0 <= r.time_s < 1.6))
    assert score([(clip(), lost)])["tracked_share_c"] == pytest.approx(0.9)


def test_no_face_delay_starts_at_the_cut_and_ends_when_it_stays_said() -> None:
    # Marked at 2.9, but the picture changes at 3.1; said from 3.3 on.
    values = score([(clip(ClipEvent(2.9, 6.0, "no_face")), records(gone(3.1, 3.3)))])
    assert values["delay_s_no_face_c"] == pytest.approx(0.2)
    assert values["closed_frames_while_no_face_c"] == 0
    assert values["false_tracked_share_no_face_c"] > 0.0


def test_no_face_that_is_taken_back_counts_from_the_last_time() -> None:
    def change(r: FrameRecord) -> FrameRecord:
        r = gone(3.0, 3.0)(r)
        return replace(r, no_face=False, tracked=True) if r.time_s == 4.0 else r

    values = score([(clip(ClipEvent(3.0, 6.0, "no_face")), records(change))])
    assert values["delay_s_no_face_c"] == pytest.approx(1.1)


def test_never_saying_no_face_gives_no_delay() -> None:
    values = score([(clip(ClipEvent(3.0, 6.0, "no_face")), records())])
    assert math.isnan(values["delay_s_no_face_c"])


def turned(yaw: float) -> Change:
    """Head and gaze turn between 2 and 3 s."""
    return lambda r: (
        replace(r, head_yaw=yaw, gaze_yaw=yaw)
        if 2.0 <= r.time_s <= 3.0
        else replace(r, head_yaw=4.0)
    )


@pytest.mark.parametrize(
    ("event", "yaw", "change"),
    [
        ("look_away_image_left", -30.0, 34.0),
        ("look_away_image_left", 30.0, -26.0),
        ("look_away_image_right", 30.0, 26.0),
    ],
)
def test_look_away_is_positive_the_marked_way(event: str, yaw: float, change: float) -> None:
    values = score([(clip(ClipEvent(2.0, 3.0, event)), records(turned(yaw)))])
    assert values["look_away_head_change_deg_c"] == pytest.approx(change)


def test_gaze_sides() -> None:
    events = (ClipEvent(2.0, 2.5, "gaze_image_left"), ClipEvent(4.0, 4.5, "gaze_image_left"))
    values = score([(clip(*events), records(turned(-12.0)))])
    assert values["gaze_side_agreement_c"] == pytest.approx(0.5)
    assert values["gaze_side_change_deg_c"] == pytest.approx(6.0)


def test_closed_frames_outside_marked_closures() -> None:
    def change(r: FrameRecord) -> FrameRecord:
        closed = 2.0 <= r.time_s <= 4.0 or r.time_s == 5.0
        return replace(r, eyes=EyesState.CLOSED if closed else EyesState.OPEN)

    values = score([(clip(ClipEvent(2.0, 4.0, "eyes_closed")), records(change))])
    # One closed frame among the 34 that are more than 0.3 s from the marked closure.
    assert values["closed_share_c"] == pytest.approx(1 / 34, abs=0.003)


def test_audit_counts_a_lost_or_wrong_mesh() -> None:
    def change(r: FrameRecord) -> FrameRecord:
        return replace(
            r, audit={0.0: 0.05, 1.0: 0.4, 2.0: math.inf, 3.0: 0.1}.get(r.time_s, math.nan)
        )

    assert score([(clip(), records(change))])["same_face_share_c"] == pytest.approx(0.5)


def test_look_down_lowers_the_gaze() -> None:
    down = records(lambda r: replace(r, gaze_pitch=-20.0 if 2.0 <= r.time_s <= 3.0 else -1.0))
    values = score([(clip(ClipEvent(2.0, 3.0, "look_down")), down)])
    assert values["look_down_gaze_change_deg_c"] == pytest.approx(-19.0)
