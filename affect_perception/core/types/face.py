"""What was seen of the driver in one picture: head, eyes, gaze, zone, and the whole of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from affect_perception.core.enums import AddwArea, Availability, GazeSource, Reason, TriState
from affect_perception.core.errors import InputError
from affect_perception.core.types.expression import ExpressionObservation
from affect_perception.core.types.inputs import RigidTransform
from affect_perception.core.types.pulse import PulseObservation

NAN = math.nan
MESH_POINTS = 478


@dataclass(frozen=True)
class ImageQuality:
    """How usable the driver region of a picture is.

    Attributes:
        brightness: Mean grey level, 0..1.
        contrast: Standard deviation of the grey level, 0..1.
        saturated: Share of pixels at the white end, 0..1.
        sharpness: Variance of the Laplacian of the face (or region) at a fixed scale; 0 is flat.
        reasons: What is wrong with it; empty if nothing.
    """

    brightness: float
    contrast: float
    saturated: float
    sharpness: float
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True)
class HeadPose:
    """Pose of the head frame (x out of the face, y to the person's left, z up).

    Attributes:
        in_camera: Head to camera optical frame.
        in_cabin: Head to cabin frame.
        yaw: Direction of the face in the cabin frame, rad, positive to the person's left.
        pitch: Elevation of the face in the cabin frame, rad, positive upwards.
        roll: Tilt in the cabin frame, rad, positive to the person's right shoulder.
        std: One sigma of (yaw, pitch, roll), rad.
        reprojection_error: Root mean square of the fit, as a share of the inter-eye distance.
    """

    in_camera: RigidTransform
    in_cabin: RigidTransform
    yaw: float
    pitch: float
    roll: float
    std: tuple[float, float, float]
    reprojection_error: float


@dataclass(frozen=True)
class EyeObservation:
    """One eye.

    Attributes:
        usable: False if turned away, covered, under glare, or too small; the rest is then NaN.
        reason: Why it is not usable.
        lid_gap: Distance of the lids over the iris diameter seen frontally (dimensionless; about
            0.4 to 0.85 open, below 0.15 closed), corrected for head pose.
        openness: `lid_gap` relative to the driver's own open eye: 1 open, 0 closed.
        openness_std: One sigma of `openness`.
        iris_px: Iris centre, px.
        iris_radius_px: Iris radius, px.
        quality: 0..1, falls with foreshortening, blur, glare and small size.
        closed_probability: Probability that the lids are shut, by the look of the eye alone; NaN if
            no network has looked.
    """

    usable: bool
    reason: str
    lid_gap: float
    openness: float
    openness_std: float
    iris_px: tuple[float, float]
    iris_radius_px: float
    quality: float
    closed_probability: float = NAN

    @classmethod
    def unusable(cls, reason: str) -> EyeObservation:
        """An eye of which nothing is known."""
        return cls(False, reason, NAN, NAN, NAN, (NAN, NAN), NAN, 0.0)


@dataclass(frozen=True)
class GazeObservation:
    """Direction of gaze in the cabin frame.

    Attributes:
        source: EYES, or HEAD when no eye is usable and the head direction stands in.
        origin: Midpoint between the eyes, cabin frame, m.
        direction: Unit vector, cabin frame.
        yaw: Rad, positive to the person's left.
        pitch: Rad, positive upwards.
        std: One sigma of (yaw, pitch), rad.
    """

    source: GazeSource
    origin: tuple[float, float, float]
    direction: tuple[float, float, float]
    yaw: float
    pitch: float
    std: tuple[float, float]


@dataclass(frozen=True)
class ZoneEstimate:
    """Where the gaze falls.

    Attributes:
        name: The most probable zone of the cabin file on the side of `on_road`, or "unknown".
        probability: Its probability, NaN if unknown.
        on_road: Whether that zone counts as looking at the road ahead.
        probabilities: All zones with their probability; sums to 1 unless unknown (empty).
        addw_area: Most probable area of (EU) 2023/2590.
    """

    name: str
    probability: float
    on_road: TriState
    probabilities: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    addw_area: AddwArea = AddwArea.UNKNOWN


ZONE_UNKNOWN = ZoneEstimate("unknown", NAN, TriState.UNKNOWN)


@dataclass(frozen=True)
class Calibration:
    """How far the driver's own baseline is known.

    Attributes:
        progress: 0..1, the least known of the three below; NaN without a driver.
        eyes: The driver's own open eyes.
        gaze: Where the driver looks when looking at the road ahead.
        head: How the driver holds the head then.
        driver_number: Rises when another driver is taken to have sat down and the baseline has
            started afresh; 0 before the first. It identifies nobody.
        gaze_offset: What has been taken from the gaze (yaw, pitch), rad; NaN without a driver. Not
            in the message.
        head_rest: Yaw, pitch, roll of the head while the driver looks ahead, rad; NaN while
            unknown. Not in the message.
    """

    progress: float = NAN
    eyes: float = NAN
    gaze: float = NAN
    head: float = NAN
    driver_number: int = 0
    gaze_offset: tuple[float, float] = (NAN, NAN)
    head_rest: tuple[float, float, float] = (NAN, NAN, NAN)


@dataclass(frozen=True)
class FaceObservation:
    """What was seen of the driver in one picture.

    Attributes:
        stamp_ns: Acquisition time of the picture.
        frame_id: Optical frame of the camera.
        availability: AVAILABLE if head and eyes are known, DEGRADED if only in part,
            UNAVAILABLE without a face.
        reasons: Why it is not fully available.
        image_size: (width, height), px.
        image_quality: Of the driver region.
        track_id: Number of the tracked face, rising with each new one; 0 without a face.
        faces: Number of faces seen at the last detection.
        detected: True if the detector ran in this picture.
        presence: Probability that the tracked region holds a face, NaN without one.
        box: (x, y, width, height) of the face, px; NaN without one.
        landmarks: (478, 3) x, y in px and z in the same scale, or None.
        head: Head pose, or None.
        left_eye: The person's left eye.
        right_eye: The person's right eye.
        mouth_opening: Inner lip distance over the mouth width seen frontally; NaN if unknown.
        gaze: Direction of gaze, or None.
        zone: Where the gaze falls.
        calibration: How far the driver's own baseline is known.
        expression: What the face shows; its availability is its own.
        pulse: What the colour of the skin shows; its availability is its own.
    """

    stamp_ns: int
    frame_id: str
    availability: Availability
    reasons: tuple[Reason, ...]
    image_size: tuple[int, int]
    image_quality: ImageQuality
    track_id: int = 0
    faces: int = 0
    detected: bool = False
    presence: float = NAN
    box: tuple[float, float, float, float] = (NAN, NAN, NAN, NAN)
    landmarks: npt.NDArray[np.float32] | None = None
    head: HeadPose | None = None
    left_eye: EyeObservation = field(default_factory=lambda: EyeObservation.unusable("no_face"))
    right_eye: EyeObservation = field(default_factory=lambda: EyeObservation.unusable("no_face"))
    mouth_opening: float = NAN
    gaze: GazeObservation | None = None
    zone: ZoneEstimate = ZONE_UNKNOWN
    calibration: Calibration = field(default_factory=Calibration)
    expression: ExpressionObservation = field(default_factory=ExpressionObservation)
    pulse: PulseObservation = field(default_factory=PulseObservation)

    def __post_init__(self) -> None:
        if self.landmarks is not None and self.landmarks.shape != (MESH_POINTS, 3):
            raise InputError(
                f"face landmarks need shape ({MESH_POINTS}, 3), got {self.landmarks.shape}"
            )
