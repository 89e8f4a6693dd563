"""Runs every task whose data are there and writes docs/scorecard.md.

The page holds no date and no time, so that it changes only when a figure does.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from affect_perception.core.errors import InputError
from affect_perception.evaluation.registry import TASKS
from affect_perception.evaluation.result import Evaluation
from affect_perception.evaluation.scorecard_jobs import ROOT_NAME, Job, run_jobs
from affect_perception.evaluation.scorecard_summary import BUILT_IN, SUMMARY
from affect_perception.evaluation.tools import Tools
from affect_perception.inference import load_manifest
from affect_perception.io.markdown import table

COMMAND = f"affect-perception evaluate scorecard --data {ROOT_NAME}"

# Clips in which the project promises that the face is followed in 99 % of the frames.
REQUIRED_CLIPS = ("yawdd", "lp_d0_", "lp_d3_", "lp_d13", "lp_d14", "clm_franck")

_INTRODUCTION = f"""\
# Scorecard

What the shipped models and settings reach on data with ground truth: plain figures, the poor ones
too, each with a simple method on the same data beside it. Written by

    {COMMAND}

Data sets are not part of this repository; `{ROOT_NAME}` is the folder that holds them
(docs/evaluation.md names their sources, formats and what each figure means). Detectors and mesh
were trained elsewhere by their authors (docs/models.md). The eye network was trained here on
parts of ut_multiview_eyes, eyes_open_closed, cew_closed_faces, helen_afw_landmarks, pointing04
and drivface, that for first pictures on fer2013, too; the expression network on the Training part
of fer2013; the model of blink sequences on rldd_blink_features; the networks of the voice and of
face and voice on ravdess_speech and ravdess_av; stress and load on wesad_wrist and stress_predict;
the weights of the R-peaks on part of mitbih_arrhythmia_subset. Figures "person left out", "people
apart", "not chosen on" or "not trained on" are of people or recordings that the model had not seen,
each section says what the rest is. The clips, eyeblink8_ear and blink_openness_120hz are
development data: limits of yawns, look-downs, closures and blinks were set while looking at them.
The adults' portraits
(utkface_adults) set the usual lid gap, the gains of the gaze and, with cew_closed_faces, the
points from which eyes count as closed; webcam_gaze_faces set gains of the eye network's gaze. The
rest is used to measure; a few vertices of the landmark mapping were chosen on the pictures named
in core/vision/ibug68.py.
Pictures of a data set are independent of each other: each is seen
by a face path without past; whether its eyes are shut is then decided by the network for first
pictures (models/cards/eye_first_look.md), which decides in no later picture of a drive.
Rates and shares are of 1; angles in degrees; intervals are 95 %,
drawn over persons. "-" means that nothing could be measured.
"""


_CLIP_COLUMNS = (
    ("frames", "frames"),
    ("tracked_share", "tracked"),
    ("same_face_share", "same face"),
    ("closed_share", "closed outside marks"),
)
_GROUP_COLUMNS = ("n", "detection", "judged", "false_closed", "landmarks", "fit_error")


def write_scorecard(
    root: Path,
    out: Path,
    tools: Tools,
    say: Callable[[str], None],
    *,
    workers: int = 1,
    folder: Path | None = None,
) -> list[str]:
    """Runs all tasks whose data lie under `root` and writes the page.

    Args:
        root: Folder that holds vision/...
        out: The page.
        tools: Networks and settings.
        say: Told of each evaluation.
        workers: Evaluations that run side by side, each in a process of its own.
        folder: Where results are kept; what lies there is taken instead of run.

    Returns:
        The evaluations done, as "task data".

    Raises:
        InputError: If `root` is no folder or holds none of the data sets.
    """
    if not root.is_dir():
        raise InputError(f"no such folder: {root}")
    shipped = load_manifest().models
    for task in TASKS.values():
        if task.network and task.network not in shipped:
            say(f"{task.name} is left out: no {task.network} is shipped")
    jobs = [
        Job(task, name)
        for task in TASKS.values()
        if not task.network or task.network in shipped
        for name in (task.folders or (BUILT_IN,))
        if not task.folders or (root / name).is_dir()
    ]
    if not any(job.task.folders for job in jobs):
        known = ", ".join(f for task in TASKS.values() for f in task.folders)
        raise InputError(f"{root} holds none of {known}")
    results = run_jobs(jobs, root, tools, workers, say, folder)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(page(results), encoding="utf-8")
    return [f"{r.task} {r.data}" for r in results]


def page(results: Sequence[Evaluation]) -> str:
    """The page of these evaluations."""
    parts = [_INTRODUCTION, _summary(results)]
    for result in results:
        parts.append(_LAYOUTS.get(result.task, _section)(result))
    return "\n".join(parts)


def _summary(results: Sequence[Evaluation]) -> str:
    found = {(r.task, r.data): r for r in results}
    titles = ["figure", "data", "value", "wanted", "simple method"]
    rows = []
    for line in SUMMARY:
        result = found.get((line.task, line.data))
        if result is None:
            continue
        value = with_required(result.metrics).get(line.metric, math.nan)
        simple = ""
        if line.baseline is not None:
            method, metric = line.baseline
            number = result.baselines.get(method, {}).get(metric, math.nan)
            simple = f"{text_of(number)} ({method.replace('_', ' ')})"
        rows.append([line.what, line.data, text_of(value), line.target, simple])
    return "## In short\n\n" + table(titles, rows) + "\n"


def with_required(metrics: Mapping[str, float]) -> Mapping[str, float]:
    """The metrics with the worst tracked share of the required clips, if there are clips."""
    shares = [
        value
        for name, value in metrics.items()
        if name.startswith(tuple(f"tracked_share_{clip}" for clip in REQUIRED_CLIPS))
    ]
    return {**metrics, "tracked_share_required": min(shares)} if shares else metrics


def _head(result: Evaluation) -> str:
    people = "people not named" if result.subjects is None else f"{result.subjects} persons"
    if result.subjects == 1:
        people = "one person"
    return (
        f"## {result.task}: {result.data}\n\n"
        f"    {result.command}\n\n"
        f"{result.n} {TASKS[result.task].things}, {people}, split: {result.split}. "
        f"Networks: {result.model}.\n\n" + "".join(f"- {note}\n" for note in result.notes)
    )


def _section(result: Evaluation) -> str:
    names = list(result.metrics)
    methods = list(result.baselines)
    extra = [m for values in result.baselines.values() for m in values if m not in names]
    titles = ["metric", TASKS[result.task].ours, *(m.replace("_", " ") for m in methods)]
    rows = []
    for name in [*names, *dict.fromkeys(extra)]:
        cells = [text_of(result.metrics[name]) if name in result.metrics else ""]
        cells += [
            text_of(result.baselines[m][name]) if name in result.baselines[m] else ""
            for m in methods
        ]
        rows.append([name, *cells])
    return _head(result) + "\n" + table(titles, rows) + "\n"


def _clips(result: Evaluation) -> str:
    """One line per clip, and the figures of marked events below."""
    clips = [n.removeprefix("frames_") for n in result.metrics if n.startswith("frames_")]
    titles = ["clip", *(title for _, title in _CLIP_COLUMNS), "marked events"]
    rows = []
    for clip in clips:
        values = {
            name.removesuffix(f"_{clip}"): value
            for name, value in result.metrics.items()
            if name.endswith(f"_{clip}")
        }
        cells = [text_of(values.pop(key, math.nan)) for key, _ in _CLIP_COLUMNS]
        events = "; ".join(f"{name} {text_of(value)}" for name, value in values.items())
        required = " *" if clip.startswith(REQUIRED_CLIPS) else ""
        rows.append([f"{clip}{required}", *cells, events])
    worst = with_required(result.metrics).get("tracked_share_required", math.nan)
    closing = (
        f"\nAll clips: tracked {text_of(result.metrics['tracked_share'])}; worst clip "
        f"{text_of(result.metrics['tracked_share_worst'])}; worst of the clips marked *, for which "
        f"at least 0.99 is wanted: {text_of(worst)}.\n"
    )
    return _head(result) + "\n" + table(titles, rows) + "\n" + closing


def _groups(result: Evaluation) -> str:
    """The figures of all and the gaps, and below one line per group."""
    groups = [n.removeprefix("n_") for n in result.metrics if n.startswith("n_")]
    of_groups = {
        name: {
            key.removesuffix(f"_{name}"): value
            for key, value in result.metrics.items()
            if key.endswith(f"_{name}")
        }
        for name in groups
    }
    known = {f"{key}_{name}" for name, values in of_groups.items() for key in values}
    rest = {key: value for key, value in result.metrics.items() if key not in known}
    titles = ["group", *_GROUP_COLUMNS]
    rows = []
    for name, values in of_groups.items():
        cells = [_with_interval(values, column) for column in _GROUP_COLUMNS]
        rows.append([name.replace("_", " "), *cells])
    return _section(replace(result, metrics=rest)) + "\n" + table(titles, rows) + "\n"


def _with_interval(values: Mapping[str, float], name: str) -> str:
    text = text_of(values.get(name, math.nan))
    low, high = (values.get(f"{name}_ci95_{end}", math.nan) for end in ("low", "high"))
    if math.isnan(low) or math.isnan(high):
        return text
    return f"{text} ({text_of(low)} to {text_of(high)})"


def text_of(value: float) -> str:
    """A number as the page shows it: counts plain, else about three figures."""
    if math.isnan(value):
        return "-"
    if math.isinf(value):
        return "never"
    size = abs(value)
    if value == 0.0 or (float(value).is_integer() and size >= 2.0):
        return str(int(value))
    decimals = 1 if size >= 10.0 else 2 if size >= 1.0 else 3 if size >= 0.1 else 4
    return f"{value:.{decimals}f}"


# How the page shows a task that is no plain list of figures.
_LAYOUTS: Mapping[str, Callable[[Evaluation], str]] = {"videos": _clips, "fairness": _groups}
