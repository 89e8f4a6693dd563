"""Faults of body sensors one at a time, and what the pipeline says during and after each.

A sensor alone on a calm scripted body for a minute and a half, then the fault, then a minute more.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from affect_perception.core.config import PhysioPipelineConfig
from affect_perception.core.enums import Availability, BiosignalChannel
from affect_perception.core.network import PhysioNetworks
from affect_perception.core.physio.pipeline import PhysioPipeline
from affect_perception.core.types.physio import PhysioObservation
from affect_perception.sim.body.parts import SENSORS
from affect_perception.sim.body.script import BodyScript, body_of
from affect_perception.sim.body.sensors import BodySensors
from affect_perception.sim.scenario import Scenario

Array = npt.NDArray[np.float64]
BEGIN_S, LENGTH_S, AFTER_S = 90.0, 10.0, 60.0
"""Begin of the fault, its length, and time after it, s."""
STEADY_S = 5.0
"""A figure is back when it has been known and right for so long, s."""
_BELT_WINDOW_S = 30.0


@dataclass(frozen=True)
class Figure:
    """What is read from a sensor: name, unit, and how far off is still right."""

    name: str
    unit: str
    tolerance: float


HEART = Figure("heart rate", "per minute", 5.0)
LEVEL = Figure("skin level", "uS", 0.5)
BREATH = Figure("breathing", "per minute", 2.0)


@dataclass(frozen=True)
class Case:
    """One sensor and one fault.

    Attributes:
        name: For tables and metrics.
        sensor: The only one that is worn.
        fault: Rest of the scenario's entry; "" for a sensor that is wrong all the time.
        setup: Rest of the sensor's setup.
    """

    name: str
    sensor: str
    fault: str
    setup: str = ""

    @property
    def figure(self) -> Figure:
        """What is read from the sensor."""
        return {"eda": LEVEL, "respiration": BREATH}.get(self.sensor, HEART)


def _cases() -> tuple[Case, ...]:
    usual = {
        "lead_off": "kind: lead_off",
        "lead_off_untold": "kind: lead_off, told: false",
        "motion": "kind: motion",
        "saturation": "kind: saturation",
        "drift": "kind: drift",
        "gap": "kind: gap",
        "not_a_number": "kind: not_a_number",
    }
    only_ecg = {
        "mains_hum_50": "kind: mains_hum, frequency_hz: 50",
        "mains_hum_60": "kind: mains_hum, frequency_hz: 60",
        "reordered": "kind: reordered",
        "duplicated": "kind: duplicated",
        "clock_forward": "kind: clock_offset, offset_s: 3",
        "clock_back": "kind: clock_offset, offset_s: -8",
    }
    found = [Case(f"ecg_{name}", "ecg", fault) for name, fault in (usual | only_ecg).items()]
    found.append(Case("ecg_rate_2_percent", "ecg", "", "rate_error: 0.02"))
    found.append(Case("ecg_jitter_5_ms", "ecg", "", "jitter_s: 0.005"))
    found += [
        Case(f"{sensor}_{name}", sensor, fault)
        for sensor in ("ppg", "eda", "respiration")
        for name, fault in usual.items()
    ]
    return tuple(found)


CASES = _cases()


@dataclass(frozen=True)
class Answer:
    """What one run showed.

    Attributes:
        case: Its case.
        reasons: Reasons told in at least a tenth of the observations during the fault.
        known_share: Share of the observations during the fault in which the figure was known; NaN
            if there was none (in a gap nothing arrives; the node says NO_SIGNAL then).
        error: Mean absolute error of these; NaN if never known.
        unwarned_s: Time from the fault on in which the figure was wrong and the channel available
            without a word.
        wrong_s: Time from the fault on in which the figure was wrong, warned or not.
        back_s: Time from the end of the fault until the figure was known and right for good (five
            seconds); infinite if never.
    """

    case: Case
    reasons: tuple[str, ...]
    known_share: float
    error: float
    unwarned_s: float
    wrong_s: float
    back_s: float


def scenario_of(case: Case, seed: int) -> Scenario:
    """The scenario of a case."""
    sensors = [
        f"  {name}: {{{'' if name == case.sensor else 'rate_hz: 0'}"
        f"{case.setup if name == case.sensor else ''}}}"
        for name in SENSORS
    ]
    lasts = "" if "clock" in case.fault else f", duration_s: {LENGTH_S:g}"
    entry = f"{{at_s: {BEGIN_S:g}, sensor_fault: {{sensor: {case.sensor}, {case.fault}{lasts}}}}}"
    text = (
        f"duration_s: {BEGIN_S + LENGTH_S + AFTER_S:g}\nseed: {seed}\nbody:\n"
        + "\n".join(sensors)
        + (f"\ntimeline: [{entry}]" if case.fault else "")
    )
    return Scenario.parse(text, case.name)


def answer(case: Case, seed: int) -> Answer:
    """Plays a case through the pipeline."""
    body = body_of(scenario_of(case, seed))
    pipeline = PhysioPipeline(PhysioPipelineConfig(), PhysioNetworks())
    seen: list[tuple[float, PhysioObservation]] = []
    for due, chunk in BodySensors(body).arrivals(0):
        seen += [(due / 1e9, observation) for observation in pipeline.step(chunk)]
    return _judge(case, body, seen)


def _judge(case: Case, body: BodyScript, seen: Sequence[tuple[float, PhysioObservation]]) -> Answer:
    channel = SENSORS[case.sensor]
    times = np.array([at for at, _ in seen])
    values = np.array([_value(case.figure, o) for _, o in seen])
    error = np.abs(values - np.array([_true(case.figure, body, float(t)) for t in times]))
    known = np.isfinite(values)
    wrong = known & (error > case.figure.tolerance)
    quiet = np.array([_without_a_word(o, channel) for _, o in seen])
    # A fault of the whole run is judged from the same time on: before that everything warms up.
    begin, end = BEGIN_S, BEGIN_S + LENGTH_S
    during = (times > begin) & (times <= end)
    later = times > begin
    step = np.diff(times, prepend=times[0]).clip(0.0, 1.0)
    told = [
        {r.value for r in o.channels[channel].reasons} for _, o in seen if channel in o.channels
    ]
    words = sorted(set().union(*told))
    fault = [row for row, hit in zip(told, during, strict=True) if hit]
    reasons = [w for w in words if fault and np.mean([w in row for row in fault]) >= 0.1]
    return Answer(
        case=case,
        reasons=tuple(reasons),
        known_share=float(known[during].mean()) if during.any() else math.nan,
        error=float(error[during & known].mean()) if (during & known).any() else math.nan,
        unwarned_s=float(step[later & wrong & quiet].sum()),
        wrong_s=float(step[later & wrong].sum()),
        back_s=_back(times, known & ~wrong, end) if case.fault else 0.0,
    )


def _value(figure: Figure, observation: PhysioObservation) -> float:
    if figure is HEART:
        return observation.heart.rate_bpm
    if figure is LEVEL:
        return observation.skin.tonic_us
    return observation.respiration.rate_bpm


def _true(figure: Figure, body: BodyScript, time: float) -> float:
    """What a perfect reader would say: of beats in the last 10 s, of breaths in the last 30 s."""
    if figure is HEART:
        return body.truth(time).counted_rate_bpm
    if figure is LEVEL:
        return float(body.tonic(time))
    breaths = np.diff(body.breath_phase([max(0.0, time - _BELT_WINDOW_S), time]))[0]
    return float(breaths) * 60.0 / min(_BELT_WINDOW_S, max(time, 1.0))


def _without_a_word(observation: PhysioObservation, channel: BiosignalChannel) -> bool:
    state = observation.channels.get(channel)
    return state is not None and state.availability == Availability.AVAILABLE and not state.reasons


def _back(times: Array, right: npt.NDArray[np.bool_], end: float) -> float:
    """Seconds from `end` to the first time from which on it was right for `STEADY_S`."""
    for at in times[(times >= end) & right]:
        window = (times >= at) & (times <= at + STEADY_S)
        if right[window].all():
            return float(at - end)
    return math.inf
