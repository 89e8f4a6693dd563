"""What is marked in a clip and what the pipeline, or a simple method, finds there.

The words of `events.csv` become a few kinds of events. Marks were set by looking at frames every
0.2 to 1 s, so the question for each kind is also where nothing can have been left unmarked:
yawns, closures and lost faces last long enough to be seen so, anywhere in a clip; looks were
marked from the first mark of a clip to the last; blinks fall between the frames.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from affect_perception.core.enums import AlertLevel, AlertReason, EyesState, TriState
from affect_perception.evaluation.clips.blink_marks import BLINKS
from affect_perception.evaluation.clips.event_matching import (
    ALWAYS,
    Found,
    Span,
    Tally,
    match_long,
    match_short,
    stretches,
)
from affect_perception.evaluation.clips.records import FrameRecord
from affect_perception.evaluation.datasets.clips import Clip

Records = Sequence[FrameRecord]
Finder = Callable[[Records], list[Found]]

# Beginning of the word in events.csv, and the kind it stands for.
KINDS: Mapping[str, str] = MappingProxyType(
    {
        "blink": "blink",
        "eyes_closed": "closure",
        "yawn": "yawn",
        "look_away": "look_away",
        "look_down": "look_down",
        "gaze_image": "gaze_side",
        "no_face": "face_lost",
    }
)
# Words for what somebody does who attends; nothing of it is an event.
ATTENTIVE = (
    "neutral",
    "talking",
    "smile",
    "mouth_open",
    "look_ahead",
    "gaze_center",
    "near_camera",
    "far_from_camera",
)
# Words for what leaves open where the eyes are: looks found there are neither right nor wrong.
UNSETTLED = ("head_motion", "hand_near_face", "grimace", "sad", "eating", "head_up", "startle")

LOOKS = ("look_away", "look_down", "gaze_side")
TOLERANCE_S = 0.5
"""Marks are within 0.3 s (yawdd, lp_d14), 0.4 s (driver_clips) or 1 s (others) by their READMEs."""
LONG_CLOSURE_S = 0.5
# Findings closer than this are one: lids flutter, a hand passes.
_JOIN_S = 0.5
# The longest wait from the end of a blink to its report.
_TOLD_WITHIN_S = 0.5
_EAR_CLOSED = 0.2
_MOUTH_WIDE = 0.5
_MOUTH_FOR_S = 0.5
_HEAD_AWAY_DEG = 20.0
_HEAD_DOWN_DEG = -15.0


def kind_of(word: str) -> str | None:
    """The kind of event a word of `events.csv` stands for; None if it is none."""
    return next((kind for start, kind in KINDS.items() if word.startswith(start)), None)


def unmapped(clips: Sequence[Clip]) -> list[str]:
    """Words that are neither an event nor a known remark."""
    words = {e.event for clip in clips for e in clip.events}
    return sorted(w for w in words if kind_of(w) is None and w not in ATTENTIVE + UNSETTLED)


def marks(clip: Clip, *kinds: str) -> list[Span]:
    """The marked events of these kinds; closures only from 0.5 s on, as shorter ones are blinks."""
    return [
        Span(e.start_s, e.end_s)
        for e in clip.events
        if kind_of(e.event) in kinds
        and not (kind_of(e.event) == "closure" and e.end_s - e.start_s < LONG_CLOSURE_S)
    ]


def is_attentive(clip: Clip) -> bool:
    """Whether nothing is marked that an alert may be about."""
    return not marks(clip, "closure", "face_lost", *LOOKS)


def score_clip(clip: Clip, records: Records, finders: Mapping[str, Finder]) -> dict[str, Tally]:
    """The tally of each kind that the finders look for.

    Args:
        clip: The marks.
        records: What the frames gave.
        finders: By the name of what they find: blink, closure, yawn, face_lost, off_road.

    Returns:
        By kind; looks are found by `off_road`, whose tally holds the findings, while the tallies of
        look_away, look_down and gaze_side hold only what was marked.
    """
    found = {name: finder(records) for name, finder in finders.items()}
    tallies: dict[str, Tally] = {}
    if "blink" in found:
        tallies["blink"] = match_short(
            marks(clip, "blink"), found["blink"], TOLERANCE_S, _around(marks(clip, "blink"))
        )
        if clip.name in BLINKS:
            every = [Span(*blink) for blink in BLINKS[clip.name]]
            tallies["blink_frame_by_frame"] = match_short(
                every, found["blink"], TOLERANCE_S, [ALWAYS]
            )
    if "closure" in found:
        shut_by_yawn = marks(clip, "yawn")
        tallies["closure"] = match_long(
            marks(clip, "closure"), found["closure"], TOLERANCE_S, shut_by_yawn
        )
    if "yawn" in found:
        unclear = [Span(e.start_s, e.end_s) for e in clip.events if "leave out" in e.note]
        tallies["yawn"] = match_long(marks(clip, "yawn"), found["yawn"], TOLERANCE_S, unclear)
    if "face_lost" in found:
        lost = marks(clip, "face_lost")
        tallies["face_lost"] = match_long(lost, found["face_lost"], TOLERANCE_S)
    if "off_road" in found:
        tallies |= _looks(clip, found["off_road"])
    return tallies


def _looks(clip: Clip, found: Sequence[Found]) -> dict[str, Tally]:
    """Recall per kind of look; a finding belongs to none of them, so precision is of all."""
    open_to_doubt = [Span(e.start_s, e.end_s) for e in clip.events if e.event in UNSETTLED]
    open_to_doubt += marks(clip, "closure", "yawn", "face_lost")
    tallies = {}
    for kind in LOOKS:
        of_kind = match_long(marks(clip, kind), found, TOLERANCE_S)
        tallies[kind] = Tally(
            of_kind.marked, of_kind.hit, delays_s=of_kind.delays_s, missed=of_kind.missed
        )
    marked = (
        [Span(min(e.start_s for e in clip.events), max(e.end_s for e in clip.events))]
        if (clip.events)
        else []
    )
    tallies["off_road"] = match_long(marks(clip, *LOOKS), found, TOLERANCE_S, open_to_doubt, marked)
    return tallies


def _around(spans: Sequence[Span]) -> list[Span]:
    """From the first to the last, as far as their precision goes."""
    if not spans:
        return []
    first, last = min(s.start_s for s in spans), max(s.end_s for s in spans)
    return [Span(first - TOLERANCE_S, last + TOLERANCE_S)]


def blinks(records: Records) -> list[Found]:
    """Blinks counted by the pipeline.

    A blink is told a little after it has ended, and the state does not say when it was: its middle
    is where the eyes were seen least open in the time that the report can be about.
    """
    found = []
    for told in (r for r in records if r.blink):
        length = told.blink_s if math.isfinite(told.blink_s) else 0.0
        before = [
            r
            for r in records
            if told.time_s - length - _TOLD_WITHIN_S <= r.time_s <= told.time_s
            and math.isfinite(r.openness)
        ]
        middle = min(before, key=lambda r: r.openness).time_s if before else told.time_s - length
        found.append(Found(middle - length / 2.0, middle + length / 2.0, told.time_s))
    return found


def closures(records: Records) -> list[Found]:
    """Closures that the pipeline has seen last for at least half a second."""
    times = [r.time_s for r in records]
    long = [r.eyes is EyesState.CLOSED and r.closure_s >= LONG_CLOSURE_S for r in records]
    return [
        # What is known from half a second on began half a second before.
        Found(f.start_s - LONG_CLOSURE_S, f.end_s, f.start_s)
        for f in stretches(times, long, join_s=_JOIN_S)
    ]


def yawns(records: Records) -> list[Found]:
    """Yawns of the pipeline."""
    times = [r.time_s for r in records]
    return stretches(times, [r.yawning for r in records], join_s=_JOIN_S)


def off_road(records: Records) -> list[Found]:
    """Glances away from the road, without those of shut eyes."""
    away = [r.on_road is TriState.NO and r.eyes is not EyesState.CLOSED for r in records]
    return stretches([r.time_s for r in records], away)


def faces_lost(records: Records) -> list[Found]:
    """Stretches in which the state says that there is no face."""
    return stretches([r.time_s for r in records], [r.no_face for r in records])


PIPELINE: Mapping[str, Finder] = MappingProxyType(
    {
        "blink": blinks,
        "closure": closures,
        "yawn": yawns,
        "off_road": off_road,
        "face_lost": faces_lost,
    }
)


def _ear_dips(records: Records) -> list[Found]:
    return stretches([r.time_s for r in records], [r.ear < _EAR_CLOSED for r in records])


def ear_blinks(records: Records) -> list[Found]:
    """Simple: an eye aspect ratio below 0.2 for less than half a second."""
    dips = [f for f in _ear_dips(records) if f.end_s - f.start_s < LONG_CLOSURE_S]
    return [Found(f.start_s, f.end_s, f.end_s) for f in dips]


def ear_closures(records: Records) -> list[Found]:
    """Simple: an eye aspect ratio below 0.2 for at least half a second."""
    times = [r.time_s for r in records]
    low = [r.ear < _EAR_CLOSED for r in records]
    return stretches(times, low, shortest_s=LONG_CLOSURE_S, known_after_s=LONG_CLOSURE_S)


def wide_mouths(records: Records) -> list[Found]:
    """Simple: an opening of half the mouth's width for at least half a second."""
    times = [r.time_s for r in records]
    wide = [r.mouth > _MOUTH_WIDE for r in records]
    return stretches(times, wide, shortest_s=_MOUTH_FOR_S, known_after_s=_MOUTH_FOR_S)


def turned_heads(records: Records) -> list[Found]:
    """Simple: a head more than 20 degrees to a side or 15 down."""
    away = [abs(r.head_yaw) > _HEAD_AWAY_DEG or r.head_pitch < _HEAD_DOWN_DEG for r in records]
    return stretches([r.time_s for r in records], away)


def untracked(records: Records) -> list[Found]:
    """Simple: no mesh."""
    return stretches([r.time_s for r in records], [not r.tracked for r in records])


THRESHOLDS: Mapping[str, Finder] = MappingProxyType(
    {
        "blink": ear_blinks,
        "closure": ear_closures,
        "yawn": wide_mouths,
        "off_road": turned_heads,
        "face_lost": untracked,
    }
)

_EXPLAINED_BY: Mapping[AlertReason, tuple[str, ...]] = MappingProxyType(
    {
        AlertReason.MICROSLEEP: ("closure",),
        AlertReason.SLEEP: ("closure",),
        AlertReason.DROWSINESS: ("closure", "yawn"),
        AlertReason.UNRESPONSIVE: ("closure", *LOOKS),
        AlertReason.LONG_DISTRACTION: LOOKS,
        AlertReason.CUMULATIVE_DISTRACTION: LOOKS,
        AlertReason.PHONE_USE: LOOKS,
        AlertReason.ATTENTION_BUFFER_EMPTY: (*LOOKS, "closure"),
        AlertReason.TOTAL_GLANCE_TIME: LOOKS,
        AlertReason.NO_DRIVER: ("face_lost",),
        AlertReason.DEGRADED: ("face_lost",),
    }
)


def alert_starts(records: Records) -> list[tuple[float, AlertLevel, AlertReason]]:
    """When something new was said: time, level, reason."""
    found = []
    before: frozenset[AlertReason] = frozenset()
    for r in records:
        now = frozenset(r.alert_reasons)
        found += [(r.time_s, r.alert, reason) for reason in AlertReason if reason in now - before]
        before = now
    return found


def unexplained_alerts(clip: Clip, records: Records) -> list[tuple[float, AlertLevel, AlertReason]]:
    """Alerts that began while nothing was marked that they may be about."""
    return [
        (time, level, reason)
        for time, level, reason in alert_starts(records)
        if not any(
            s.near(Span(time, time), TOLERANCE_S)
            for s in marks(clip, *_EXPLAINED_BY.get(reason, ()))
        )
    ]
