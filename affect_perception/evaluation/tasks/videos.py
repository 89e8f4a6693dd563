"""Video clips of real faces with events marked by eye.

The marks are good to +-0.3 s, so figures on when something happened keep away from their ends or
take the moment from the picture itself, as each function says.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict

import numpy as np

from affect_perception.core.enums import EyesState
from affect_perception.evaluation import metrics
from affect_perception.evaluation.clips.records import FrameRecord, run_clip
from affect_perception.evaluation.datasets.clips import Clip, ClipEvent, read_clips
from affect_perception.evaluation.result import Evaluation
from affect_perception.evaluation.tools import Request, Task, Tools

NAN = math.nan
# The precision of the marks (README of the set): nothing within it is scored as present or absent.
MARGIN_S = 0.3
# How far around a marked look-away the undisturbed head direction is taken.
AROUND_S = 2.0
# A mesh closer than this to one found afresh follows the same face.
SAME_FACE = 0.15

Records = Sequence[FrameRecord]


def evaluate(request: Request, tools: Tools) -> Evaluation:
    """Runs the task; see the module."""
    clips = read_clips(request.data, request.split)
    runs = [(clip, run_clip(clip.path, tools)) for clip in tools.track(clips, "clips")]
    return request.result(
        "videos",
        n=sum(len(records) for _, records in runs),
        metrics=score(runs),
        model=tools.model,
        notes=[
            "tracked_share: frames with a followed face among frames where a face is visible, that "
            "is outside the marked no_face intervals and 0.3 s around them (the precision of the "
            "marks). same_face_share: of every 15th frame, those where the followed mesh lies "
            "within 0.15 eye distances of one found afresh without any past.",
            "In yawdd_04 the look-away at 17.8 s is marked to the image right, "
            "but the pictures show head and eyes going left, so its change counts as wrong here "
            "although it is right.",
            "delay_s_no_face: from the hard cut in the picture (largest change within 0.6 s of "
            "the mark) to the first state that says no face and keeps saying so.",
            "closed_share: frames with closed eyes outside marked closures, blinks included.",
        ],
        rows=[
            {"clip": clip.name} | _rounded(asdict(record))
            for clip, records in runs
            for record in records
        ],
    )


def score(runs: Sequence[tuple[Clip, Records]]) -> dict[str, float]:
    """All figures of all clips, each with the clip's name as suffix, and their summary."""
    values: dict[str, float] = {}
    visible: list[bool] = []
    for clip, records in runs:
        flags = [r.tracked for r in records if _face_visible(clip, r)]
        visible += flags
        values[f"tracked_share_{clip.name}"] = metrics.share(flags)
        values[f"frames_{clip.name}"] = len(records)
        audits = [r.audit < SAME_FACE for r in records if not math.isnan(r.audit)]
        values[f"same_face_share_{clip.name}"] = metrics.share(audits)
        closed = [r.eyes is EyesState.CLOSED for r in records if _eyes_may_be_open(clip, r)]
        values[f"closed_share_{clip.name}"] = metrics.share(closed)
        for part in (
            no_face_metrics,
            side_metrics,
            look_down_metrics,
        ):
            values |= {f"{k}_{clip.name}": v for k, v in part(clip, records).items()}
    shares = [v for k, v in values.items() if k.startswith("tracked_share_")]
    return {
        "tracked_share": metrics.share(visible),
        "tracked_share_worst": min(shares),
    } | values


def no_face_metrics(clip: Clip, records: Records) -> dict[str, float]:
    """Delay of "no face" after it has left, and what is said meanwhile."""
    events = clip.named("no_face")
    if not events:
        return {}
    event = events[0]
    left = leaving_time(records, event)
    after = [r for r in records if left <= r.time_s <= event.end_s]
    said = next(
        (i for i in range(len(after)) if all(r.no_face for r in after[i:])), None
    )  # quadratic, but a clip has a few hundred frames
    return {
        "delay_s_no_face": after[said].time_s - left if said is not None else NAN,
        "closed_frames_while_no_face": sum(r.eyes is EyesState.CLOSED for r in after),
        "false_tracked_share_no_face": metrics.share([r.tracked for r in after]),
    }


def leaving_time(records: Records, event: ClipEvent) -> float:
    """Time of the first picture without the face: the largest change near the mark."""
    near = [r for r in records if abs(r.time_s - event.start_s) <= 2.0 * MARGIN_S]
    known = [r for r in near if math.isfinite(r.change)]
    return max(known, key=lambda r: r.change).time_s if known else event.start_s


def side_metrics(clip: Clip, records: Records) -> dict[str, float]:
    """Whether head and eyes turn to the marked side.

    Image left is the person's right, so yaw must fall; the change is given in the marked direction:
    positive is right.
    """
    values = {}
    turns = [
        sign * change
        for sign, name in ((-1.0, "look_away_image_left"), (1.0, "look_away_image_right"))
        for e in clip.named(name)
        for change in [largest_change(records, e, lambda r: r.head_yaw)]
    ]
    if turns:
        values["look_away_head_change_deg"] = float(np.mean(turns))
    glances = [
        sign * (_median(_between(records, e.start_s, e.end_s + 0.1), _gaze_yaw) - rest)
        for rest in [_median(records, _gaze_yaw)]
        for sign, name in ((-1.0, "gaze_image_left"), (1.0, "gaze_image_right"))
        for e in clip.named(name)
    ]
    if glances:
        values["gaze_side_change_deg"] = float(np.mean(glances))
        values["gaze_side_agreement"] = metrics.share([g > 0.0 for g in glances])
    return values


def look_down_metrics(clip: Clip, records: Records) -> dict[str, float]:
    """Change of the gaze pitch in marked looks down, degrees; must be negative."""
    events = clip.named("look_down")
    if not events:
        return {}
    inside = [r for r in records if _in_any(r, events, 0.0)]
    outside = [r for r in records if not _in_any(r, events, MARGIN_S)]
    return {
        "look_down_gaze_change_deg": _median(inside, _gaze_pitch) - _median(outside, _gaze_pitch)
    }


def largest_change(records: Records, event: ClipEvent, of: Callable[[FrameRecord], float]) -> float:
    """Largest departure in an event from the median around it, with its sign; NaN if unknown."""
    around = [
        r
        for r in _between(records, event.start_s - AROUND_S, event.end_s + AROUND_S)
        if not _in_any(r, [event], MARGIN_S)
    ]
    rest = _median(around, of)
    departures = [of(r) - rest for r in _between(records, event.start_s, event.end_s)]
    known = [d for d in departures if math.isfinite(d)]
    return max(known, key=abs) if known else NAN


def _face_visible(clip: Clip, record: FrameRecord) -> bool:
    return not _in_any(record, clip.named("no_face"), MARGIN_S)


def _eyes_may_be_open(clip: Clip, record: FrameRecord) -> bool:
    return record.tracked and not _in_any(record, clip.named("eyes_closed"), MARGIN_S)


def _in_any(record: FrameRecord, events: Sequence[ClipEvent], margin: float) -> bool:
    return any(e.start_s - margin <= record.time_s <= e.end_s + margin for e in events)


def _between(records: Records, start_s: float, end_s: float) -> list[FrameRecord]:
    return [r for r in records if start_s <= r.time_s <= end_s]


def _gaze_yaw(record: FrameRecord) -> float:
    return record.gaze_yaw


def _gaze_pitch(record: FrameRecord) -> float:
    return record.gaze_pitch


def _median(records: Records, of: Callable[[FrameRecord], float]) -> float:
    known = [of(r) for r in records if math.isfinite(of(r))]
    return float(np.median(known)) if known else NAN


def _rounded(record: dict[str, object]) -> dict[str, object]:
    return {
        name: int(v) if isinstance(v, (bool, int)) else round(v, 4) if isinstance(v, float) else v
        for name, v in record.items()
    }


TASK = Task(
    name="videos",
    summary="clips of real faces with marked events: tracking, no face, blinks, look-aways",
    folders=("vision/videos",),
    run=evaluate,
)
