"""Timed events in clips: blinks, closures, yawns, looks away and down, lost faces; and alerts.

The pipeline sees each clip as a drive in a sedan. Where the camera stood is not labelled, so its
mounting is taken from the clip itself: the middle of the gaze in the parts without marked looks
and closures, seen in a first pass, is the road ahead.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from affect_perception.core.cabin import CabinGeometry
from affect_perception.core.enums import AlertLevel, AlertReason
from affect_perception.core.types import RigidTransform
from affect_perception.evaluation import metrics
from affect_perception.evaluation.clips import events as ce
from affect_perception.evaluation.clips.event_matching import Span, Tally
from affect_perception.evaluation.clips.records import FrameRecord, run_clip
from affect_perception.evaluation.datasets.clips import Clip, read_clips
from affect_perception.evaluation.result import Evaluation
from affect_perception.evaluation.tools import FACING_CAMERA, Request, Task, Tools
from affect_perception.io.cabin_file import load_cabin

NAN = math.nan
# Every so many-th frame suffices to see where somebody mostly looks.
_FIRST_PASS_EVERY = 3
_CABIN = "sedan_lhd"

Runs = Sequence[tuple[Clip, Sequence[FrameRecord]]]


def evaluate(request: Request, tools: Tools) -> Evaluation:
    """Runs the task; see the module.

    Raises:
        InputError: If the folder holds no clips or no events.csv.
    """
    clips = read_clips(request.data, request.split)
    runs = [(clip, run_mounted(clip, tools)) for clip in tools.track(clips, "clips")]
    values, rows = score(runs, ce.PIPELINE)
    values |= alert_metrics(runs)
    simple, _ = score(runs, ce.THRESHOLDS)
    return request.result(
        "events",
        n=sum(len(records) for _, records in runs),
        metrics=values,
        baselines={"fixed_thresholds": {k: v for k, v in simple.items() if k in values}},
        model=tools.model,
        notes=[*_NOTES, *_unknown_words(clips)],
        rows=rows + [_alert_row(clip, *a) for clip, r in runs for a in ce.alert_starts(r)],
    )


_NOTES = (
    f"An event that lasts is hit if something found overlaps its mark widened by "
    f"{ce.TOLERANCE_S:g} s (marks are good to 0.3 to 1 s), in pieces or whole; blinks are paired "
    f"one to one, middles at most {ce.TOLERANCE_S:g} s apart. delay_s: from the marked beginning "
    "to the first state that says so (a blink: its end; a closure: after 0.5 s), so it holds the "
    "error of the mark too.",
    "Where everything is taken to be marked: yawns, closures over 0.5 s and lost faces anywhere; "
    "looks from the first to the last mark of a clip, outside head motion, hands, grimaces, "
    "eating, closures, yawns; blinks from the first to the last marked blink. Marks were set on "
    "frames 0.2 to 1 s apart, so blinks between the frames are missing and count as wrong here; "
    "*_blink_frame_by_frame is against every blink of one clip (evaluation/clips/blink_marks.py).",
    "Closures found within a marked yawn count neither way (eyes narrowed or shut), nor do yawns "
    "in marks that say to leave them out.",
    "off_road is what the pipeline finds as looks; look_away, look_down and gaze_side (eyes only) "
    "are its recall by kind of mark. A windscreen is wide: eyes that flick to the side within it "
    "(gaze_side) do not leave the road. Not every look is marked: in yawdd_01 the head turns from "
    "11.2 s on, in yawdd_04 the eyes go aside at 8.0 s; both count as wrong here.",
    "The camera's place is not labelled: the middle of the gaze outside marked looks and closures "
    "is taken as the road ahead, the cabin is a sedan. The clips are development data.",
    "alerts_on_attentive_clips: warnings in clips without any marked look, closure or lost face; "
    "false_alerts_per_hour: warnings that nothing marked explains, all clips; *_info: the gentler "
    "level, which tells that the driver cannot be seen. The clips are short, so rates are rough.",
    "fixed_thresholds: eye aspect ratio below 0.2, mouth opening above 0.5 for 0.5 s, head turned "
    "by 20 degrees or 15 down, no mesh, on the same mounted camera.",
    "In yawdd_04 the look-away at 17.8 s is marked to the image right; head and eyes go left.",
)


def run_mounted(clip: Clip, tools: Tools) -> tuple[FrameRecord, ...]:
    """The records of a clip from a camera that is mounted as the clip itself tells."""
    first = run_clip(clip.path, tools, audit=False, every=_FIRST_PASS_EVERY)
    return run_clip(clip.path, tools, audit=False, cabin=mounted_cabin(clip, first, tools))


def mounted_cabin(clip: Clip, first: Sequence[FrameRecord], tools: Tools) -> CabinGeometry:
    """The sedan with the camera where the person mostly looks past it.

    Args:
        clip: The marks; what is marked as a look or closure says nothing about the road.
        first: Records of a pass in which the camera counted as straight ahead.
        tools: For the direction in which drivers look.
    """
    doubt = ce.marks(clip, "closure", "face_lost", *ce.LOOKS)
    calm = [
        r
        for r in first
        if math.isfinite(r.gaze_yaw)
        and not any(s.near(Span(r.time_s, r.time_s), ce.TOLERANCE_S) for s in doubt)
    ]
    yaw, pitch = (
        (
            float(np.median([r.gaze_yaw for r in calm])),
            float(np.median([r.gaze_pitch for r in calm])),
        )
        if calm
        else (0.0, 0.0)
    )
    seen = [r.origin for r in first if all(math.isfinite(v) for v in r.origin)]
    origin = np.median(seen, axis=0) if seen else np.zeros(3)
    ahead = tools.config.baseline
    # First the direction that was looked at becomes straight ahead, then the road's own direction.
    turn = _rotation(ahead.true_ahead_yaw_deg, ahead.true_ahead_pitch_deg) @ _rotation(yaw, pitch).T
    align = RigidTransform(turn, -turn @ origin)
    return replace(load_cabin(_CABIN), name=f"{_CABIN}_mounted", camera=align @ FACING_CAMERA)


def _rotation(yaw_deg: float, pitch_deg: float) -> np.ndarray:
    """Turns straight ahead (x) to a direction, cabin frame, without roll."""
    x = metrics.direction(yaw_deg, pitch_deg)
    y = np.array([-math.sin(math.radians(yaw_deg)), math.cos(math.radians(yaw_deg)), 0.0])
    return np.stack([x, y, np.cross(x, y)], axis=1)


def score(
    runs: Runs, finders: Mapping[str, ce.Finder]
) -> tuple[dict[str, float], list[dict[str, object]]]:
    """Figures per kind of event over all clips; one row per event that was missed or made up."""
    totals: dict[str, Tally] = {}
    rows: list[dict[str, object]] = []
    for clip, records in runs:
        for kind, tally in ce.score_clip(clip, records, finders).items():
            totals[kind] = totals.get(kind, Tally()) + tally
            missed = [("missed", e.start_s, e.end_s) for e in tally.missed]
            wrong = [("wrong", e.start_s, e.end_s) for e in tally.invented]
            rows += [
                {
                    "clip": clip.name,
                    "kind": kind,
                    "verdict": v,
                    "start_s": round(a, 3),
                    "end_s": round(b, 3),
                }
                for v, a, b in (missed if kind != "off_road" else []) + wrong
            ]
    values: dict[str, float] = {}
    for kind, tally in totals.items():
        values |= _figures(kind, tally)
    return values, rows


def _figures(kind: str, tally: Tally) -> dict[str, float]:
    values = {f"marked_{kind}": float(tally.marked), f"recall_{kind}": tally.recall}
    if kind not in ce.LOOKS:
        values |= {
            f"found_{kind}": float(tally.right + tally.wrong),
            f"precision_{kind}": tally.precision,
            f"f1_{kind}": tally.f1,
        }
    return values | {f"delay_s_{kind}": tally.delay_s}


def alert_metrics(runs: Runs) -> dict[str, float]:
    """Warnings on attentive clips, and warnings per hour that nothing explains."""
    attentive = [(clip, records) for clip, records in runs if ce.is_attentive(clip)]
    on_attentive = [a for _, records in attentive for a in ce.alert_starts(records)]
    false = [a for clip, records in runs for a in ce.unexplained_alerts(clip, records)]
    hours = sum(_length_s(records) for _, records in runs) / 3600.0
    loud, soft = _by_level(false)
    values = {
        "attentive_clips": float(len(attentive)),
        "attentive_minutes": sum(_length_s(records) for _, records in attentive) / 60.0,
    }
    values["alerts_on_attentive_clips"], values["alerts_on_attentive_clips_info"] = (
        float(n) for n in _by_level(on_attentive)
    )
    values["false_alerts_per_hour"] = loud / hours if hours else NAN
    values["false_alerts_per_hour_info"] = soft / hours if hours else NAN
    return values


def _by_level(alerts: Sequence[tuple[float, AlertLevel, AlertReason]]) -> tuple[int, int]:
    loud = sum(level >= AlertLevel.WARNING for _, level, _ in alerts)
    return loud, len(alerts) - loud


def _length_s(records: Sequence[FrameRecord]) -> float:
    return records[-1].time_s - records[0].time_s if records else 0.0


def _unknown_words(clips: Sequence[Clip]) -> list[str]:
    words = ce.unmapped(clips)
    return [f"Words in events.csv that mean nothing here: {', '.join(words)}."] if words else []


def _alert_row(
    clip: Clip, time_s: float, level: AlertLevel, reason: AlertReason
) -> dict[str, object]:
    return {
        "clip": clip.name,
        "kind": f"alert_{reason.value}",
        "verdict": level.name.lower(),
        "start_s": round(time_s, 3),
        "end_s": "",
    }


TASK = Task(
    name="events",
    summary="clips with marked events: blinks, closures, yawns, looks, lost faces, false alerts",
    folders=("vision/videos", "vision/driver_clips"),
    run=evaluate,
    ours="whole chain",
)
