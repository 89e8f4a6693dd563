"""The synthetic driver: camera frames with ground truth, from scenario, portrait and seed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from affect_perception.core.types import CameraFrame, RigidTransform
from affect_perception.sim import landmarks as lm
from affect_perception.sim.behaviour import DriverScript, Moving
from affect_perception.sim.body.script import BodyScript
from affect_perception.sim.cabin_scene import Torso, draw_cabin
from affect_perception.sim.deform import Expression
from affect_perception.sim.geometry import Camera, direction_angles, head_rotation
from affect_perception.sim.head_model import build_head
from affect_perception.sim.head_renderer import DrawnHead, HeadRenderer, HeadState
from affect_perception.sim.portrait import Portrait
from affect_perception.sim.props import draw_eyewear, draw_hand
from affect_perception.sim.scenario import Scenario
from affect_perception.sim.second_person import other_head
from affect_perception.sim.sensor import Sensor
from affect_perception.sim.skin_pulse import PULSE_DELAY_S, SkinPulse
from affect_perception.sim.truth import DriverTruth, TruthEvent

Array = npt.NDArray[np.float64]
Bytes = npt.NDArray[np.uint8]

NECK_BASE_M = np.array([-0.095, 0.0, -0.160])
"""Where the neck meets the collar while the head is in its nominal place."""
BODY_FOLLOWS = np.array([0.6, 0.75, 0.5])
"""Share of the head's shift that the shoulders make along."""
AWAY_M = np.array([-0.05, 1.1, 0.05])
"""Where the head goes when the driver leaves through the door (driver on the left)."""
NO_TARGETS: Mapping[str, tuple[float, float, float]] = MappingProxyType({})


class SyntheticDriver:
    """Renders a scenario.

    Two objects made from equal arguments give identical bytes. `render` is a pure function of
    time; what is kept between calls (background, shoulders, noise tile) only saves time.
    """

    def __init__(
        self,
        scenario: Scenario,
        portrait: Portrait,
        camera: Camera | None = None,
        seed: int | None = None,
        targets: Mapping[str, tuple[float, float, float]] = NO_TARGETS,
        start_ns: int = 0,
    ) -> None:
        """Draws the cabin and, the first time with this portrait, builds the head: about a second.

        Args:
            scenario: What happens.
            portrait: Whose face.
            camera: Another camera than the scenario's.
            seed: Another seed than the scenario's.
            targets: Named points to look at (cabin frame, m), for instance the centres of the
                gaze zones of a cabin file.
            start_ns: Stamp of time 0.

        Raises:
            ConfigError: If the scenario names a gaze target that is not known.
            InputError: If the portrait cannot be used.
        """
        self.scenario = scenario
        self.camera = camera if camera is not None else scenario.camera.camera()
        self.seed = scenario.seed if seed is None else seed
        self.start_ns = start_ns
        self._pulse = _skin_pulse(scenario, self.seed)
        self._script = DriverScript(scenario, self.seed, targets)
        k = self.camera.intrinsics
        self._background = draw_cabin(self.camera, scenario.driver_side)
        model = build_head(portrait)
        self._model = model
        self._head = HeadRenderer(model)
        belt = scenario.driver_side
        self._torso = Torso(self.camera, (84, 96, 122), belt)
        self._sensor = Sensor(k.width, k.height, self.seed)
        self._side = 1.0 if scenario.driver_side == "left" else -1.0
        self._other: tuple[HeadRenderer, Torso] | None = None
        if scenario.timeline.second:
            self._other = (
                HeadRenderer(other_head(model)),
                Torso(self.camera, (112, 74, 70), "none"),
            )

    @property
    def events(self) -> list[TruthEvent]:
        """Everything that lasts (labelled stretches, blinks, yawns, ...), by start."""
        return [
            TruthEvent(e.kind, e.start_ns + self.start_ns, e.end_ns + self.start_ns, e.label)
            for e in self._script.events()
        ]

    def stamps(self) -> list[int]:
        """Stamps of all frames, ns, rising; lost frames are left out."""
        setup = self.scenario.camera
        rng = np.random.default_rng([self.seed, 0xF0])
        count = math.ceil(self.scenario.duration_s * setup.rate_hz - 1e-9)
        period = 1.0 / setup.rate_hz
        shift = rng.standard_normal(count).clip(-2.0, 2.0) * setup.jitter_s
        lost = rng.random(count) < setup.drop_probability
        stamps: list[int] = []
        for index in range(count):
            time = index * period + float(shift[index])
            gone = any(m.at <= time < m.at + m.duration for m in self._script.drops)
            stamp = self.start_ns + round(max(time, 0.0) * 1e9)
            if not gone and not lost[index] and (not stamps or stamp > stamps[-1]):
                stamps.append(stamp)
        return stamps

    def frames(self) -> Iterator[tuple[CameraFrame, DriverTruth]]:
        """All frames with their truth, in stamp order."""
        for stamp in self.stamps():
            yield self._render(stamp)

    def render(self, time: float) -> tuple[CameraFrame, DriverTruth]:
        """The frame and truth at a time in seconds since the start of the scenario."""
        return self._render(self.start_ns + round(time * 1e9))

    def _render(self, stamp_ns: int) -> tuple[CameraFrame, DriverTruth]:
        state = self._script.at((stamp_ns - self.start_ns) * 1e-9)
        picture = self._background.copy()
        second = self._draw_second(picture, state)
        drawn, pose = self._draw_driver(picture, state, (stamp_ns - self.start_ns) * 1e-9)
        delivered = self._sensor.expose(
            picture,
            stamp_ns,
            level=float(state.light[0]),
            noise=float(state.sensor[0]),
            blur_px=float(state.sensor[1]) * self.camera.intrinsics.height / 480.0,
            cover=float(state.sensor[2]),
            infrared=state.infrared,
        )
        frame = CameraFrame(stamp_ns, delivered, self.camera.frame_id, self.camera.intrinsics)
        return frame, self._truth(stamp_ns, state, drawn, pose, second)

    def _draw_driver(
        self, picture: Bytes, state: Moving, time: float
    ) -> tuple[DrawnHead | None, RigidTransform]:
        leaving = AWAY_M * np.array([1.0, self._side, 1.0]) * state.away
        place = state.head[3:6] + leaving
        pose = RigidTransform(head_rotation(*state.head[:3]), place)
        if state.away >= 1.0:
            return None, pose
        body = state.head[3:6] * BODY_FOLLOWS + leaving
        self._torso.draw(picture, body)
        expression = Expression(state.lids, (0.0, 0.0), state.mouth, state.smile)
        head = HeadState(
            pose, state.gaze_point, expression, float(state.light[1]), NECK_BASE_M + body,
            state.infrared, None if self._pulse is None else self._pulse.gain(time),
        )  # fmt: skip
        drawn = self._head.draw(picture, self.camera, head)
        if drawn.raster is not None:
            kind, reflection = state.eyewear
            if kind != "none":
                draw_eyewear(picture, self.camera, pose, self._model, kind, reflection)
            place_of_hand, up = state.hand
            if place_of_hand != "none":
                draw_hand(picture, self.camera, pose, self._model.skin, place_of_hand, up)
        return drawn, pose

    def _draw_second(
        self, picture: Bytes, state: Moving
    ) -> tuple[float, float, float, float] | None:
        """Draws the other person, who comes up from below; returns the box of the face, px."""
        shown, place, yaw = float(state.second[0]), state.second[1:4], float(state.second[4])
        if self._other is None or shown <= 0.0:
            return None
        place = place + np.array([0.0, 0.0, -0.7 * (1.0 - shown)])
        renderer, torso = self._other
        torso.draw(picture, place)
        pose = RigidTransform(head_rotation(yaw, 0.0, 0.0), place)
        ahead = pose.apply(np.array([[2.0, 0.0, 0.0]]))[0]
        head = HeadState(
            pose, ahead, Expression(), float(state.light[1]), NECK_BASE_M + place, state.infrared
        )
        drawn = renderer.draw(picture, self.camera, head)
        if drawn.raster is None or self._share_inside(drawn.landmarks) < 0.5:
            return None
        low, high = drawn.landmarks.min(axis=0), drawn.landmarks.max(axis=0)
        return (float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1]))

    def _share_inside(self, points: Array) -> float:
        k = self.camera.intrinsics
        face = points[: lm.FACE_POINTS]
        inside = np.all((face >= 0.0) & (face < (k.width, k.height)), axis=1)
        return float(inside.mean())

    def _truth(
        self,
        stamp_ns: int,
        state: Moving,
        drawn: DrawnHead | None,
        pose: RigidTransform,
        second: tuple[float, float, float, float] | None,
    ) -> DriverTruth:
        common = {
            "illumination": float(state.light[0]),
            "infrared": state.infrared,
            "second_person": second is not None,
            "second_box": second if second is not None else (math.nan,) * 4,
            "label": state.label,
        }
        if drawn is None or drawn.raster is None or self._share_inside(drawn.landmarks) < 0.5:
            return DriverTruth(stamp_ns, False, **common)  # type: ignore[arg-type]
        yaw, pitch = direction_angles(drawn.eye_gaze.mean(axis=0))
        x, y, z = (float(v) for v in pose.translation)
        return DriverTruth(
            stamp_ns=stamp_ns,
            present=True,
            head_position=(x, y, z),
            head_yaw=float(state.head[0]),
            head_pitch=float(state.head[1]),
            head_roll=float(state.head[2]),
            gaze_yaw=yaw,
            gaze_pitch=pitch,
            gaze_target=state.gaze_target,
            lid_opening_right=state.lids[0],
            lid_opening_left=state.lids[1],
            blink=state.blink,
            eyes_closed=state.eyes_closed,
            yawn=state.yawn,
            talking=state.talking,
            mouth_opening=state.mouth,
            occlusion=state.hand[0] if state.hand[1] > 0.7 else "none",
            eyewear=state.eyewear[0],
            landmarks=drawn.landmarks,
            **common,  # type: ignore[arg-type]
        )


def _skin_pulse(scenario: Scenario, seed: int) -> SkinPulse | None:
    """The pulse of the driver's skin; None where the scenario has no body."""
    if scenario.body is None:
        return None
    body = BodyScript(scenario, seed)
    return SkinPulse(lambda time: float(body.pulse(time, PULSE_DELAY_S)), scenario.body.skin_pulse)
