"""What happens to a picture off the executor's thread: decode, run the pipeline, hand out."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from affect_perception.core.driver_baseline.snapshot import BaselineSnapshot
from affect_perception.core.errors import AffectPerceptionError, InputError
from affect_perception.core.types import (
    AttentionState,
    CameraFrame,
    CameraIntrinsics,
    FaceObservation,
    NoFrame,
    VehicleState,
)
from affect_perception.ros.health import FrameHealth
from affect_perception.ros.image_convert import Decoder, camera_frame, with_intrinsics
from affect_perception.ros.stamps import stamp_to_ns
from affect_perception.ros.worker import NewestWorker

Event = CameraFrame | VehicleState | NoFrame
Output = FaceObservation | AttentionState


class Stepper(Protocol):
    """The shape of `core.pipeline.Pipeline`."""

    def step(self, event: Event) -> tuple[Output, ...]:
        """One event in, what follows from it out."""
        ...

    def restore(self, snapshot: BaselineSnapshot) -> None:
        """Starts from the baseline of an earlier drive."""
        ...

    def snapshot(self) -> BaselineSnapshot:
        """What may be kept of the baseline."""
        ...


@dataclass(frozen=True)
class Job:
    """A picture on its way.

    Attributes:
        image: The message, or None to tell the pipeline that no picture came.
        intrinsics: Calibration of the camera, if known.
        vehicle: The newest state of the vehicle, if any.
        blind: Without a picture: seconds since one last gave a state.
    """

    image: Any | None
    intrinsics: CameraIntrinsics | None = None
    vehicle: VehicleState | None = None
    blind: float = 0.0


class FaceWorker:
    """Runs the pipeline in a thread of its own; the newest picture wins."""

    def __init__(
        self,
        pipeline: Stepper,
        decoder: Decoder,
        health: FrameHealth,
        publish: Callable[[CameraFrame | None, tuple[Output, ...]], None],
        log_error: Callable[[str], None],
    ) -> None:
        """Makes the worker; `start` starts it.

        Args:
            pipeline: Used from the worker's thread only.
            decoder: Turns messages into pictures.
            health: Counts what happens.
            publish: Called in the worker's thread with the frame (None if there was none) and what
                followed from it.
            log_error: Called with one sentence for every picture that cannot be used.
        """
        self._pipeline = pipeline
        self._decoder = decoder
        self._health = health
        self._publish = publish
        self._log_error = log_error
        self._last_stamp_ns = 0
        self._last_vehicle: VehicleState | None = None
        self._worker: NewestWorker[Job] = NewestWorker(self._process, "face_pipeline")
        self.start = self._worker.start
        self.stop = self._worker.stop

    @property
    def idle(self) -> bool:
        """Whether no picture is in work and none waits."""
        return self._worker.idle

    def submit(self, job: Job) -> None:
        """Offers a picture, or its absence; never blocks.

        Absence is no news while a picture is in work: the pipeline is slow then, not the camera.
        """
        if job.image is None and not self.idle:
            return
        if self._worker.submit(job):
            self._health.count("dropped")

    def _process(self, job: Job) -> None:
        try:
            frame = None if job.image is None else self._frame(job)
            event = self._no_frame(job.blind) if frame is None else frame
            outputs = self._step_vehicle(job.vehicle) + self._pipeline.step(event)
            if frame is not None:
                self._last_stamp_ns = frame.stamp_ns
            self._publish(frame, outputs)
        except AffectPerceptionError as error:
            self._fail(job, str(error))
        except Exception:  # noqa: BLE001
            # The edge of our code: a picture that trips over a bug must not end the monitoring.
            self._fail(job, f"internal error: {traceback.format_exc()}")

    def _frame(self, job: Job) -> CameraFrame:
        frame = camera_frame(job.image, self._decoder)
        try:
            return with_intrinsics(frame, job.intrinsics)
        except InputError as error:
            self._health.warn("camera_info", f"{error}; the field of view is assumed")
            return frame

    def _no_frame(self, blind: float) -> NoFrame:
        """The moment in the camera's own time; before the first picture there is none."""
        if self._last_stamp_ns == 0:
            return NoFrame(0)
        return NoFrame(self._last_stamp_ns + round(blind * 1e9))

    def _step_vehicle(self, vehicle: VehicleState | None) -> tuple[Output, ...]:
        if vehicle is None or vehicle is self._last_vehicle:
            return ()
        self._last_vehicle = vehicle
        return self._pipeline.step(vehicle)

    def _fail(self, job: Job, message: str) -> None:
        stamp = 0 if job.image is None else stamp_to_ns(job.image.header.stamp)
        self._health.error(message)
        self._log_error(f"picture of {stamp / 1e9:.3f} s not used: {message}")
