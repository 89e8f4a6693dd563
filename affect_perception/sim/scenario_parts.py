"""The parts a scenario is made of, once it has been read and checked."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from affect_perception.core.types import CameraIntrinsics
from affect_perception.sim.body.parts import ScriptedResponse, SensorFault
from affect_perception.sim.channels import Key
from affect_perception.sim.geometry import Camera, look_at
from affect_perception.sim.yaml_source import Source


@dataclass(frozen=True)
class CameraSetup:
    """Camera of a scenario. The default stands on the steering column and looks at the eyes.

    Attributes:
        width_px: Picture width.
        height_px: Picture height.
        horizontal_fov_deg: Horizontal field of view.
        position_m: Place in the cabin frame.
        look_at_m: Point in the middle of the picture, cabin frame.
        roll_deg: Rotation about the optical axis, clockwise.
        rate_hz: Frames per second.
        jitter_s: One sigma of the stamps around the even grid.
        drop_probability: Share of frames lost at random.
    """

    width_px: int = 640
    height_px: int = 480
    horizontal_fov_deg: float = 60.0
    position_m: tuple[float, ...] = (0.65, 0.0, -0.12)
    look_at_m: tuple[float, ...] = (0.0, 0.0, 0.0)
    roll_deg: float = 0.0
    rate_hz: float = 30.0
    jitter_s: float = 0.0
    drop_probability: float = 0.0

    def camera(self, width: int | None = None, height: int | None = None) -> Camera:
        """The camera, optionally with another picture size (same field of view)."""
        intrinsics = CameraIntrinsics.from_fov(
            width or self.width_px, height or self.height_px, math.radians(self.horizontal_fov_deg)
        )
        pose = look_at(
            np.array(self.position_m), np.array(self.look_at_m), math.radians(self.roll_deg)
        )
        return Camera(intrinsics, pose)


@dataclass(frozen=True)
class Behaviour:
    """What a living person does unasked.

    Attributes:
        sway: Head sway: 1 is about 2 mm and 0.5 degrees (one sigma), 0 a statue.
        fixation_jitter_deg: One sigma of small gaze shifts.
        blink_rate_per_min: Mean rate of unscripted blinks; 0 for none. Alert adults at rest blink
            about 15 to 20 times a minute, less when looking hard (Bentivoglio et al. 1997).
    """

    sway: float = 1.0
    fixation_jitter_deg: float = 0.25
    blink_rate_per_min: float = 14.0


@dataclass(frozen=True)
class GazeGoal:
    """Something to look at: a named target, a point, or a direction.

    Attributes:
        target: Name to be looked up; empty if point or direction are given.
        point: Cabin frame, m.
        yaw: Rad, cabin frame.
        pitch: Rad, cabin frame.
        scan_deg: One sigma of the glances around it, to the sides; a third of it up and down.
    """

    target: str = ""
    point: tuple[float, ...] | None = None
    yaw: float = 0.0
    pitch: float = 0.0
    scan_deg: float = 0.0


@dataclass(frozen=True)
class GazeKey:
    """From time `at` on look at `goal`; `over` is the duration, NaN for that of a saccade."""

    at: float
    over: float
    goal: GazeGoal
    source: Source


@dataclass(frozen=True)
class Moment:
    """A blink, yawn, spell of talking, or loss of frames: start and duration, s."""

    kind: str
    at: float
    duration: float
    strength: float = 1.0


@dataclass(frozen=True)
class Choice:
    """From time `at` on, a word holds (eyewear, hand, label); `over` is the time to get there."""

    at: float
    value: str
    over: float = 0.0
    amount: float = 1.0


@dataclass(frozen=True)
class Timeline:
    """Everything that happens, sorted by time."""

    head: list[Key]
    gaze: list[GazeKey]
    lids: list[Key]
    mouth: list[Key]
    away: list[Key]
    second: list[Key]
    light: list[Key]
    sensor: list[Key]
    infrared: list[Choice]
    labels: list[Choice]
    eyewear: list[Choice]
    hand: list[Choice]
    moments: list[Moment]
    body: list[Key]
    responses: list[ScriptedResponse]
    faults: list[SensorFault]
