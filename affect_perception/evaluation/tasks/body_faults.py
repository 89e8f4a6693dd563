"""The estimators of the body against the scripted body, one fault of a sensor after another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from affect_perception.evaluation.physio.fault_cases import (
    AFTER_S,
    BEGIN_S,
    CASES,
    LENGTH_S,
    Answer,
    Case,
    answer,
)
from affect_perception.evaluation.result import Evaluation
from affect_perception.evaluation.tools import Request, Task, Tools
from affect_perception.io.markdown import table

SEEDS = (1, 2, 3)
_Run = tuple[Case, int]
_NOTE = (
    f"Scripted signals: each case wears one sensor for {BEGIN_S + LENGTH_S + AFTER_S:g} s, with a "
    f"fault of {LENGTH_S:g} s at {BEGIN_S:g} s, {len(SEEDS)} seeds. unwarned_s: time in which the "
    "figure was wrong (heart rate by more than 5 per minute, skin level 0.5 uS, breathing 2 per "
    "minute) and the channel AVAILABLE without a reason; delay_s: time from the end of the fault "
    "until the figure was known and right for 5 s. Simulated signals are simpler than real ones."
)


_TITLES = (
    "sensor",
    "fault",
    "told during it",
    "known during it",
    "mean error",
    "wrong, s",
    "of it unwarned, s",
    "right again after, s",
)


def run(request: Request, tools: Tools) -> Evaluation:
    """Plays every case with every seed."""
    answers = all_answers(lambda runs: tools.track(runs, "body sensors"))
    metrics: dict[str, float] = {}
    for case in CASES:
        found = [a for a in answers if a.case is case]
        metrics[f"unwarned_s_{case.name}"] = max(a.unwarned_s for a in found)
        metrics[f"delay_s_{case.name}"] = max(a.back_s for a in found)
    return request.result(
        "body_faults",
        n=len(answers),
        metrics=metrics,
        model="core.physio (no network)",
        notes=(_NOTE,),
        rows=[_record(a) for a in answers],
    )


def all_answers(
    track: Callable[[Sequence[_Run]], Iterable[_Run]] = lambda runs: runs,
) -> list[Answer]:
    """Every case with every seed; `track` shows how far it is."""
    return [answer(case, seed) for case, seed in track([(c, s) for c in CASES for s in SEEDS])]


def _record(found: Answer) -> dict[str, object]:
    return {
        "case": found.case.name,
        "reasons": " ".join(found.reasons),
        "known_share": round(found.known_share, 3),
        "error": round(found.error, 2),
        "wrong_s": round(found.wrong_s, 1),
        "unwarned_s": round(found.unwarned_s, 1),
        "back_s": round(found.back_s, 1),
    }


def fault_table(answers: Sequence[Answer]) -> str:
    """The answers as a table in Markdown: one row per case, over its seeds."""
    rows = []
    for case in CASES:
        found = [a for a in answers if a.case is case]
        if not found:
            continue
        words = sorted({word for a in found for word in a.reasons})
        errors = [a.error for a in found if np.isfinite(a.error)]
        fault = case.name.removeprefix(f"{case.sensor}_").replace("_", " ")
        cells = [
            case.sensor,
            fault,
            ", ".join(f"`{word}`" for word in words) or "nothing",
            _share([a.known_share for a in found]),
            f"{np.mean(errors):.1f} {case.figure.unit}" if errors else "–",
            _worst([a.wrong_s for a in found]),
            _worst([a.unwarned_s for a in found]),
            _worst([a.back_s for a in found]) if case.fault else "whole run",
        ]
        rows.append(cells)
    return table(_TITLES, rows)


def _share(values: Sequence[float]) -> str:
    return "no observation" if np.isnan(values).all() else f"{100 * np.nanmean(values):.0f} %"


def _worst(values: Sequence[float]) -> str:
    worst = max(values)
    return "never" if np.isinf(worst) else f"{worst:.1f}"


TASK = Task(
    name="body_faults",
    summary="what is said of body signals while a sensor fails, on the scripted body",
    folders=(),
    run=run,
    things="runs",
    ours="body signals",
)
