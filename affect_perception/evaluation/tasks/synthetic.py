"""The synthetic driver against its own script: head, gaze, lids, delays.

The pipeline sees the frames as from a camera, with smoothing and learning as in a car, so the
figures hold the lag of the filters too.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from affect_perception.core.cabin import CabinGeometry
from affect_perception.core.enums import AlertReason, EyesState, GazeSource, Reason
from affect_perception.core.errors import InputError
from affect_perception.core.types import AttentionState
from affect_perception.evaluation import metrics
from affect_perception.evaluation.result import Evaluation
from affect_perception.evaluation.synthetic import calibration as synthetic_calibration
from affect_perception.evaluation.synthetic import zone_scores
from affect_perception.evaluation.synthetic.built_in_scenarios import (
    PITCH_RANGE_DEG,
    YAW_RANGE_DEG,
    built_in,
)
from affect_perception.evaluation.synthetic.portrait import load_portrait
from affect_perception.evaluation.tools import Request, Task, Tools
from affect_perception.io.cabin_file import load_cabin
from affect_perception.sim.scenario import Scenario
from affect_perception.sim.synthetic_driver import SyntheticDriver
from affect_perception.sim.truth import DriverTruth

Array = npt.NDArray[np.float64]
NAN = math.nan
AXES = ("yaw", "pitch", "roll")
# Smoothing and the learnt baseline need a moment before figures mean anything.
SETTLE_S = 1.0
_NOTE = (
    "One rendered face (the public-domain astronaut portrait); errors of head pose within +-35 "
    "degrees of yaw and +-20 of pitch, in the cabin frame, with the camera on the steering column. "
    "Correlations and delays against the script. Rendered pictures are easier than real ones."
)


@dataclass(frozen=True)
class SimFrame:
    """State and truth of one frame."""

    state: AttentionState
    truth: DriverTruth

    @property
    def time_s(self) -> float:
        """Stamp, s."""
        return self.truth.stamp_ns * 1e-9


Frames = Sequence[SimFrame]


def evaluate(request: Request, tools: Tools) -> Evaluation:
    """Runs the built-in scenarios, or those of a folder; see the module."""
    scenarios = _scenarios(request)
    runs = {
        name: run_scenario(scenarios[name], tools)
        for name in tools.track(tuple(scenarios), "synthetic driver")
    }
    values: dict[str, float] = {}
    baselines: dict[str, dict[str, float]] = {
        "always_ahead": {
            f"mae_deg_{axis}_{name}": metrics.mean_absolute(_truth(frames, axis))
            for name, frames in runs.items()
            if name.startswith("head")
            for axis in AXES[:2]
        }
    }
    notes = [_NOTE]
    for name, frames in runs.items():
        values |= score(name, frames)
        if name.startswith("zone"):
            values |= _zones(name, frames, scenarios[name], baselines, notes)
    frames_seen = sum(len(frames) for frames in runs.values())
    if not request.data.is_dir() and request.split in (None, synthetic_calibration.NAME):
        calibration = synthetic_calibration.run_calibration(tools)
        values |= calibration.metrics
        baselines |= calibration.baselines
        frames_seen += calibration.frames
        notes.append(synthetic_calibration.NOTE)
    return request.result(
        "synthetic",
        n=frames_seen,
        subjects=1,
        metrics=values,
        baselines=baselines,
        model=tools.model,
        notes=notes,
        rows=[_record(name, frame) for name, frames in runs.items() for frame in frames],
    )


def run_scenario(scenario: Scenario, tools: Tools) -> tuple[SimFrame, ...]:
    """State and truth of every frame of a scenario, from a pipeline of its own."""
    cabin = _cabin(scenario)
    targets = {zone.name: zone.centre for zone in cabin.zones}
    driver = SyntheticDriver(scenario, load_portrait(tools.networks), targets=targets)
    pipeline = tools.pipeline(cabin)
    return tuple(
        SimFrame(next(s for s in pipeline.step(frame) if isinstance(s, AttentionState)), truth)
        for frame, truth in driver.frames()
    )


def score(name: str, frames: Frames) -> dict[str, float]:
    """The figures of one scenario, each with its name as suffix."""
    settled = [f for f in frames if f.time_s >= SETTLE_S]
    parts = {
        "found_rate": metrics.share([_seen(f) for f in settled if f.truth.present]),
        **_head(settled),
    }
    if name.startswith("gaze"):
        parts |= _gaze(settled)
    if name.startswith("lid"):
        parts |= _lids(settled)
    parts |= _delays(frames)
    return {f"{key}_{name}": value for key, value in parts.items()}


def _head(frames: Frames) -> dict[str, float]:
    values = {}
    inside = [f for f in frames if f.truth.present and _in_range(f.truth)]
    known = [f for f in inside if f.state.face.head is not None]
    for axis in AXES:
        errors = metrics.wrapped_difference_deg(_estimate(known, axis), _truth(known, axis))
        values[f"mae_deg_{axis}"] = metrics.mean_absolute(errors)
        values[f"bias_deg_{axis}"] = float(np.mean(errors)) if errors.size else NAN
    for axis in AXES[:2]:
        values[f"head_gain_{axis}"] = metrics.slope(_truth(known, axis), _estimate(known, axis))
    values["mae_deg"] = float(np.mean([values["mae_deg_yaw"], values["mae_deg_pitch"]]))
    values["pose_rate"] = len(known) / len(inside) if inside else NAN
    return values


def _gaze(frames: Frames) -> dict[str, float]:
    known = [f for f in frames if _gaze_from_eyes(f) and not f.truth.blink]
    open_eyes = [f for f in frames if f.truth.present and not f.truth.blink]
    pairs = {axis: (_gaze_estimate(known, axis), _gaze_truth(known, axis)) for axis in AXES[:2]}
    values = {"gaze_rate": len(known) / len(open_eyes) if open_eyes else NAN}
    for axis, (estimate, truth) in pairs.items():
        values[f"corr_{axis}"] = metrics.correlation(estimate, truth)
        values[f"gain_{axis}"] = metrics.slope(truth, estimate)
    a, b = (np.stack([pairs[axis][i] for axis in AXES[:2]], axis=1) for i in (0, 1))
    values["mean_angular_error_uncalibrated_deg"] = _angular_error(a, b)
    # Less one constant, as a driver's own baseline would give.
    values["mean_angular_error_deg"] = _angular_error(a - (a - b).mean(axis=0), b)
    return values


def _angular_error(a: Array, b: Array) -> float:
    directions = (metrics.direction(v[:, 0], v[:, 1]) for v in (a, b))
    return metrics.mean_absolute(metrics.angular_error_deg(*directions))


def _lids(frames: Frames) -> dict[str, float]:
    values = {}
    for side in ("right", "left"):
        estimate = np.array([getattr(f.state.face, f"{side}_eye").openness for f in frames])
        truth = np.array([getattr(f.truth, f"lid_opening_{side}") for f in frames])
        known = np.isfinite(estimate)
        values[f"corr_lid_{side}"] = metrics.correlation(estimate, truth)
        values[f"mae_lid_{side}"] = metrics.mean_absolute(estimate[known] - truth[known])
        values[f"lid_rate_{side}"] = metrics.share(known)
    values["corr_lid"] = (values["corr_lid_right"] + values["corr_lid_left"]) / 2.0
    return values


def _zones(
    name: str,
    frames: Frames,
    scenario: Scenario,
    baselines: dict[str, dict[str, float]],
    notes: list[str],
) -> dict[str, float]:
    """Figures of the gaze zones; adds those of the simpler methods and a note."""
    cabin = _cabin(scenario)
    pairs = ((f.state.face, f.truth) for f in frames if f.time_s >= SETTLE_S)
    found = zone_scores.looks(pairs, cabin)
    for method in zone_scores.METHODS:
        simple = zone_scores.zone_metrics(found, cabin, method)
        baselines.setdefault(method, {}).update({f"{k}_{name}": v for k, v in simple.items()})
    notes.append(
        f"{name}: one look of 1.3 s at every zone of {cabin.name} and the road in between, "
        f"{len(found)} pictures in which the gaze has rested for {zone_scores.REST_S:g} s. The "
        "densities of glances were chosen on it: development data. Taken for others: "
        f"{zone_scores.confusion_text(found)}."
    )
    parts = zone_scores.zone_metrics(found, cabin)
    parts |= {f"recall_{zone}": value for zone, value in zone_scores.zone_recalls(found).items()}
    return {f"{key}_{name}": value for key, value in parts.items()}


def _delays(frames: Frames) -> dict[str, float]:
    """From the first frame in which something is true to the first in which the state says so."""
    values = {}
    closed = _delays_of(frames, _truly_shut, lambda s: s.eyes_state is EyesState.CLOSED)
    if closed:
        values["delay_s_eyes_closed"] = float(np.mean(closed))
        alarm = _delays_of(frames, _truly_shut, lambda s: AlertReason.MICROSLEEP in s.alert_reasons)
        values["delay_s_microsleep_alert"] = float(np.mean(alarm))
    gone = _delays_of(frames, _truly_gone, lambda s: Reason.NO_FACE in s.degradation_reasons)
    if gone:
        values["delay_s_no_face"] = float(np.mean(gone))
        values["closed_frames_while_nobody"] = sum(
            f.state.eyes_state is EyesState.CLOSED for f in frames if not f.truth.present
        )
    return values


def _delays_of(
    frames: Frames,
    true: Callable[[DriverTruth], bool],
    said: Callable[[AttentionState], bool],
) -> list[float]:
    """One delay per stretch that is true for at least half a second; infinite if never said."""
    delays = []
    for holds, group in itertools.groupby(frames, key=lambda f: true(f.truth)):
        stretch = list(group)
        start = stretch[0].time_s
        if not holds or stretch[-1].time_s - start < 0.5:
            continue
        first = next((f for f in stretch if said(f.state)), None)
        delays.append(first.time_s - start if first is not None else math.inf)
    return delays


def _truly_shut(truth: DriverTruth) -> bool:
    return truth.eyes_closed


def _truly_gone(truth: DriverTruth) -> bool:
    return not truth.present


def _scenarios(request: Request) -> Mapping[str, Scenario]:
    if not request.data.is_dir():
        if request.data.suffix or request.data.is_absolute():
            raise InputError(f"no such folder of scenarios: {request.data}")
        scenarios = built_in()
        if request.split == synthetic_calibration.NAME:
            return {}
    else:
        paths = sorted([*request.data.glob("*.yaml"), *request.data.glob("*.yml")])
        if not paths:
            raise InputError(f"no scenario (*.yaml) in {request.data}")
        scenarios = {path.stem: Scenario.load(path) for path in paths}
    if request.split is None:
        return scenarios
    if request.split not in scenarios:
        raise InputError(f"no scenario '{request.split}'; there are {', '.join(scenarios)}")
    return {request.split: scenarios[request.split]}


def _cabin(scenario: Scenario) -> CabinGeometry:
    name = "sedan_lhd" if scenario.driver_side == "left" else "sedan_rhd"
    camera = scenario.camera.camera().optical_from_cabin.inverse()
    return replace(load_cabin(name), camera=camera)


def _in_range(truth: DriverTruth) -> bool:
    yaw, pitch = math.degrees(truth.head_yaw), math.degrees(truth.head_pitch)
    return abs(yaw) <= YAW_RANGE_DEG + 1.0 and abs(pitch) <= PITCH_RANGE_DEG + 1.0


def _seen(frame: SimFrame) -> bool:
    return frame.state.face.landmarks is not None


def _gaze_from_eyes(frame: SimFrame) -> bool:
    gaze = frame.state.face.gaze
    return frame.truth.present and gaze is not None and gaze.source is GazeSource.EYES


def _truth(frames: Frames, axis: str) -> Array:
    values = [math.degrees(getattr(f.truth, f"head_{axis}")) for f in frames if f.truth.present]
    return np.array(values, dtype=np.float64)


def _estimate(frames: Frames, axis: str) -> Array:
    return np.array([math.degrees(getattr(f.state.face.head, axis)) for f in frames])


def _gaze_estimate(frames: Frames, axis: str) -> Array:
    return np.array([math.degrees(getattr(f.state.face.gaze, axis)) for f in frames])


def _gaze_truth(frames: Frames, axis: str) -> Array:
    return np.array([math.degrees(getattr(f.truth, f"gaze_{axis}")) for f in frames])


def _record(name: str, frame: SimFrame) -> dict[str, object]:
    face, truth = frame.state.face, frame.truth
    record: dict[str, object] = {"scenario": name, "time_s": round(frame.time_s, 4)}
    record |= {"present": int(truth.present), "seen": int(_seen(frame))}
    record |= {"target": truth.gaze_target, "zone": face.zone.name}
    for axis in AXES:
        record[f"{axis}_truth"] = round(math.degrees(getattr(truth, f"head_{axis}")), 2)
        value = getattr(face.head, axis) if face.head is not None else NAN
        record[f"{axis}_estimate"] = round(math.degrees(value), 2)
    for axis in AXES[:2]:
        record[f"gaze_{axis}_truth"] = round(math.degrees(getattr(truth, f"gaze_{axis}")), 2)
        value = getattr(face.gaze, axis) if _gaze_from_eyes(frame) else NAN
        record[f"gaze_{axis}_estimate"] = round(math.degrees(value), 2)
    for side in ("right", "left"):
        record[f"lid_{side}_truth"] = round(getattr(truth, f"lid_opening_{side}"), 3)
        record[f"lid_{side}_estimate"] = round(getattr(face, f"{side}_eye").openness, 3)
    return record | {"eyes": frame.state.eyes_state.name}


TASK = Task(
    name="synthetic",
    summary="the synthetic driver against its own script",
    folders=(),
    run=evaluate,
    ours="whole chain",
)
