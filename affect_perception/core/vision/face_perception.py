"""From a camera picture to what was seen of the driver."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from affect_perception.core.buffers import to_s
from affect_perception.core.cabin import CabinGeometry
from affect_perception.core.config import PipelineConfig
from affect_perception.core.driver_baseline.baseline import DriverBaseline
from affect_perception.core.driver_baseline.snapshot import BaselineSnapshot
from affect_perception.core.enums import Availability, Reason
from affect_perception.core.network import FaceNetworks
from affect_perception.core.repeats import Repeats
from affect_perception.core.types import (
    AttentionState,
    ByteArray,
    Calibration,
    CameraFrame,
    CameraIntrinsics,
    ExpressionObservation,
    FaceObservation,
    HeadPose,
    ImageQuality,
    VehicleState,
)
from affect_perception.core.vision.expression import ExpressionReader
from affect_perception.core.vision.eye_reader import EachEye, EyeReader, PairJudge
from affect_perception.core.vision.eyes import EyeEstimator, FaceRays, mouth_opening, views_of
from affect_perception.core.vision.face_mesh import MeshResult
from affect_perception.core.vision.face_reasons import eye_reasons, face_reasons
from affect_perception.core.vision.face_tracker import FaceTracker, TrackedFace
from affect_perception.core.vision.gaze import GazeEstimator
from affect_perception.core.vision.geometry import HeadFrame, angle_to_camera, check_distortion
from affect_perception.core.vision.head_pose import HeadPoseEstimator, turned_angle
from affect_perception.core.vision.image_quality import (
    FROZEN,
    ImageQualityMeter,
    one_value,
    sample,
)
from affect_perception.core.vision.picture import Rectangle, driver_region
from affect_perception.core.vision.pulse import PulseReader
from affect_perception.core.vision.whole_driver import WholeDriver
from affect_perception.core.vision.zones import locate


class FacePerception:
    """The whole face path; one object per camera, fed in the order of the stamps."""

    def __init__(
        self, config: PipelineConfig, cabin: CabinGeometry, networks: FaceNetworks
    ) -> None:
        self._config = config
        self._cabin = cabin
        self._tracker = FaceTracker(config.face_tracking, config.camera, networks)
        self._quality = ImageQualityMeter(config.image_quality)
        self._repeats = Repeats(config.image_quality.frozen)
        self._head = HeadPoseEstimator(config.head_pose)
        self._reader = EyeReader(_judge(networks), networks.first_look)
        self._eyes = EyeEstimator(config.eyes, config.baseline)
        self._gaze = GazeEstimator(config.gaze, config.eyes)
        self._driver = DriverBaseline(
            config.baseline, config.attention.speed_timeout, cabin.camera.translation
        )
        self._expression = ExpressionReader(config.expression, networks.expression)
        self._pulse = PulseReader(config.pulse)
        self._max_turned = math.radians(config.head_pose.max_turned_deg)
        self._stamp_ns: int | None = None
        self._face_ns: int | None = None
        self._intrinsics: CameraIntrinsics | None = None

    def reset(self) -> None:
        """Drops the track and what was learned of the driver; track numbers go on rising."""
        self._tracker.reset()
        self._quality.reset()
        self._repeats.reset()
        self._eyes.reset()
        self._head.reset()
        self._gaze.reset()
        self._driver.reset()
        self._expression.reset(new_driver=True)
        self._pulse.reset()
        self._stamp_ns = None
        self._face_ns = None

    def observe_vehicle(self, vehicle: VehicleState) -> None:
        """Takes the vehicle's speed: it tells when a driver looks ahead, and cannot change."""
        self._driver.observe_vehicle(vehicle)

    def observe_attention(self, state: AttentionState) -> None:
        """Takes what followed from the last picture: of a drowsy driver nothing is learned."""
        self._driver.observe_attention(state)

    def restore(self, snapshot: BaselineSnapshot) -> None:
        """Starts from what an earlier drive has learned; before the first picture."""
        self._driver.restore(snapshot)

    def snapshot(self) -> BaselineSnapshot:
        """What may be kept of the driver's baseline."""
        return self._driver.snapshot()

    def step(self, frame: CameraFrame) -> FaceObservation:
        """Looks at one picture.

        Args:
            frame: The picture; its stamp is not before that of the last one (the pipeline sees to
                that, and calls `reset` after a jump of the clock).

        Raises:
            InputError: If the camera's distortion is not plumb_bob.
        """
        seen = self._look(frame)
        return replace(
            seen,
            expression=self._read_expression(seen, frame.image),
            pulse=self._pulse.step(frame.stamp_ns, frame.image, seen.landmarks, seen.head),
        )

    def _read_expression(self, seen: FaceObservation, image: ByteArray) -> ExpressionObservation:
        """What the face shows; nothing else depends on it."""
        turned, covered = math.nan, False
        if self._expression.due(seen.stamp_ns) and seen.head is not None:
            turned = turned_angle(seen.head.in_camera)
            covered = Reason.FACE_OCCLUDED in seen.reasons
        landmarks = seen.landmarks
        return self._expression.step(seen.stamp_ns, image, landmarks, turned, covered=covered)

    def _look(self, frame: CameraFrame) -> FaceObservation:
        reasons: list[Reason] = []
        last, self._stamp_ns = self._stamp_ns, frame.stamp_ns
        elapsed = _elapsed(last, frame.stamp_ns)
        if self._frozen(frame):
            return self._without_picture(frame, elapsed)
        intrinsics = self._intrinsics_of(frame)
        if frame.intrinsics is None:
            reasons.append(Reason.INTRINSICS_ASSUMED)
        region = driver_region(frame.image, self._config.camera)
        face = self._tracker.step(frame.image, region, frame.stamp_ns)
        crop = None if face.mesh is None else face.mesh.crop
        quality = self._quality.step(frame.image, region, crop, elapsed)
        reasons.extend(quality.reasons)
        if face.mesh is None:
            self._driver.nobody(frame.stamp_ns, elapsed, blind=bool(quality.reasons))
            return _observed(
                Availability.UNAVAILABLE,
                (*reasons, Reason.NO_FACE),
                self._driver.nobody_seen,
                _of_picture(frame, face, quality),
            )
        elapsed = self._since_last_face(face, frame.stamp_ns)
        seen = _of_picture(frame, face, quality)
        return self._with_face(seen, face.mesh, frame, intrinsics, reasons, elapsed)

    def _frozen(self, frame: CameraFrame) -> bool:
        """Whether the camera repeats itself.

        A picture of one value is not called frozen: it is black, white or covered, and told so.
        """
        looked_at = sample(frame.image, Rectangle(0, 0, frame.width, frame.height))
        return self._repeats.step(frame.stamp_ns, looked_at, frame.image) and not one_value(
            looked_at
        )

    def _without_picture(self, frame: CameraFrame, elapsed: float) -> FaceObservation:
        """What is known while the camera is frozen: nothing of now, also not of the seat."""
        self._driver.nobody(frame.stamp_ns, elapsed, blind=True)
        return _observed(
            Availability.UNAVAILABLE,
            (Reason.FROZEN_PICTURE,),
            self._driver.nobody_seen,
            {
                "stamp_ns": frame.stamp_ns,
                "frame_id": frame.frame_id,
                "image_size": (frame.width, frame.height),
                "image_quality": FROZEN,
            },
        )

    def _since_last_face(self, face: TrackedFace, stamp_ns: int) -> float:
        """Time since the last picture of this face, s; 0 with a new one: its filters start afresh.

        What was learned is forgotten only with another driver, not with every new track.
        """
        last, self._face_ns = self._face_ns, stamp_ns
        new_driver = self._driver.seen(stamp_ns, face.track_id)
        if new_driver:
            self._eyes.reset()
        if last is None or face.new_track or new_driver:
            self._head.reset()
            self._gaze.reset(new_driver=new_driver)
            self._expression.reset(new_driver=new_driver)
            self._pulse.reset()
            return 0.0
        return _elapsed(last, stamp_ns)

    def _intrinsics_of(self, frame: CameraFrame) -> CameraIntrinsics:
        """The camera's calibration scaled to the picture, or the assumed one; kept if unchanged."""
        given = frame.intrinsics
        size = (frame.width, frame.height)
        if given is not None:
            check_distortion(given)
            same_size = (given.width, given.height) == size
            return given if same_size else given.scaled_to(*size)
        kept = self._intrinsics
        if kept is None or (kept.width, kept.height) != size:
            fov = math.radians(self._config.camera.horizontal_fov_deg)
            self._intrinsics = kept = CameraIntrinsics.from_fov(*size, fov)
        return kept

    def _with_face(
        self,
        seen: dict[str, Any],
        mesh: MeshResult,
        frame: CameraFrame,
        intrinsics: CameraIntrinsics,
        reasons: list[Reason],
        elapsed: float,
    ) -> FaceObservation:
        size = (frame.width, frame.height)
        reasons.extend(face_reasons(mesh, size, self._config.face_tracking.small_face))
        head = self._head.estimate(mesh.points, intrinsics, self._cabin.camera, elapsed)
        if head is None:
            return _observed(
                Availability.DEGRADED,
                (*reasons, Reason.POSE_UNCERTAIN, Reason.EYES_UNUSABLE),
                self._driver.calibration(self._eyes.progress),
                seen,
            )
        frame_of_head = HeadFrame(head.in_camera)
        if angle_to_camera(frame_of_head.forward, frame_of_head.origin) > self._max_turned:
            reasons.append(Reason.HEAD_TURNED_AWAY)
        if head.reprojection_error > self._config.head_pose.max_error:
            reasons.append(Reason.POSE_UNCERTAIN)
        seen["head"] = head
        return self._with_head(seen, mesh, head, frame_of_head, frame, intrinsics, reasons, elapsed)

    def _with_head(
        self,
        seen: dict[str, Any],
        mesh: MeshResult,
        head: HeadPose,
        pose: HeadFrame,
        frame: CameraFrame,
        intrinsics: CameraIntrinsics,
        reasons: list[Reason],
        elapsed: float,
    ) -> FaceObservation:
        rays = FaceRays(mesh.points, intrinsics)
        views = views_of(rays, pose, 0.5 * (intrinsics.fx + intrinsics.fy))
        looks = self._reader.read(
            frame.image, mesh.points, head.in_camera, intrinsics, first=elapsed == 0.0
        )
        may_learn = self._driver.may_learn_eyes
        right, left = self._eyes.observe_pair(
            mesh, views, elapsed, looks, head.pitch, may_learn=may_learn
        )
        measured = self._gaze.estimate(rays, head, pose, views, left, right, elapsed, looks)
        reasons.extend(eye_reasons(left, right, measured.source, self._config.eyes.closed_below))
        shut = Reason.EYES_CLOSED in reasons
        self._driver.learn(frame.stamp_ns, measured, head, elapsed, shut=shut)
        reasons.extend(self._driver.reasons(frame.stamp_ns))
        gaze = self._driver.correct(measured)
        seen["left_eye"], seen["right_eye"] = left, right
        seen["mouth_opening"] = mouth_opening(rays, pose)
        seen["gaze"], seen["zone"] = gaze, locate(gaze, self._cabin)
        return _observed(
            Availability.DEGRADED if reasons else Availability.AVAILABLE,
            tuple(reasons),
            self._driver.calibration(self._eyes.progress),
            seen,
        )


def _judge(networks: FaceNetworks) -> PairJudge | None:
    """What looks at the eyes; None leaves them to the landmarks."""
    if networks.driver is not None:
        return WholeDriver(networks.driver)
    return None if networks.eyes is None else EachEye(networks.eyes)


def _of_picture(frame: CameraFrame, face: TrackedFace, quality: ImageQuality) -> dict[str, Any]:
    """The fields of an observation that are known before the head is measured.

    Fields are gathered and the observation is made once: each copy of a frozen one with some
    fields replaced costs 10 us.
    """
    seen: dict[str, Any] = {
        "stamp_ns": frame.stamp_ns,
        "frame_id": frame.frame_id,
        "image_size": (frame.width, frame.height),
        "image_quality": quality,
        "faces": face.faces,
        "detected": face.detected,
    }
    if face.mesh is not None:
        seen["track_id"] = face.track_id
        seen["presence"] = face.presence
        seen["box"] = face.mesh.box
        seen["landmarks"] = face.mesh.points
    return seen


def _observed(
    availability: Availability,
    reasons: tuple[Reason, ...],
    calibration: Calibration,
    seen: dict[str, Any],
) -> FaceObservation:
    return FaceObservation(
        availability=availability, reasons=reasons, calibration=calibration, **seen
    )


def _elapsed(last_ns: int | None, stamp_ns: int) -> float:
    """Time between two pictures, s.

    The pipeline lets no stamp run backwards; who uses the face path alone gets no negative time.
    """
    return 0.0 if last_ns is None else max(0.0, to_s(stamp_ns - last_ns))
