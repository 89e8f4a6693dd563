"""How many conformance cases of each policy profile pass, and how exact the warnings are."""

from __future__ import annotations

import numpy as np

from affect_perception.core.errors import InputError
from affect_perception.evaluation.conformance.cases import read_cases, shipped_cases
from affect_perception.evaluation.conformance.play import Result, play
from affect_perception.evaluation.result import Evaluation
from affect_perception.evaluation.tools import Request, Task, Tools
from affect_perception.io.cabin_file import load_cabin

RATES = (20.0, 30.0, 60.0)
_CABIN = "sedan_lhd"


def run(request: Request, tools: Tools) -> Evaluation:
    """Plays all cases at several rates; --data names a folder of cases of one's own."""
    cases = shipped_cases()
    if request.data.is_dir():
        cases = [case for path in sorted(request.data.glob("*.yaml")) for case in read_cases(path)]
        if not cases:
            raise InputError(f"no conformance cases (*.yaml) in {request.data}")
    cabin = load_cabin(_CABIN)
    plays = [(case, rate) for rate in RATES for case in cases]
    results = [play(case, cabin, rate) for case, rate in tools.track(plays, "conformance")]
    errors = np.abs(_errors(results))
    metrics = {"accuracy": float(np.mean([one.passed for one in results]))}
    for name in dict.fromkeys(case.profile for case in cases):
        own = [one.passed for one in results if one.case.profile == name]
        metrics[f"accuracy_{name}"] = float(np.mean(own))
    for rate in RATES:
        own = [one.passed for one in results if one.rate == rate]
        metrics[f"accuracy_{rate:g}_per_s"] = float(np.mean(own))
    metrics["worst_timing_error_s"] = float(errors.max()) if errors.size else float("nan")
    return request.result(
        "conformance",
        split="all",
        n=len(results),
        metrics=metrics,
        model="policy profiles, scripted observations",
        notes=_NOTES,
        rows=[_row(one) for one in results],
    )


_NOTES = (
    "Share of the cases of config/conformance in which every warning came within 0.05 s of the "
    f"scripted instant and nothing else was said, at {', '.join(f'{r:g}' for r in RATES)} pictures "
    "per second. docs/conformance.md has the cases one by one.",
    "Limits from secondary texts; none verified against the primary text.",
)


def _errors(results: list[Result]) -> np.ndarray:
    return np.array(
        [
            one.measured.at - one.expected.at
            for result in results
            for one in result.comparisons
            if one.expected is not None and one.measured is not None and not one.expected.latest
        ]
    )


def _row(one: Result) -> dict[str, object]:
    errors = _errors([one])
    return {
        "profile": one.case.profile,
        "rule": one.case.rule,
        "case": one.case.name,
        "rate": one.rate,
        "passed": one.passed,
        "worst_error_s": float(np.abs(errors).max()) if errors.size else "",
        "violations": "; ".join(one.violations),
    }


TASK = Task(
    name="conformance",
    summary="scripted drivers under the policy profiles (no data needed)",
    folders=(),
    run=run,
    things="cases",
    ours="alert path",
)
