"""The fusion on scripted observations: every subset of sensors, and sensors that fail.

Observations come from `sim.observed.affect_streams`, not from pictures or sound: this measures
rates, gaps, uncertainty and what is said of faults, and nothing about how well a person is read.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np

from affect_perception.core.affect_classes import AFFECT_CLASSES
from affect_perception.core.config import FusionConfig
from affect_perception.core.enums import Modality
from affect_perception.core.fusion.fusion import AffectFusion
from affect_perception.core.types import MODALITIES, AffectState
from affect_perception.evaluation.fusion.drills import DRILLS, run_drill
from affect_perception.evaluation.result import Evaluation, Metrics
from affect_perception.evaluation.tools import Request, Task, Tools
from affect_perception.sim.observed.affect_streams import STORY, AffectDriver

SECONDS = 100.0
DRIVERS = 5
"""Scripted drivers with other errors each; figures are means over them."""


def run(request: Request, tools: Tools) -> Evaluation:  # noqa: ARG001
    """Fuses every subset of sensors, and lets each sensor fail in every way."""
    rows = measure_subsets()
    found = {str(row["sensors"]): row for row in rows}
    metrics = {
        f"{name}_{sensors.replace('+', '_')}": row[name]
        for sensors, row in found.items()
        for name in _FIGURES
    }
    metrics["more_sensors_surer"] = _ordered(rows)
    drills = [run_drill(drill, modality) for drill in DRILLS for modality in MODALITIES]
    for drill in drills:
        name = f"{drill['sensor']}_{drill['fault']}"
        metrics[f"named_after_s_{name}"] = drill["named_after_s"]
        metrics[f"recovered_after_s_{name}"] = drill["recovered_after_s"]
    metrics["longest_gap_s_drills"] = max(drill["longest_gap_s"] for drill in drills)
    return request.result(
        "fusion",
        n=len(rows) * DRIVERS + len(drills),
        metrics=metrics,
        model="core.fusion, precision_weighted (no network)",
        notes=_NOTES,
        rows=[*rows, *drills],
    )


_FIGURES = (
    "rate_hz",
    "longest_gap_s",
    "valence_std",
    "arousal_std",
    "heart_rate_std",
    "entropy",
    "accuracy",
)
_TIMED = ("ms_per_state",)
"""In the rows alone: it differs from run to run."""
_NOTES = (
    "Scripted observations with made-up errors, five drivers of 100 s: rates, gaps, uncertainty "
    "and reasons are measured, not how well anybody is read.",
    "rate_hz and longest_gap_s by the stamps of the states; *_std: mean stated one sigma; entropy: "
    "mean of the classes; accuracy: share of the states whose top class is what the face shows "
    "(0 for the body alone, which tells no class).",
    "more_sensors_surer: 1 if every subset is surer of valence and arousal than each of its parts.",
    "named_after_s: from the fault to the reason in the state; recovered_after_s: from its end to "
    "the first state in which the sensor counts fully again.",
)


_SUBSETS = tuple(part for size in (1, 2, 3) for part in combinations(MODALITIES, size))


def measure_subsets() -> list[dict[str, Any]]:
    """Figures of every subset of sensors; `sensors` names it."""
    return [_subset(part) for part in _SUBSETS]


def _subset(part: Sequence[Modality]) -> dict[str, Any]:
    each = [_figures(part, seed) for seed in range(DRIVERS)]
    means = {name: float(np.mean([one[name] for one in each])) for name in (*_FIGURES, *_TIMED)}
    means["longest_gap_s"] = max(one["longest_gap_s"] for one in each)
    return {"sensors": "+".join(m.word for m in part), **means}


def _figures(part: Sequence[Modality], seed: int) -> Metrics:
    driver = AffectDriver(STORY, seed)
    fusion, states = AffectFusion(FusionConfig()), list[AffectState]()
    events = driver.events(part, SECONDS)
    began = time.perf_counter()
    for event in events:
        states += fusion.silence(event.stamp_ns)
        state = fusion.step(event)
        states += [state] if state is not None else []
    elapsed = time.perf_counter() - began
    gaps = np.diff([state.stamp_ns for state in states]) / 1e9
    said = [
        int(np.nanargmax(state.probabilities)) if np.isfinite(state.probabilities).any() else -1
        for state in states
    ]
    shown = [AFFECT_CLASSES.index(driver.mood(state.stamp_ns).shown) for state in states]
    found = {
        name: _mean([getattr(state, name) for state in states])
        for name in ("valence_std", "arousal_std", "heart_rate_std", "entropy")
    }
    return {
        "rate_hz": float(1.0 / gaps.mean()),
        "longest_gap_s": float(gaps.max()),
        **found,
        "accuracy": float(np.mean(np.array(said) == np.array(shown))),
        "ms_per_state": 1e3 * elapsed / len(states),
    }


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if np.isfinite(value)]
    return float(np.mean(known)) if known else float("nan")


def _ordered(rows: Sequence[dict[str, Any]]) -> float:
    """1 if every subset is surer of valence and arousal than each smaller one within it."""
    pairs = [
        (one, other)
        for one, small in zip(rows, _SUBSETS, strict=True)
        for other, large in zip(rows, _SUBSETS, strict=True)
        if set(small) < set(large)
    ]
    return float(
        all(
            other[name] < one[name]
            for one, other in pairs
            for name in ("valence_std", "arousal_std")
        )
    )


TASK = Task(
    name="fusion",
    summary="affect states from every subset of sensors, and from sensors that fail",
    folders=(),
    run=run,
    things="runs",
    ours="fusion",
)
