"""Courses: a timeline as it was recorded, or its phases in another order.

The driver's baseline comes from what was before, so a model can read how long ago a recording
began instead of how the body is: in wesad_wrist the stress never comes first. Two courses show it:
the phases joined in random order, and the phases with a stressful one first, where the baseline is
wrong. Joined courses hold only windows that lie inside one phase; nobody lived through the seams.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from affect_perception.core.buffers import to_ns
from affect_perception.core.load.driver_normal import VIEWS, DriverNormal
from affect_perception.core.load.model import LARGEST
from affect_perception.core.load.tokens import LEARNED, STEP_S, Quantity
from affect_perception.evaluation.datasets.wrist_records import UNKNOWN
from affect_perception.evaluation.load.timeline import EXTRAS, OUTSIDE, Timeline

Float64Array = npt.NDArray[np.float64]

RECORDED, SHUFFLED, STRESS_FIRST = "recorded", "shuffled", "stress_first"
KINDS = (RECORDED, SHUFFLED, STRESS_FIRST)
REST_FIRST = "rest_first"
"""For sets whose recordings begin loaded: calm phases first, then the others, each as recorded."""
EXTRA_QUANTITIES = {
    "movement": Quantity("movement", "extra", "g", True, 0.003, 0.6, 0.0, 0.0),
    "temperature": Quantity("temperature", "extra", "degC", False, 0.0, 0.6, 0.0, 0.0),
    "temperature_slope": Quantity(
        "temperature_slope", "extra", "degC/min", False, 0.0, 0.12, 0.0, 0.0
    ),
}
"""Of `EXTRAS`; for the comparisons only."""


@dataclass(frozen=True)
class Course:
    """One person's labelled windows against the baseline of the course.

    Attributes:
        data_set: Of the recording.
        subject: Of the recording.
        kind: One of `KINDS`.
        views: (n, len(VIEWS) * quantities), view by view; NaN where unknown.
        known_s: (n, quantities) time that the baseline rests on.
        phases: (n,) name of the phase.
        stress: (n,) 1, 0 or UNKNOWN.
        load: (n,) 1, 0 or UNKNOWN.
    """

    data_set: str
    subject: str
    kind: str
    views: Float64Array
    known_s: Float64Array
    phases: npt.NDArray[np.str_]
    stress: npt.NDArray[np.int64]
    load: npt.NDArray[np.int64]

    @property
    def person(self) -> str:
        """Unique over data sets."""
        return f"{self.data_set}/{self.subject}"

    def labels(self, output: str) -> npt.NDArray[np.int64]:
        """Of one of `core.load.model.OUTPUTS`."""
        return self.stress if output == "stress" else self.load


def recorded(one: Timeline, extras: Sequence[str] = ()) -> Course:
    """The course as it was; windows between phases only move the baseline."""
    return _course(one, RECORDED, np.arange(len(one.phase)), extras)


def shuffled(one: Timeline, rng: np.random.Generator) -> Course:
    """The phases in random order, without pauses."""
    order = rng.permutation(len(one.record.phases)).tolist()
    return _course(one, SHUFFLED, _joined(one, order))


def stress_first(one: Timeline, rng: np.random.Generator) -> Course | None:
    """A stressful phase first, then the others in random order; None if there is no such phase."""
    phases = one.record.phases
    windows = {number for number in one.phase.tolist() if number != OUTSIDE}
    stressful = [i for i, p in enumerate(phases) if p.stress == 1 and i in windows]
    if not stressful:
        return None
    first = int(rng.choice(stressful))
    order = [i for i in rng.permutation(len(phases)).tolist() if i != first]
    return _course(one, STRESS_FIRST, _joined(one, [first, *order]))


def rest_first(one: Timeline) -> Course:
    """The calm phases first, so that there is a baseline, then the others."""
    phases = one.record.phases
    order = sorted(range(len(phases)), key=lambda number: phases[number].load)
    return _course(one, REST_FIRST, _joined(one, order))


def courses(timelines: Sequence[Timeline], kinds: Sequence[str], seed: int) -> list[Course]:
    """One course of each kind for each recording, drawn by a seed."""
    made: list[Course] = []
    for number, one in enumerate(timelines):
        rng = np.random.default_rng([seed, number])
        for kind in kinds:
            if kind == RECORDED:
                course: Course | None = recorded(one)
            else:
                course = shuffled(one, rng) if kind == SHUFFLED else stress_first(one, rng)
            if course is not None and len(course.stress):
                made.append(course)
    return made


def _joined(one: Timeline, order: Sequence[int]) -> npt.NDArray[np.int64]:
    parts = [np.flatnonzero(one.phase == number) for number in order]
    return np.concatenate(parts) if parts else np.zeros(0, np.int64)


def _course(
    one: Timeline, kind: str, at: npt.NDArray[np.int64], extras: Sequence[str] = ()
) -> Course:
    columns = [EXTRAS.index(name) for name in extras]
    learned = np.concatenate([one.learned, one.extras[:, columns]], axis=1)[at]
    quantities = (*LEARNED, *(EXTRA_QUANTITIES[name] for name in extras))
    stamps = one.stamps_ns[at] if kind == RECORDED else (np.arange(len(at)) + 1) * to_ns(STEP_S)
    normal = DriverNormal(quantities)
    seen = [normal.take(int(s), row) for s, row in zip(stamps, learned, strict=True)]
    inside = one.phase[at] != OUTSIDE
    numbers = one.phase[at][inside].tolist()
    phases = [one.record.phases[number] for number in numbers]
    width = len(VIEWS) * len(quantities)
    views = np.array([view.values.reshape(-1) for view in seen]).reshape(-1, width)[inside]
    known_s = np.array([view.known_s for view in seen]).reshape(-1, len(quantities))[inside]
    return Course(
        data_set=one.record.data_set,
        subject=one.record.subject,
        kind=kind,
        views=np.clip(views, -LARGEST, LARGEST),
        known_s=known_s,
        phases=np.array([phase.name for phase in phases], dtype=np.str_),
        stress=np.array([phase.stress for phase in phases], np.int64),
        load=np.array([phase.load for phase in phases], np.int64),
    )


def labelled(course: Course, output: str) -> npt.NDArray[np.bool_]:
    """Which windows have a label."""
    return course.labels(output) != UNKNOWN
