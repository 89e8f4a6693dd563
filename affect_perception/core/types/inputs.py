"""What comes in: a picture with its camera, the vehicle's speed, and where a camera stands."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from affect_perception.core.errors import InputError

FloatArray = npt.NDArray[np.floating]
ByteArray = npt.NDArray[np.uint8]


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


AUDIO_RATES = (4_000, 192_000)
"""Lowest and highest sampling rate that a chunk may have, Hz: of telephones and of studios."""
MAX_CHANNELS = 2


@dataclass(frozen=True)
class AudioChunk:
    """A piece of sound.

    Attributes:
        stamp_ns: Acquisition time of the first sample, nanoseconds.
        rate: Samples per second and channel, Hz, within `AUDIO_RATES`.
        samples: float32 with full scale at -1..1, or int16; shape (n,) mono or (n, 1..2).
        frame_id: Frame of the microphone.
    """

    stamp_ns: int
    rate: int
    samples: npt.NDArray[np.float32] | npt.NDArray[np.int16]
    frame_id: str = "microphone"

    def __post_init__(self) -> None:
        samples = self.samples
        if not AUDIO_RATES[0] <= self.rate <= AUDIO_RATES[1]:
            raise InputError(
                f"a sampling rate must be {AUDIO_RATES[0]} to {AUDIO_RATES[1]} Hz, got {self.rate}"
            )
        if samples.dtype not in (np.float32, np.int16):
            raise InputError(f"audio samples must be float32 or int16, got {samples.dtype}")
        wide = samples.ndim == 2 and 1 <= samples.shape[1] <= MAX_CHANNELS
        if samples.size == 0 or not (samples.ndim == 1 or wide):
            raise InputError(
                f"an audio chunk needs samples of shape (n,) or (n, 1..{MAX_CHANNELS}), n above 0, "
                f"got {samples.shape}"
            )
        if not np.isfinite(samples).all():
            raise InputError("audio samples hold a value that is not finite")

    @property
    def channels(self) -> int:
        """Number of channels."""
        return 1 if self.samples.ndim == 1 else int(self.samples.shape[1])

    @property
    def end_ns(self) -> int:
        """Time just after the last sample, nanoseconds."""
        return self.stamp_ns + len(self.samples) * 1_000_000_000 // self.rate

    def mono(self) -> npt.NDArray[np.float32]:
        """(n,) mean of the channels, full scale at -1..1."""
        scale = np.float32(1.0 / 32768.0 if self.samples.dtype == np.int16 else 1.0)
        values = self.samples.astype(np.float32) * scale
        return values if values.ndim == 1 else values.mean(axis=1, dtype=np.float32)


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
class NoSound:
    """Says that no sound has arrived up to `stamp_ns`; comes from whoever watches the input."""

    stamp_ns: int


VoiceEvent = AudioChunk | NoSound


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
