"""The data that flows through the core: frozen, validated on construction, free of ROS.

Conventions (see docs/frames.md): stamps are integer nanoseconds of acquisition; lengths are
metres, angles radians; the `cabin` frame is REP-103 (x forward, y left, z up) with its origin at
the driver's ocular reference point; direction yaw is positive to the person's left, pitch positive
upwards; "left" eye is the person's own left; standard deviations are one sigma; what is not known
is NaN or an UNKNOWN member, never zero.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from affect_perception.core.enums import (
    AddwArea,
    AlertLevel,
    AlertReason,
    Availability,
    BlinkKind,
    Distraction,
    Drowsiness,
    EyesState,
    GazeSource,
    Reason,
    TriState,
)
from affect_perception.core.errors import InputError

FloatArray = npt.NDArray[np.floating]
ByteArray = npt.NDArray[np.uint8]

NAN = math.nan
MESH_POINTS = 478


@dataclass(frozen=True)
class CameraIntrinsics:
    """Pinhole camera with the plumb-bob distortion of `sensor_msgs/CameraInfo`.

    Attributes:
        width: Image width the other values refer to, px.
        height: Image height, px.
        fx: Focal length along x, px.
        fy: Focal length along y, px.
        cx: Principal point x, px.
        cy: Principal point y, px.
        distortion: k1, k2, p1, p2, k3 (plumb_bob), or empty.
    """

    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float
    distortion: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        numbers = (self.fx, self.fy, self.cx, self.cy, *self.distortion)
        if not all(math.isfinite(n) for n in numbers):
            raise InputError(f"camera intrinsics hold a value that is not finite: {numbers}")
        if self.width <= 0 or self.height <= 0 or self.fx <= 0 or self.fy <= 0:
            raise InputError(
                "camera intrinsics need a positive size and focal length, got "
                f"{self.width}x{self.height}, fx={self.fx:g}, fy={self.fy:g}"
            )

    @classmethod
    def from_fov(cls, width: int, height: int, horizontal_fov: float) -> CameraIntrinsics:
        """Square pixels, centred principal point, horizontal field of view in radians."""
        focal = width / (2.0 * math.tan(horizontal_fov / 2.0))
        return cls(width, height, focal, focal, (width - 1) / 2.0, (height - 1) / 2.0)

    def scaled_to(self, width: int, height: int) -> CameraIntrinsics:
        """The same camera for a picture scaled to another size."""
        sx, sy = width / self.width, height / self.height
        return CameraIntrinsics(
            width, height, self.fx * sx, self.fy * sy, self.cx * sx, self.cy * sy, self.distortion
        )

    @property
    def matrix(self) -> npt.NDArray[np.float64]:
        """3x3 camera matrix."""
        return np.array(
            [[self.fx, 0.0, self.cx], [0.0, self.fy, self.cy], [0.0, 0.0, 1.0]], dtype=np.float64
        )


@dataclass(frozen=True)
class CameraFrame:
    """One picture.

    Attributes:
        stamp_ns: Acquisition time, nanoseconds.
        image: uint8, RGB of shape (H, W, 3) or grey of shape (H, W).
        frame_id: Optical frame of the camera.
        intrinsics: Calibration, or None if the camera has published none.
    """

    stamp_ns: int
    image: ByteArray
    frame_id: str = "camera_optical"
    intrinsics: CameraIntrinsics | None = None

    def __post_init__(self) -> None:
        image = self.image
        if image.dtype != np.uint8 or image.ndim not in (2, 3) or image.size == 0:
            raise InputError(
                "a camera frame needs a non-empty uint8 picture of shape (H, W) or (H, W, 3), got "
                f"{image.dtype} of shape {image.shape}"
            )
        if image.ndim == 3 and image.shape[2] != 3:
            raise InputError(f"a colour frame needs 3 channels (RGB), got {image.shape[2]}")

    @property
    def width(self) -> int:
        """Width, px."""
        return int(self.image.shape[1])

    @property
    def height(self) -> int:
        """Height, px."""
        return int(self.image.shape[0])


@dataclass(frozen=True)
class VehicleState:
    """Speed of the vehicle, m/s (forward positive), at `stamp_ns`."""

    stamp_ns: int
    speed: float

    def __post_init__(self) -> None:
        if not math.isfinite(self.speed):
            raise InputError(f"vehicle speed is not finite: {self.speed}")


@dataclass(frozen=True)
class NoFrame:
    """Says that no picture has arrived up to `stamp_ns`; comes from whoever watches the camera."""

    stamp_ns: int


@dataclass(frozen=True)
class RigidTransform:
    """Maps points of a child frame into its parent: `parent = rotation @ child + translation`."""

    rotation: npt.NDArray[np.float64]
    translation: npt.NDArray[np.float64]

    def __post_init__(self) -> None:
        if self.rotation.shape != (3, 3) or self.translation.shape != (3,):
            raise InputError(
                "a rigid transform needs a 3x3 rotation and a translation of 3, got "
                f"{self.rotation.shape} and {self.translation.shape}"
            )

    def apply(self, points: FloatArray) -> npt.NDArray[np.float64]:
        """Transforms points of shape (..., 3)."""
        return np.asarray(points @ self.rotation.T + self.translation, dtype=np.float64)

    def inverse(self) -> RigidTransform:
        """The transform from parent to child."""
        return RigidTransform(self.rotation.T, -self.rotation.T @ self.translation)

    def __matmul__(self, other: RigidTransform) -> RigidTransform:
        return RigidTransform(
            self.rotation @ other.rotation, self.rotation @ other.translation + self.translation
        )


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

    def __post_init__(self) -> None:
        if self.landmarks is not None and self.landmarks.shape != (MESH_POINTS, 3):
            raise InputError(
                f"face landmarks need shape ({MESH_POINTS}, 3), got {self.landmarks.shape}"
            )


@dataclass(frozen=True)
class AttentionState:
    """What the driver attends to, and whether to say something; see `msg/AttentionState.msg`.

    The fields have the names, units and meaning of the message of the same name, which documents
    them one by one; latency is missing here because the core has no clock.
    """

    stamp_ns: int
    availability: Availability
    degradation_reasons: tuple[Reason, ...]
    face: FaceObservation
    profile: str
    eyes_on_road: TriState = TriState.UNKNOWN
    eyes_state: EyesState = EyesState.UNKNOWN
    left_eye_openness: float = NAN
    right_eye_openness: float = NAN
    eye_closure_duration: float = NAN
    perclos: float = NAN
    perclos_window: float = 0.0
    mean_closure_duration: float = NAN
    squint: bool = False
    blink: bool = False
    blink_kind: BlinkKind = BlinkKind.UNKNOWN
    blink_duration: float = NAN
    blink_count: int = 0
    blink_rate: float = NAN
    mean_blink_duration: float = NAN
    yawn: bool = False
    yawn_duration: float = NAN
    yawn_count: int = 0
    off_road_duration: float = NAN
    on_road_duration: float = NAN
    cumulative_off_road_30s: float = NAN
    attention_buffer: float = NAN
    no_face_duration: float = NAN
    drowsiness: Drowsiness = Drowsiness.UNKNOWN
    drowsy_probability: float = NAN
    kss: float = NAN
    kss_std: float = NAN
    distraction: Distraction = Distraction.UNKNOWN
    alert_level: AlertLevel = AlertLevel.UNKNOWN
    alert_reasons: tuple[AlertReason, ...] = ()
    time_to_next_level: float = NAN
    lockout: bool = False
