"""Attentive driving as pictures through the whole face path, in chunks with their own light."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from affect_perception.core.cabin import CabinGeometry
from affect_perception.core.enums import GazeSource
from affect_perception.core.types import AttentionState, VehicleState
from affect_perception.evaluation import metrics
from affect_perception.evaluation.false_alerts.observed import Outcome, new_alerts
from affect_perception.evaluation.synthetic.portrait import load_portrait
from affect_perception.evaluation.tools import Tools
from affect_perception.sim.attentive_driver import plan_drive
from affect_perception.sim.attentive_scenario import LOOKS, scenario_of
from affect_perception.sim.synthetic_driver import SyntheticDriver
from affect_perception.sim.truth import DriverTruth

CHUNK_S = 120.0
_SPEED = 20.0
_SPEED_EVERY = 5
# The eyes must have rested for so long before an error of the gaze is one of sight, not of lag.
_REST_S = 0.3
NAN = math.nan


@dataclass(frozen=True)
class Sample:
    """Estimate less truth in one picture; angles in degrees, NaN if not seen.

    Attributes:
        chunk: Number of the chunk.
        time_s: Stamp.
        gaze_yaw: True gaze.
        gaze_pitch: True gaze.
        gaze_yaw_error: Of the eyes' gaze at rest.
        gaze_pitch_error: The same.
        gaze_std_yaw: What the vision states.
        gaze_std_pitch: The same.
        head_yaw_error: Of the head.
        head_pitch_error: The same.
        lid_error: Mean openness of the usable eyes less the true one.
        eyes_readable: The gaze comes from the eyes.
        face_found: A face was found.
    """

    chunk: int
    time_s: float
    gaze_yaw: float
    gaze_pitch: float
    gaze_yaw_error: float = NAN
    gaze_pitch_error: float = NAN
    gaze_std_yaw: float = NAN
    gaze_std_pitch: float = NAN
    head_yaw_error: float = NAN
    head_pitch_error: float = NAN
    lid_error: float = NAN
    eyes_readable: bool = False
    face_found: bool = False


def render_chunk(
    number: int, seed: int, seconds: float, tools: Tools, cabin: CabinGeometry
) -> tuple[Outcome, list[Sample]]:
    """One stretch of attentive driving, rendered and seen.

    Args:
        number: Which chunk; it chooses the light.
        seed: Of the driver.
        seconds: Length.
        tools: Networks and settings.
        cabin: Whose zones are looked at; the camera is that of the scenario.
    """
    targets = {zone.name: zone.centre for zone in cabin.zones}
    plan = plan_drive(seed, seconds, stops=False)
    scenario = scenario_of(plan, targets, LOOKS[number % len(LOOKS)], seed)
    camera = scenario.camera.camera().optical_from_cabin.inverse()
    pipeline = tools.pipeline(replace(cabin, camera=camera))
    driver = SyntheticDriver(scenario, load_portrait(tools.networks), targets=targets)
    samples: list[Sample] = []

    def states() -> Iterator[AttentionState]:
        rested = 0.0, (NAN, NAN)
        for index, (frame, truth) in enumerate(driver.frames()):
            if index % _SPEED_EVERY == 0:
                pipeline.step(VehicleState(frame.stamp_ns, _SPEED))
            outputs = pipeline.step(frame)
            state = next(o for o in outputs if isinstance(o, AttentionState))
            rested = _rest(rested, truth)
            still = truth.stamp_ns * 1e-9 - rested[0] >= _REST_S
            samples.append(_sample(number, state, truth, still=still))
            yield state

    said = tuple(new_alerts(states()))
    return Outcome(seconds, len(samples), said, ()), samples


def _rest(
    rested: tuple[float, tuple[float, float]], truth: DriverTruth
) -> tuple[float, tuple[float, float]]:
    """Since when the gaze rests, and where: it has moved if it is 3 degrees off."""
    since, place = rested
    now = (math.degrees(truth.gaze_yaw), math.degrees(truth.gaze_pitch))
    moved = not math.hypot(now[0] - place[0], now[1] - place[1]) <= 3.0
    return (truth.stamp_ns * 1e-9, now) if moved or truth.blink else (since, place)


def _sample(chunk: int, state: AttentionState, truth: DriverTruth, *, still: bool) -> Sample:
    face = state.face
    true = (math.degrees(truth.gaze_yaw), math.degrees(truth.gaze_pitch))
    values: dict[str, float] = {}
    gaze, head = face.gaze, face.head
    by_eyes = gaze is not None and gaze.source is GazeSource.EYES
    if gaze is not None and by_eyes and still:
        values["gaze_yaw_error"] = math.degrees(gaze.yaw) - true[0]
        values["gaze_pitch_error"] = math.degrees(gaze.pitch) - true[1]
        values["gaze_std_yaw"], values["gaze_std_pitch"] = (math.degrees(s) for s in gaze.std)
    if head is not None:
        values["head_yaw_error"] = math.degrees(head.yaw - truth.head_yaw)
        values["head_pitch_error"] = math.degrees(head.pitch - truth.head_pitch)
    opened = [e.openness for e in (face.left_eye, face.right_eye) if math.isfinite(e.openness)]
    if opened:
        true_lids = (truth.lid_opening_left + truth.lid_opening_right) / 2.0
        values["lid_error"] = float(np.mean(opened)) - true_lids
    return Sample(
        chunk,
        truth.stamp_ns * 1e-9,
        *true,
        **values,
        eyes_readable=by_eyes,
        face_found=face.landmarks is not None,
    )


def error_metrics(samples: Sequence[Sample]) -> dict[str, float]:
    """How far sight was off, in the terms of `sim.attentive_seen.SeeingErrors`."""
    if not samples:
        return {}
    values = {
        "rendered_face_found": metrics.share([s.face_found for s in samples]),
        "rendered_eyes_readable": metrics.share([s.eyes_readable for s in samples]),
    }
    for axis in ("yaw", "pitch"):
        truth, error = _pairs(samples, f"gaze_{axis}", f"gaze_{axis}_error")
        gain = metrics.slope(truth, truth + error)
        rest = error - (gain - 1.0) * truth
        values |= {
            f"rendered_gaze_gain_{axis}": gain,
            f"rendered_gaze_bias_deg_{axis}": float(np.mean(rest)) if rest.size else NAN,
            f"rendered_gaze_spread_deg_{axis}": float(np.std(rest)) if rest.size else NAN,
            f"rendered_gaze_noise_deg_{axis}": _step_noise(samples, f"gaze_{axis}_error"),
            f"rendered_gaze_std_deg_{axis}": _median(samples, f"gaze_std_{axis}"),
            f"rendered_head_noise_deg_{axis}": _step_noise(samples, f"head_{axis}_error"),
        }
    values["rendered_lid_bias"] = _median(samples, "lid_error")
    values["rendered_lid_noise"] = _step_noise(samples, "lid_error")
    return values


def _pairs(samples: Sequence[Sample], a: str, b: str) -> tuple[np.ndarray, np.ndarray]:
    found = [(getattr(s, a), getattr(s, b)) for s in samples if math.isfinite(getattr(s, b))]
    table = np.array(found, dtype=np.float64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def _step_noise(samples: Sequence[Sample], name: str) -> float:
    """Noise from picture to picture: by the median step, so that jumps do not count."""
    values = np.array([getattr(s, name) for s in samples])
    chunks = np.array([s.chunk for s in samples])
    steps = np.diff(values)[np.diff(chunks) == 0]
    known = steps[np.isfinite(steps)]
    # The median of |N(0, s)| is 0.6745 s, and a step holds two errors.
    return float(np.median(np.abs(known)) / 0.6745 / math.sqrt(2.0)) if known.size else NAN


def _median(samples: Sequence[Sample], name: str) -> float:
    known = [v for v in (getattr(s, name) for s in samples) if math.isfinite(v)]
    return float(np.median(known)) if known else NAN
