"""Cognitive load and stress from wrist recordings, with the shipped weights."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from affect_perception.core.load.driver_normal import VIEWS, DriverView
from affect_perception.core.load.model import OUTPUTS, SUBSETS, LoadModel
from affect_perception.core.load.tokens import CHANNELS, LEARNED
from affect_perception.evaluation.datasets.wrist_records import read_wrist_records
from affect_perception.evaluation.load.courses import (
    KINDS,
    RECORDED,
    REST_FIRST,
    Course,
    courses,
    labelled,
    rest_first,
)
from affect_perception.evaluation.load.scores import Judged, recall_of_phases, scores
from affect_perception.evaluation.load.simple import simple_methods
from affect_perception.evaluation.load.timeline import timeline
from affect_perception.evaluation.result import Evaluation
from affect_perception.evaluation.tools import Request, Task, Tools
from affect_perception.inference.loader import LOAD, load_network
from affect_perception.share import share_path

CROSS_VALIDATION = "models/load_stress_cross_validation.json"
SEED = 1
_BRIEF = ("balanced_accuracy", "auroc", "ece", "mean_std")


def run(request: Request, tools: Tools) -> Evaluation:
    """Judges every labelled window of the folder."""
    records, unlabelled = read_wrist_records(request.data, request.split)
    timelines = [timeline(record) for record in records]
    model = LoadModel(load_network(LOAD, tools.config.inference))
    played = courses(timelines, KINDS, SEED)
    played += [rest_first(one) for one in timelines if one.record.data_set == "cogwear"]
    metrics: dict[str, float] = {}
    for output in OUTPUTS:
        for kind in (*KINDS, REST_FIRST):
            for subset in SUBSETS:
                if kind != RECORDED and subset != CHANNELS:
                    continue
                own = [course for course in played if course.kind == kind]
                found = [judge(model, course, output, subset) for course in own]
                metrics |= _named(found, output, kind, subset)
    names = {record.data_set for record in records}
    for name in sorted(names):
        metrics |= _stored(name)
    lived = [course for course in played if course.kind == RECORDED]
    return request.result(
        "load",
        n=sum(int(labelled(course, "stress").sum()) for course in lived),
        subjects=len(records),
        metrics=metrics,
        baselines=_baselines(timelines),
        model=tools.model_named(LOAD),
        notes=_notes(unlabelled),
        rows=_rows(model, lived),
    )


def judge(model: LoadModel, course: Course, output: str, among: Sequence[str]) -> Judged:
    """What the run-time model says of the labelled windows of a course."""
    kept = np.flatnonzero(labelled(course, output)).tolist()
    said = np.full(len(kept), np.nan)
    for place, row in enumerate(kept):
        values = course.views[row].reshape(len(VIEWS), len(LEARNED))
        found = model.judge(DriverView(values, course.known_s[row]), tuple(among))
        if found is not None:
            said[place] = found.stress if output == "stress" else found.load
    states = course.labels(output)[kept].astype(np.float64)
    return Judged(course.person, said, states, course.phases[kept])


def _named(
    found: Sequence[Judged], output: str, kind: str, subset: tuple[str, ...]
) -> dict[str, float]:
    """Figures with the names of the output, the order and the channels behind them."""
    if not found:
        return {}
    ending = "" if output == "stress" else f"_{output}"
    plain = kind == RECORDED and subset == CHANNELS
    ending += "" if kind == RECORDED else f"_{kind}"
    ending += "" if subset == CHANNELS else f"_only_{'_'.join(subset)}"
    every = scores(found)
    named = {f"{k}{ending}": v for k, v in every.items() if plain or k in _BRIEF}
    if plain:
        recalls = recall_of_phases(found)
        named |= {f"recall{ending}_{k.replace(' ', '_')}": v for k, v in recalls.items()}
    return named


def _stored(data_set: str) -> dict[str, float]:
    """Figures of people apart, of the set that the folder's recordings belong to."""
    content = json.loads(share_path(CROSS_VALIDATION).read_text(encoding="utf-8"))
    found: dict[str, float] = {}
    for output in OUTPUTS:
        ending = "" if output == "stress" else f"_{output}"
        for kind, figures in content["both"][output].get(data_set, {}).get("all", {}).items():
            order = "" if kind == RECORDED else f"_{kind}"
            for name in _BRIEF:
                found[f"{name}{ending}{order}_cross_validated"] = _number(figures[name])
    one_set = content["within"].get(f"{data_set}, recorded order only", {})
    for subset, kinds in one_set.items():
        name = "" if subset == "all" else f"_only_{subset.replace('+', '_')}"
        figure = _number(kinds[RECORDED]["balanced_accuracy"])
        found[f"balanced_accuracy{name}_person_left_out"] = figure
    return found


def _number(value: float | None) -> float:
    return float("nan") if value is None else value


def _baselines(timelines: Sequence[Any]) -> dict[str, dict[str, float]]:
    chance = {"balanced_accuracy": 0.5, "auroc": 0.5}
    if len(timelines) < 2:
        return {"always the same": chance}
    return {**simple_methods(timelines), "always the same": chance}


def _notes(unlabelled: Sequence[str]) -> tuple[str, ...]:
    left = f" Without labels, left out: {', '.join(unlabelled)}." if unlabelled else ""
    return (
        "Windows of 60 s every 10 s that lie 5 s inside one condition; everything from the past "
        "only; no accelerometer. Plain names: stress, recorded order, all channels." + left,
        "The shipped weights were trained on the people of wesad_wrist and stress_predict: on "
        "those folders the plain figures are of training data, *_cross_validated are with people "
        "apart (both sets learned from), *_person_left_out from the other people of the same set "
        "alone (`affect-perception train load --cross-validate`). On other people the plain ones "
        "count.",
        "_shuffled: conditions joined in random order. _stress_first: a stressful one first, so "
        "that the driver's baseline is wrong. mean_std is the uncertainty that is reported there; "
        "auroc_std_finds_errors how well it tells wrong windows from right ones.",
        "ece: of the probability of the state, both states counting equally, as the output does; "
        "ece_as_recorded: of the windows as they are.",
    )


def _rows(model: LoadModel, lived: Sequence[Course]) -> list[dict[str, Any]]:
    rows = []
    for course in lived:
        found = judge(model, course, "stress", CHANNELS)
        for said, state, phase in zip(
            found.probabilities.tolist(), found.states.tolist(), found.phases.tolist(), strict=True
        ):
            rows.append(
                {"person": course.person, "phase": phase, "state": state, "stress": round(said, 4)}
            )
    return rows


TASK = Task(
    name="load",
    summary="cognitive load and stress from wrist recordings",
    folders=("physio/wesad_wrist", "physio/stress_predict", "physio/cogwear_stroop"),
    run=run,
    network="load_stress",
    things="windows",
    ours="load model",
    minutes=4.0,
)
