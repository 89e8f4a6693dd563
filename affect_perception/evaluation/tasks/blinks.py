"""Blinks in the openness of the eyes over time, and their kinds where a kind was asked for."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from affect_perception.core.buffers import to_s
from affect_perception.core.config import PipelineConfig
from affect_perception.core.drowsiness.blink_finder import BlinkFinder
from affect_perception.core.drowsiness.blink_kinds import SquintTracker, kind_of
from affect_perception.core.enums import BlinkKind
from affect_perception.evaluation.datasets.lid_series import (
    RATE,
    LidSeries,
    is_tagged,
    read_asked,
    read_tagged,
)
from affect_perception.evaluation.drowsiness.blink_rule import CandidateFinder, rules_without
from affect_perception.evaluation.result import Evaluation
from affect_perception.evaluation.tools import Request, Task, Tools

Array = npt.NDArray[np.float64]

TOLERANCE_S = 3.0 / RATE
"""A blink whose lowest frame is within three frames of a tagged run is that one."""

_ROUNDING_S = 1e-6

FIXED_SHARE = 0.65
"""Of the median openness: the threshold of the simple method."""

ASKED = {
    "partial_blinks": BlinkKind.PARTIAL,
    "slow_blinks": BlinkKind.SLOW,
    "long_blinks": BlinkKind.LONG,
    "very_long_blinks": BlinkKind.LONG,
}
SQUINTS = "squints"
# What counts as eyes narrowed on purpose where only whole files are labelled: own choice. Told in
# time is told before its end, or this long after.
SPELL_SHARES, SPELL_S, SPELL_GAP_S, SPELL_TOLERANCE_S = (0.15, 0.65), 0.8, 0.1, 0.1
RATES = (10, 15, 30, 60)


@dataclass(frozen=True)
class Told:
    """A blink as told: its lowest and last instant, when it was told, its kind."""

    bottom: float
    end: float
    told: float
    kind: BlinkKind


@dataclass(frozen=True)
class Watched:
    """All blinks of a series, when the eyes were told narrowed, and the share of those pictures."""

    blinks: Sequence[Told]
    narrow: Sequence[float]
    squinting: float


def watch(series: LidSeries, finder: BlinkFinder, rate: float = 0.0) -> Watched:
    """Runs a finder over a series, thinned to `rate` pictures per second unless that is 0."""
    squint = SquintTracker()
    begin, following = series.times[0], -math.inf
    blinks: list[Told] = []
    narrow: list[float] = []
    seen = 0
    for time, openness in zip(series.times, series.openness, strict=True):
        if rate and time < following - 1e-3:
            continue
        following = max(following, time - 1.0 / rate) + 1.0 / rate if rate else time
        dip = finder.update(round((time - begin) * 1e9), openness)
        open_eye = finder.open_eye
        if squint.update(time, openness / open_eye):
            narrow.append(time)
        seen += 1
        if dip is not None:
            kind = kind_of(dip, finder.samples, open_eye)
            bottom, end = (begin + to_s(finder.stamp_of(t)) for t in (dip.bottom_time, dip.end))
            blinks.append(Told(bottom, end, time, kind))
    return Watched(blinks, narrow, len(narrow) / seen)


def narrow_spells(series: LidSeries) -> list[tuple[float, float]]:
    """Begin and end of the times in which the eyes are narrowed, found with the whole series known.

    The open eye is the 90th percentile of the series, as in the data set's own table of labels. A
    spell lasts at least `SPELL_S` within `SPELL_SHARES` of it, but for gaps of `SPELL_GAP_S`.
    """
    opened = float(np.nanpercentile(series.openness, 90.0))
    spells: list[list[float]] = []
    for time, openness in zip(series.times, series.openness, strict=True):
        if not SPELL_SHARES[0] <= openness / opened <= SPELL_SHARES[1]:
            continue
        if spells and time - spells[-1][1] <= SPELL_GAP_S:
            spells[-1][1] = time
        else:
            spells.append([time, time])
    return [(begin, end) for begin, end in spells if end - begin >= SPELL_S]


def below_share(series: LidSeries) -> list[float]:
    """The simple method: middles of the runs below a fixed share of the median openness."""
    level = FIXED_SHARE * float(np.nanmedian(series.openness))
    runs: list[list[float]] = []
    below_before = False
    for time, openness in zip(series.times, series.openness, strict=True):
        below = openness < level
        if below and not below_before:
            runs.append([])
        if below:
            runs[-1].append(time)
        below_before = below
    return [0.5 * (run[0] + run[-1]) for run in runs]


def are_tagged(found: Sequence[float], tagged: Sequence[tuple[float, float]]) -> list[bool]:
    """Whether each is a tagged blink; each tagged blink is found once."""
    free, right = list(tagged), []
    reach = TOLERANCE_S + _ROUNDING_S
    for time in found:
        near = [blink for blink in free if blink[0] - reach <= time <= blink[1] + reach]
        right.append(bool(near))
        if near:
            free.remove(near[0])
    return right


def scores(right: int, found: int, tagged: int) -> dict[str, float]:
    """F1, precision and recall from numbers of blinks."""
    return {
        "f1": _ratio(2 * right, found + tagged),
        "precision": _ratio(right, found),
        "recall": _ratio(right, tagged),
    }


def run(request: Request, tools: Tools) -> Evaluation:
    """Scores a folder of either form."""
    judge = _score_tagged if is_tagged(request.data) else _score_asked
    return judge(request, tools.config)


def _score_tagged(request: Request, config: PipelineConfig) -> Evaluation:
    series = read_tagged(request.data)
    hold = config.attention.hold
    found = {one.name: watch(one, BlinkFinder(hold)) for one in series}
    metrics = _over(series, lambda one: _bottoms(found[one.name]))
    delays = [blink.told - blink.end for watched in found.values() for blink in watched.blinks]
    metrics["delay_s"] = float(np.median(delays)) if delays else math.nan
    metrics["delay_s_p90"] = float(np.quantile(delays, 0.9)) if delays else math.nan
    for one in series:
        metrics[f"f1_{one.name}"] = _over([one], lambda one: _bottoms(found[one.name]))["f1"]
    rules = rules_without([_examples(one, hold) for one in series])
    held = {one.name: watch(one, BlinkFinder(hold, rules[one.name])) for one in series if rules}
    if held:
        without = _over(series, lambda one: _bottoms(held[one.name]))
        metrics |= {f"{name}_video_left_out": value for name, value in without.items()}
    return request.result(
        "blinks",
        n=sum(len(one.times) for one in series),
        metrics=metrics,
        baselines={f"below_{FIXED_SHARE:g}_of_median": _over(series, below_share)},
        model="core.drowsiness.blink_finder",
        notes=_TAGGED_NOTES,
        rows=[
            {"video": one.name, "time_s": round(b.bottom, 3), "told_s": round(b.told, 3)}
            for one in series
            for b in found[one.name].blinks
        ],
    )


def _score_asked(request: Request, config: PipelineConfig) -> Evaluation:
    series = read_asked(request.data)
    metrics: dict[str, float] = {}
    rows: list[dict[str, Any]] = []
    for rate in (0, *RATES):
        suffix = f"_{rate}_hz" if rate else ""
        watched = [(one, watch(one, BlinkFinder(config.attention.hold), rate)) for one in series]
        metrics |= {f"{k}{suffix}": v for k, v in _kind_scores(watched).items()}
        for one, seen in watched:
            stem = one.name.removesuffix(".csv")
            shares = _shares(seen)
            rows.append({"file": one.name, "rate_hz": rate or "all", **shares})
            if not rate:
                metrics |= {f"{name}_{stem}": value for name, value in shares.items()}
    always = _ratio(1.0, len(ASKED))
    return request.result(
        "blinks",
        n=sum(len(one.times) for one in series),
        subjects=len({one.subject for one in series}),
        metrics=metrics,
        baselines={"guess_the_kind": {"kind_accuracy": always}},
        model="core.drowsiness.blink_finder, blink_kinds",
        notes=_ASKED_NOTES,
        rows=rows,
    )


def _kind_scores(watched: Sequence[tuple[LidSeries, Watched]]) -> dict[str, float]:
    """Mean over the files of the share of blinks of the asked kind, and how squints stand out."""
    asked = [
        _shares(seen)[f"share_{ASKED[one.condition].name.lower()}"]
        for one, seen in watched
        if one.condition in ASKED
    ]
    squints = [seen.squinting for one, seen in watched if one.condition == SQUINTS]
    told = [
        any(begin <= time <= end + SPELL_TOLERANCE_S for time in seen.narrow)
        for one, seen in watched
        if one.condition == SQUINTS
        for begin, end in narrow_spells(one)
    ]
    others = [seen.squinting for one, seen in watched if one.condition != SQUINTS]
    return {
        "kind_accuracy": _ratio(math.fsum(asked), len(asked)),
        "squint_spells": float(len(told)),
        "squint_spell_recall": _ratio(sum(told), len(told)),
        "squint_time_when_asked": _ratio(math.fsum(squints), len(squints)),
        "squint_time_otherwise": _ratio(math.fsum(others), len(others)),
    }


def _shares(seen: Watched) -> dict[str, float]:
    count = len(seen.blinks)
    shares = {
        f"share_{kind.name.lower()}": _ratio(sum(b.kind is kind for b in seen.blinks), count)
        for kind in BlinkKind
        if kind is not BlinkKind.UNKNOWN
    }
    return {"blinks": float(count), **shares, "squint_time": seen.squinting}


def _examples(series: LidSeries, hold: float) -> tuple[str, Array, npt.NDArray[np.bool_]]:
    """All possible dips of a video, and whether each is a tagged blink."""
    finder = CandidateFinder(hold)
    numbers, times = [], []
    begin = series.times[0]
    for time, openness in zip(series.times, series.openness, strict=True):
        dip = finder.update(round((time - begin) * 1e9), openness)
        if dip is not None:
            numbers.append(finder.numbers)
            times.append(begin + to_s(finder.stamp_of(dip.bottom_time)))
    return series.name, np.array(numbers), np.array(are_tagged(times, series.blinks), bool)


def _bottoms(watched: Watched) -> list[float]:
    return [blink.bottom for blink in watched.blinks]


def _over(
    series: Sequence[LidSeries], find: Callable[[LidSeries], Sequence[float]]
) -> dict[str, float]:
    found = [(find(one), one.blinks) for one in series]
    right = sum(sum(are_tagged(times, blinks)) for times, blinks in found)
    return scores(right, sum(len(f) for f, _ in found), sum(len(b) for _, b in found))


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else math.nan


_TAGGED_NOTES = (
    "A blink counts as right if its lowest frame is within three frames of a run of tagged frames "
    "that no other has been paired with. delay_s: from the end at half depth to the picture that "
    "tells it, median.",
    "The six videos of eyeblink8_ear are development data: limits were chosen and the four "
    "coefficients fitted on them. *_video_left_out: coefficients fitted to the other videos of "
    "the folder, limits as they are. On other videos the plain figures are the ones.",
    "Some of the wrong ones are blinks by their shape that the tags leave out.",
)
_ASKED_NOTES = (
    "kind_accuracy: share of the blinks that are of the asked kind, mean over the files of a kind. "
    "People also blink ordinarily in between, so 1 is not to be had.",
    f"squint_spell_recall: share of the times in which the eyes of the file with squints are "
    f"narrowed for {SPELL_S} s or more (found with the whole series known) that are told before "
    "they end. squint_time_*: share of all pictures told; about half of that file's time is "
    "narrowed, in spells of 1.4 s, and a squint is told 0.6 s after it began.",
    "*_hz: the same with the pictures thinned to that rate. The files of p1 are development data "
    "for the limits of the kinds.",
)

TASK = Task(
    name="blinks",
    summary="blinks in the openness of the eyes over time, and their kinds",
    folders=("physio/eyeblink8_ear", "physio/blink_openness_120hz"),
    run=run,
    things="samples",
    ours="blink finder",
)
