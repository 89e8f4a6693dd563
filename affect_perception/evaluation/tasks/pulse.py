"""The pulse read from the face: on the synthetic driver against its beats, on clips by itself.

Nobody's heart was recorded with the clips at hand, so there only shares and spreads are told.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from affect_perception.core.enums import PulseReason
from affect_perception.core.errors import InputError
from affect_perception.core.types import CameraFrame
from affect_perception.evaluation.metrics import area_under_roc, mean_absolute, share
from affect_perception.evaluation.pulse.scenes import PulseScene, counted_rate, scenes
from affect_perception.evaluation.pulse.watch import METHODS, PulseSecond, watch
from affect_perception.evaluation.result import Evaluation
from affect_perception.evaluation.synthetic.portrait import load_portrait
from affect_perception.evaluation.tools import Request, Task, Tools
from affect_perception.io.cabin_file import load_cabin
from affect_perception.io.video import VideoSource
from affect_perception.sim.body.script import BodyScript

SYNTHETIC = "synthetic"
WITHIN_BPM = 5.0
"""A rate this near is right."""
MODERATE = ("motion_75", "motion_118", "motion_falling")
"""The scenes of moderate motion."""
SCORECARD = "built-in scenarios"
"""Name of the data in the scorecard, which takes `BRIEF` only: 14 scenes take seven minutes."""
BRIEF = (*MODERATE, "shadows_72", "no_pulse")
VIDEO_SUFFIXES = (".mp4", ".avi", ".mkv", ".mov", ".webm")


@dataclass(frozen=True)
class _Scored:
    """One second of a scene with its truth, beats per minute over the same window."""

    scene: PulseScene
    second: PulseSecond
    truth: float

    @property
    def error(self) -> float:
        """Of the rate, told or kept back."""
        return self.second.bpm - self.truth


def evaluate(request: Request, tools: Tools) -> Evaluation:
    """Runs the scenes, or the clips of a folder.

    Raises:
        InputError: If there is no such folder, scene or clip.
    """
    if request.data.is_dir():
        return _clips(request, tools)
    if request.data.name == SCORECARD and request.split is None:
        request = replace(request, split=",".join(BRIEF))
    if request.data.name not in (SYNTHETIC, SCORECARD):
        raise InputError(f"{request.data} is no folder; '--data {SYNTHETIC}' runs the scenes")
    return _synthetic(request, tools)


def _synthetic(request: Request, tools: Tools) -> Evaluation:
    wanted = None if request.split is None else request.split.split(",")
    chosen = [s for s in scenes() if wanted is None or s.name in wanted]
    if not chosen or (wanted is not None and len(chosen) < len(wanted)):
        raise InputError(f"scenes are: {', '.join(s.name for s in scenes())}")
    portrait = load_portrait(tools.networks)
    scored: list[_Scored] = []
    pictures = 0
    for scene in tools.track(chosen, "scenes"):
        driver = scene.driver(portrait)
        body = BodyScript(driver.scenario)
        frames = (frame for frame, _ in driver.frames())
        seconds, count = watch(frames, tools, load_cabin("sedan_lhd"))
        pictures += count
        scored += [_Scored(scene, s, _truth(body, s)) for s in seconds]
    return request.result(
        "pulse",
        n=pictures,
        subjects=1,
        metrics=_metrics(scored),
        baselines={name: _simple(scored, name) for name in METHODS},
        model=tools.model,
        notes=_NOTES,
        rows=[_row(s.scene.name, s.second, s.truth) for s in scored],
    )


def _truth(body: BodyScript, second: PulseSecond) -> float:
    """Rate of the beats in the window that the estimate rests on."""
    length = second.told.window
    if not length > 0.0:
        return math.nan
    return counted_rate(body, second.time_s - length, second.time_s)


def _metrics(scored: Sequence[_Scored]) -> dict[str, float]:
    expected = [s for s in scored if s.scene.rate_expected]
    moderate = [s for s in expected if s.scene.name in MODERATE]
    given = [s for s in expected if s.second.given]
    values = {"hr_mae_bpm": _mae(expected)}
    if moderate:
        values["hr_mae_bpm_moderate_motion"] = _mae(moderate)
        values["coverage_moderate_motion"] = _coverage(moderate)
    values |= {
        "coverage": _coverage(expected),
        "within_5_bpm": share([abs(s.error) <= WITHIN_BPM for s in given]),
        "within_one_std": share([abs(s.error) <= s.second.told.heart_rate_std for s in given]),
    }
    judged = [s for s in scored if math.isfinite(s.second.told.quality)]
    right = [abs(s.error) <= WITHIN_BPM and s.scene.amplitude > 0.0 for s in judged]
    values["auroc"] = area_under_roc([s.second.told.quality for s in judged], right)
    for name in dict.fromkeys(s.scene.name for s in scored):
        own = [s for s in scored if s.scene.name == name]
        if own[0].scene.amplitude > 0.0 and name != "infrared":
            values[f"hr_mae_bpm_{name}"] = _mae(own)
        values[f"coverage_{name}"] = _coverage(own)
    grey = [s for s in scored if s.scene.name == "infrared"]
    if grey:
        told = [s.second.told.reasons == (PulseReason.NO_COLOUR,) for s in grey]
        values["told_no_colour_infrared"] = share(told)
    return values


def _simple(scored: Sequence[_Scored], method: str) -> dict[str, float]:
    """Strongest rate of each second, taken as it is: a rate every second, right or wrong."""
    expected = [s for s in scored if s.scene.rate_expected and s.second.simple]
    values = {"hr_mae_bpm": mean_absolute([s.second.simple[method] - s.truth for s in expected])}
    moderate = [s for s in expected if s.scene.name in MODERATE]
    if moderate:
        errors = [s.second.simple[method] - s.truth for s in moderate]
        values["hr_mae_bpm_moderate_motion"] = mean_absolute(errors)
    for name in dict.fromkeys(s.scene.name for s in expected):
        own = [s.second.simple[method] - s.truth for s in expected if s.scene.name == name]
        values[f"hr_mae_bpm_{name}"] = mean_absolute(own)
    return values


def _mae(scored: Sequence[_Scored]) -> float:
    """Of the rates that were told."""
    return mean_absolute([s.second.told.heart_rate - s.truth for s in scored if s.second.given])


def _coverage(scored: Sequence[_Scored]) -> float:
    return share([s.second.given for s in scored])


def _clips(request: Request, tools: Tools) -> Evaluation:
    paths = sorted(p for p in request.data.iterdir() if p.suffix.lower() in VIDEO_SUFFIXES)
    if request.split is not None:
        paths = [p for p in paths if p.name.startswith(request.split)]
    if not paths:
        raise InputError(f"no clip in {request.data}")
    seconds: list[PulseSecond] = []
    values: dict[str, float] = {}
    rows: list[dict[str, object]] = []
    pictures = 0
    for path in tools.track(paths, "clips"):
        own, count = watch(_pictures(path), tools, tools.facing_cabin)
        pictures += count
        seconds += own
        values[f"coverage_{path.stem}"] = share([s.given for s in own])
        rates = [s.told.heart_rate for s in own if s.given]
        values[f"hr_median_bpm_{path.stem}"] = float(np.median(rates)) if rates else math.nan
        values[f"hr_spread_bpm_{path.stem}"] = float(np.std(rates)) if rates else math.nan
        rows += [_row(path.stem, s, math.nan) for s in own]
    summary = {"coverage": share([s.given for s in seconds])}
    for reason in PulseReason:
        said = share([reason in s.told.reasons for s in seconds])
        if said > 0.0:
            summary[f"share_{reason.value}"] = said
    return request.result(
        "pulse",
        n=pictures,
        metrics={**summary, **values},
        model=tools.model,
        notes=_CLIP_NOTES,
        rows=rows,
    )


def _pictures(path: Path) -> Iterator[CameraFrame]:
    for event in VideoSource(path).events():
        if isinstance(event, CameraFrame):
            yield event


def _row(name: str, second: PulseSecond, truth: float) -> dict[str, object]:
    told = second.told
    return {
        "name": name,
        "time_s": round(second.time_s, 2),
        "truth_bpm": round(truth, 2),
        "bpm": round(told.heart_rate, 2),
        "bpm_kept_back": round(second.bpm, 2),
        "std_bpm": round(told.heart_rate_std, 2),
        "quality": round(told.quality, 3),
        "window_s": round(told.window, 2),
        "reasons": " ".join(reason.value for reason in told.reasons),
        **{f"{method}_bpm": round(rate, 1) for method, rate in second.simple.items()},
    }


_NOTES = (
    "One rendered face. The truth is the beats of the script in the window of the estimate (its "
    "last 10 s, 6 s and more after a start), each second. hr_mae_bpm: of the rates that are told; "
    "coverage: share of the seconds, from the seventh on, with one. auroc: of the quality, right "
    "(within 5 beats per minute, and a pulse there) against not, over all scenes. In looks_around, "
    "no_pulse and no_pulse_still (no pulse in the skin) and infrared no rate is expected: their "
    "coverage is a false one, in looks_around it need not be.",
    "pos, chrom, green: the strongest rate of the same colours each second, right or not.",
    "Rendered skin is simpler than real skin: its gloss and the colour of its light follow a "
    "model, it does not blush, and the pictures are not compressed.",
)
_CLIP_NOTES = (
    "Nobody's heart was measured here: there is no truth. coverage: share of the seconds, from "
    "the seventh on, with a rate; hr_spread_bpm: standard deviation of the rates of a clip. "
    "Compressed video keeps little of a change of half a grey level.",
)

TASK = Task(
    name="pulse",
    summary="the heart rate read from the colour of the face, on scenes with scripted beats",
    folders=(),
    run=evaluate,
)
