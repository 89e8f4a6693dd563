"""The baseline of the driver in the seat, from what the vision sees and what the vehicle does."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from affect_perception.core.config import BaselineConfig
from affect_perception.core.driver_baseline.ahead_offset import AheadOffset
from affect_perception.core.driver_baseline.camera_mount import (
    camera_turn,
    gaze_evidence,
    head_evidence,
    place_evidence,
    unturned,
)
from affect_perception.core.driver_baseline.driver_change import DriverChange
from affect_perception.core.driver_baseline.head_rest import HeadRest
from affect_perception.core.driver_baseline.rotate import turned_back
from affect_perception.core.driver_baseline.snapshot import BaselineSnapshot, keepable
from affect_perception.core.enums import Drowsiness, GazeSource, Reason
from affect_perception.core.types import (
    AttentionState,
    Calibration,
    GazeObservation,
    HeadPose,
    VehicleState,
)
from affect_perception.core.vehicle_speed import VehicleSpeed


class DriverBaseline:
    """Road-ahead direction, rest pose of the head, and when to start afresh.

    The open eyes themselves are learned where lids are measured (`EyeEstimator`); here is decided
    whether they may be.
    """

    def __init__(
        self, config: BaselineConfig, speed_timeout: float, camera: npt.NDArray[np.float64]
    ) -> None:
        """Starts with nothing known.

        Args:
            config: Parameters.
            speed_timeout: Age from which the vehicle's speed is unknown, s.
            camera: Place of the camera, cabin frame, m.
        """
        self._config = config
        self._camera = camera
        self._true = (
            math.radians(config.true_ahead_yaw_deg),
            math.radians(config.true_ahead_pitch_deg),
        )
        self._speed = VehicleSpeed(speed_timeout)
        self._change = DriverChange(config)
        self._road = AheadOffset(config, config.ahead_limit_deg)
        self._head = HeadRest(config)
        self._seed = BaselineSnapshot()
        self._drowsy = False
        self._forget()

    def reset(self) -> None:
        """Starts afresh after a jump of the clock; the next face counts as a new driver."""
        self._change.reset()
        self._drowsy = False
        self._forget()

    def restore(self, snapshot: BaselineSnapshot) -> None:
        """Starts from an earlier drive, now and whenever it starts afresh."""
        self._seed = snapshot
        self._forget()

    def snapshot(self) -> BaselineSnapshot:
        """What is fully known and may be kept; `restore` gives it to a later drive."""
        road, head = self._road, self._head.ahead
        pose = self._head.pose
        known_road = road.peak is not None and road.progress >= 1.0
        known_head = head.peak is not None and head.progress >= 1.0 and keepable(pose)
        return BaselineSnapshot(
            road_ahead=road.direction if known_road else None,
            head_rest=pose if known_head else None,
            road_seconds=road.peak.seconds if known_road and road.peak else 0.0,
            head_seconds=head.peak.seconds if known_head and head.peak else 0.0,
        )

    def observe_vehicle(self, vehicle: VehicleState) -> None:
        """Takes the vehicle's speed."""
        self._speed.observe(vehicle)

    def observe_attention(self, state: AttentionState) -> None:
        """Takes what followed from the last picture: a drowsy driver teaches nothing."""
        self._drowsy = state.drowsiness >= Drowsiness.DROWSY

    def nobody(self, stamp_ns: int, elapsed: float, *, blind: bool) -> None:
        """No face in a picture; see `DriverChange.absent`."""
        self._change.absent(elapsed, moving=self._moving(stamp_ns), blind=blind)

    def seen(self, stamp_ns: int, track_id: int) -> bool:
        """A face in a picture; returns whether it is a new driver, of whom nothing is known."""
        changed = self._change.present(track_id, moving=self._moving(stamp_ns))
        if changed:
            self._drowsy = False
            self._forget()
        return changed

    @property
    def may_learn_eyes(self) -> bool:
        """Whether the driver, as last seen, is awake and does not look down."""
        return not self._drowsy and not self._looks_down

    def learn(
        self, stamp_ns: int, gaze: GazeObservation, head: HeadPose, elapsed: float, *, shut: bool
    ) -> None:
        """Learns from one picture.

        Args:
            stamp_ns: Its stamp.
            gaze: As measured, without correction.
            head: As measured.
            elapsed: Time since the last picture of this face, s.
            shut: The eyes are seen shut.
        """
        from_eyes = gaze.source is GazeSource.EYES
        self._looks_down = self._below_the_road(gaze, head)
        if self._drowsy or shut or not self._driving(stamp_ns):
            return
        if from_eyes:
            if max(gaze.std) <= math.radians(self._config.gaze_std_max_deg):
                self._road.learn(gaze.yaw, gaze.pitch, elapsed)
            if not self._looks_ahead(gaze):
                return
        # Behind sunglasses no gaze tells when the driver looks ahead; the mode of the head does.
        self._head.learn(head, elapsed)

    def correct(self, gaze: GazeObservation) -> GazeObservation:
        """The gaze less what it is off by while the driver looks at the road ahead.

        The whole frame of directions is turned back, rather than two angles subtracted: a camera
        that is mounted askew turns all directions alike. As far as it is the camera, the eyes are
        moved to where they are then (`camera_mount`).
        """
        if gaze.source is GazeSource.EYES:
            offset, doubt = self._road_offset, self._road_std
        else:
            offset, doubt = self._head.ahead.offset, self._head.ahead.std
        turn = self._camera_turn()
        if offset == turn == (0.0, 0.0) or not math.isfinite(gaze.yaw + gaze.pitch):
            return gaze
        direction, yaw, pitch = turned_back(gaze.yaw, gaze.pitch, offset, self._true)
        std = (math.hypot(gaze.std[0], doubt), math.hypot(gaze.std[1], doubt))
        origin = unturned(gaze.origin, self._camera, turn)
        return GazeObservation(gaze.source, origin, direction, yaw, pitch, std)

    def reasons(self, stamp_ns: int) -> tuple[Reason, ...]:
        """What to say about the baseline: a road that is seen where it cannot be."""
        doubtful = self._config.road_ahead == "learned" and self._road.implausible
        if doubtful and self._speed.at(stamp_ns) >= self._config.learn_above_speed:
            return (Reason.ROAD_AHEAD_IMPLAUSIBLE,)
        return ()

    def calibration(self, eyes: float) -> Calibration:
        """What is known, for the observation; `eyes` is the progress of the open eyes."""
        gaze = 1.0 if self._config.road_ahead == "fixed" else self._road.progress
        head = self._head.ahead.progress
        return Calibration(
            progress=min(eyes, gaze, head),
            eyes=eyes,
            gaze=gaze,
            head=head,
            driver_number=self._change.number,
            gaze_offset=self._road_offset,
            head_rest=self._head.pose,
        )

    @property
    def nobody_seen(self) -> Calibration:
        """The same without a face: only the number of the last driver."""
        return Calibration(driver_number=self._change.number)

    def _forget(self) -> None:
        self._looks_down = False
        self._road.reset()
        self._head.reset()
        if self._seed.road_ahead is not None:
            self._road.seed(*self._seed.road_ahead)
        if self._seed.head_rest is not None:
            self._head.seed(*self._seed.head_rest)

    @property
    def _road_offset(self) -> tuple[float, float]:
        if self._config.road_ahead != "fixed":
            return self._road.offset
        return (
            math.radians(self._config.road_ahead_yaw_deg) - self._true[0],
            math.radians(self._config.road_ahead_pitch_deg) - self._true[1],
        )

    @property
    def _road_std(self) -> float:
        return 0.0 if self._config.road_ahead == "fixed" else self._road.std

    def _camera_turn(self) -> tuple[float, float]:
        """How far the camera is turned against the cabin file, as far as it can be told, rad."""
        mount_std = math.radians(self._config.mount_std_deg)
        if self._config.road_ahead == "fixed" or mount_std == 0.0:
            return 0.0, 0.0
        road, head = self._road, self._head.ahead
        place = place_evidence(self._head.place, self._camera, head.trust)
        found = [gaze_evidence(road.full, road.trust), head_evidence(head.full, head.trust)]
        return camera_turn(found if place is None else [*found, place], mount_std)

    def _looks_ahead(self, gaze: GazeObservation) -> bool:
        """Whether the corrected gaze of the eyes lies at the road centre."""
        yaw, pitch = gaze.yaw, gaze.pitch
        if math.isfinite(yaw + pitch):
            _, yaw, pitch = turned_back(yaw, pitch, self._road_offset, self._true)
        away = math.hypot(yaw - self._true[0], pitch - self._true[1])
        return away <= math.radians(self._config.ahead_radius_deg)

    def _below_the_road(self, gaze: GazeObservation, head: HeadPose) -> bool:
        """Whether gaze or head are so low that the lids follow."""
        depth = math.radians(self._config.looking_down_deg)
        gaze_pitch, head_pitch = self._road.usual_pitch, self._head.ahead.usual_pitch
        if gaze.source is GazeSource.EYES and math.isfinite(gaze_pitch):
            return gaze.pitch < gaze_pitch - depth
        # Comparisons with NaN are false: where nothing is usual yet, nothing is below it.
        return head.pitch < head_pitch - depth

    def _moving(self, stamp_ns: int) -> bool:
        """Whether the vehicle is known to move; an unknown speed is no known movement."""
        return self._speed.at(stamp_ns) > self._config.change_below_speed

    def _driving(self, stamp_ns: int) -> bool:
        speed = self._speed.at(stamp_ns)
        if math.isnan(speed):
            return self._config.learn_without_speed
        return speed >= self._config.learn_above_speed
