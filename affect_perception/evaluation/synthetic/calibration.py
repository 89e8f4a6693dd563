"""What the learned baseline is worth when the camera stands askew, or the driver's gaze is off.

The synthetic driver drives for three minutes with natural glances, and the face path looks once,
without learning. What it saw is then turned exactly as a camera that is turned against its cabin
file would show it (directions turned, the head moved about the camera), or as the gaze of a person
whose eyes are read some degrees off (the gaze turned, the head left). The baseline learns from
that, and the second half is scored: with what it learned; with the gaze corrected and the head left
where it seems to be; and without any learning.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from affect_perception.core.buffers import to_s
from affect_perception.core.cabin import CabinGeometry
from affect_perception.core.config import BaselineConfig
from affect_perception.core.driver_baseline.baseline import DriverBaseline
from affect_perception.core.driver_baseline.rotate import turn_to
from affect_perception.core.enums import GazeSource, Reason
from affect_perception.core.types import FaceObservation, RigidTransform
from affect_perception.core.vision.face_perception import FacePerception
from affect_perception.core.vision.geometry import direction_angles, roll_of
from affect_perception.core.vision.zones import locate
from affect_perception.evaluation.synthetic.portrait import load_portrait
from affect_perception.evaluation.synthetic.zone_scores import looks, zone_metrics
from affect_perception.evaluation.tools import Tools
from affect_perception.io.cabin_file import load_cabin
from affect_perception.sim.scenario import Scenario
from affect_perception.sim.synthetic_driver import SyntheticDriver
from affect_perception.sim.truth import DriverTruth

NAME = "calibration"
DURATION_S = 180.0
SCORED_FROM_S = 90.0
RATE_HZ = 5.0
Turn = tuple[float, float]
Degrees = tuple[int, int]
# Turns of the camera, and of a person's gaze: yaw (left) and pitch (up), degrees.
CAMERAS: tuple[Degrees, ...] = ((5, -4), (-4, 5), (5, 5), (-5, -5), (0, 8), (0, -8))
PERSONS: tuple[Degrees, ...] = ((4, -5), (-4, 5), (0, 7), (0, -7))
KEPT_METRICS = ("accuracy", "balanced_accuracy", "precision_on_road", "recall_on_road")


def _listed(turns: Sequence[Degrees]) -> str:
    return ", ".join(f"{yaw:+d}/{pitch:+d}" for yaw, pitch in turns)


NOTE = (
    "calibration: three minutes of driving with the camera turned against its cabin file "
    f"({_listed(CAMERAS)} degrees of yaw/pitch), or with a gaze that is read off "
    f"({_listed(PERSONS)}); means over these, from second {SCORED_FROM_S:g}. nothing_turned is "
    "the same drive without these turns, no_learning what the cabin file alone gives, gaze_only "
    "corrects the gaze and leaves the head."
)

_HEAD = f"""\
name: {NAME}
duration_s: {DURATION_S:g}
seed: 17
camera: {{rate_hz: {RATE_HZ:g}}}
behaviour: {{sway: 1.0, fixation_jitter_deg: 0.3, blink_rate_per_min: 14}}
targets: {{road: {{yaw_deg: 0.0, pitch_deg: -1.0}}}}
timeline:
"""
# Seconds on the road, then where the next glance goes, with the head (yaw, pitch) and how long.
_GLANCES = (
    (7.0, "mirror_interior", (-12, 3), 1.1),
    (6.0, "cluster", (0, -6), 0.9),
    (5.0, "mirror_driver_side", (20, -3), 1.2),
    (4.0, "infotainment", (-14, -8), 1.4),
)

Pair = tuple[FaceObservation, DriverTruth]


@dataclass(frozen=True)
class CalibrationRun:
    """Figures of the run; names end in `_calibration_camera` or `_calibration_person`.

    Attributes:
        metrics: With the learned baseline.
        baselines: `nothing_turned`, camera and gaze as they were seen, with learning: what can be
            reached if the turn is undone; `no_learning`; and `gaze_only`, the gaze corrected but
            the head left where it seems to be.
        frames: Pictures that were looked at.
    """

    metrics: dict[str, float]
    baselines: dict[str, dict[str, float]]
    frames: int


def scenario() -> Scenario:
    """Three minutes of attentive driving with glances at mirrors, instruments and radio."""
    road = "gaze: {target: road, scan_deg: 3.0}"
    lines, time = [f"  - {{at_s: 0.0, {road}}}\n"], 0.0
    for ahead, target, (yaw, pitch), duration in itertools.cycle(_GLANCES):
        time += ahead
        if time + duration >= DURATION_S:
            break
        head = f"head: {{yaw_deg: {yaw}, pitch_deg: {pitch}, over_s: 0.4}}"
        lines.append(f"  - {{at_s: {time:g}, {head}, gaze: {{target: {target}}}}}\n")
        time += duration
        head = "head: {yaw_deg: 0, pitch_deg: 0, over_s: 0.4}"
        lines.append(f"  - {{at_s: {time:g}, {head}, {road}}}\n")
    return Scenario.parse(_HEAD + "".join(lines), NAME)


def run_calibration(tools: Tools) -> CalibrationRun:
    """Renders and looks once, then learns and scores every turn; see the module."""
    script = scenario()
    cabin = replace(
        load_cabin("sedan_lhd"), camera=script.camera.camera().optical_from_cabin.inverse()
    )
    pairs = _look(script, cabin, tools)
    config = tools.config.baseline
    fixed = replace(config, road_ahead="fixed")
    none = ((0, 0),)
    return CalibrationRun(
        metrics=_all_turns(pairs, cabin, config),
        baselines={
            "nothing_turned": _untimed(_all_turns(pairs, cabin, config, none, none)),
            "no_learning": _untimed(_all_turns(pairs, cabin, fixed)),
            "gaze_only": _untimed(_all_turns(pairs, cabin, replace(config, mount_std_deg=0.0))),
        },
        frames=len(pairs),
    )


def _untimed(values: Mapping[str, float]) -> dict[str, float]:
    return {name: value for name, value in values.items() if not name.startswith("time_s")}


def _look(script: Scenario, cabin: CabinGeometry, tools: Tools) -> list[Pair]:
    targets = {zone.name: zone.centre for zone in cabin.zones}
    driver = SyntheticDriver(script, load_portrait(tools.networks), targets=targets)
    at_its_word = BaselineConfig(road_ahead="fixed")
    path = FacePerception(replace(tools.config, baseline=at_its_word), cabin, tools.networks)
    return [(path.step(frame), truth) for frame, truth in driver.frames()]


def _all_turns(
    pairs: Sequence[Pair],
    cabin: CabinGeometry,
    config: BaselineConfig,
    cameras: Sequence[Turn] = CAMERAS,
    persons: Sequence[Turn] = PERSONS,
) -> dict[str, float]:
    """Means over the turns of camera and person, and the worst balanced accuracy."""
    values: dict[str, float] = {}
    for kind, turns in (("camera", cameras), ("person", persons)):
        parts = []
        for turn in turns:
            camera, person = (turn, (0.0, 0.0)) if kind == "camera" else ((0.0, 0.0), turn)
            parts.append(_score(_drive(pairs, cabin, config, camera, person), cabin))
        for name in parts[0]:
            found = [part[name] for part in parts]
            values[f"{name}_{NAME}_{kind}"] = float(np.mean(found))
        worst = min(part["balanced_accuracy"] for part in parts)
        values[f"balanced_accuracy_worst_{NAME}_{kind}"] = worst
    return values


def _drive(
    pairs: Sequence[Pair],
    cabin: CabinGeometry,
    config: BaselineConfig,
    camera_deg: Turn,
    person_deg: Turn,
) -> list[Pair]:
    """The drive as the baseline would have it with a turned camera and a turned gaze."""
    place = cabin.camera.translation
    baseline = DriverBaseline(config, speed_timeout=2.0, camera=place)
    drive, last = [], pairs[0][0].stamp_ns
    for face, truth in pairs:
        seen = turned(face, place, camera_deg, person_deg)
        baseline.seen(face.stamp_ns, 1)
        gaze = seen.gaze
        if gaze is not None and seen.head is not None:
            elapsed, last = to_s(face.stamp_ns - last), face.stamp_ns
            shut = Reason.EYES_CLOSED in face.reasons
            baseline.learn(face.stamp_ns, gaze, seen.head, elapsed, shut=shut)
            gaze = baseline.correct(gaze)
        known = baseline.calibration(face.calibration.eyes)
        seen = replace(seen, gaze=gaze, zone=locate(gaze, cabin), calibration=known)
        drive.append((seen, truth))
    return drive


def turned(
    face: FaceObservation,
    camera: np.ndarray[tuple[int], np.dtype[np.float64]],
    camera_deg: Turn,
    person_deg: Turn,
) -> FaceObservation:
    """What the face path would see with a turned camera, and of a person with a turned gaze.

    Args:
        face: What it sees with the right ones.
        camera: Place of the camera, cabin frame, m.
        camera_deg: Turn of the camera (yaw, pitch) against the cabin file, degrees.
        person_deg: Turn of the gaze alone, degrees.
    """
    if face.gaze is None or face.head is None:
        return face
    turn, own = (turn_to(*np.radians(angles).tolist()) for angles in (camera_deg, person_deg))
    pose = face.head.in_cabin
    moved = RigidTransform(turn @ pose.rotation, turn @ (pose.translation - camera) + camera)
    if face.gaze.source is GazeSource.HEAD:
        own = np.eye(3)
    x, y, z = (turn @ own @ np.array(face.gaze.direction)).tolist()
    yaw, pitch = direction_angles((x, y, z))
    a, b, c = (turn @ (np.array(face.gaze.origin) - camera) + camera).tolist()
    gaze = replace(face.gaze, direction=(x, y, z), yaw=yaw, pitch=pitch, origin=(a, b, c))
    yaw, pitch = direction_angles(moved.rotation[:, 0])
    head = replace(face.head, in_cabin=moved, yaw=yaw, pitch=pitch, roll=roll_of(moved.rotation))
    return replace(face, gaze=gaze, head=head)


def _score(pairs: Sequence[Pair], cabin: CabinGeometry) -> Mapping[str, float]:
    """Bias of the gaze on the road and zones in the second half, and how long learning took."""
    late = [pair for pair in pairs if pair[1].stamp_ns >= round(SCORED_FROM_S * 1e9)]
    zones = zone_metrics(looks(late, cabin), cabin)
    known = [face.calibration for face, _ in pairs]
    return {
        "gaze_bias_deg": _bias(late),
        **{name: zones[name] for name in KEPT_METRICS},
        "time_s_first_offset": _when(pairs, [c.gaze_offset != (0.0, 0.0) for c in known]),
        "time_s_known": _when(pairs, [c.gaze >= 1.0 for c in known]),
    }


def _bias(pairs: Sequence[Pair]) -> float:
    """Length of the mean error of the gaze while the driver looks at the road, degrees."""
    errors = [
        (face.gaze.yaw - truth.gaze_yaw, face.gaze.pitch - truth.gaze_pitch)
        for face, truth in pairs
        if truth.gaze_target == "road"
        and not truth.blink
        and face.gaze is not None
        and face.gaze.source is GazeSource.EYES
    ]
    return math.degrees(math.hypot(*np.mean(errors, axis=0).tolist())) if errors else math.nan


def _when(pairs: Sequence[Pair], flags: Sequence[bool]) -> float:
    """Seconds until the first true flag; infinite if there is none."""
    if True not in flags:
        return math.inf
    return to_s(pairs[flags.index(True)][0].stamp_ns - pairs[0][0].stamp_ns)
