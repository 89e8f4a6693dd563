"""What happens to a picture off the executor's thread: decode, run the pipeline, hand out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from affect_perception.core.driver_baseline.snapshot import BaselineSnapshot
from affect_perception.core.errors import InputError
from affect_perception.core.types import (
    AttentionState,
    CameraFrame,
    CameraIntrinsics,
    DriverContext,
    FaceObservation,
    NoFrame,
    VehicleState,
)
from affect_perception.ros.frame_health import FrameHealth
from affect_perception.ros.image_convert import Decoder, camera_frame, with_intrinsics
from affect_perception.ros.pipeline_worker import PipelineWorker
from affect_perception.ros.stamps import stamp_to_ns

Event = CameraFrame | VehicleState | NoFrame | DriverContext
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
        contexts: The newest of what other modalities know, in the order of arrival.
        blind: Without a picture: seconds since one last gave a state.
    """

    image: Any | None
    intrinsics: CameraIntrinsics | None = None
    vehicle: VehicleState | None = None
    contexts: tuple[DriverContext, ...] = ()
    blind: float = 0.0


class FaceWorker(PipelineWorker[Job]):
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
        super().__init__(health, log_error, "face_pipeline")
        self._pipeline = pipeline
        self._decoder = decoder
        self._publish = publish
        self._last_stamp_ns = 0
        self._last_vehicle: VehicleState | None = None
        self._last_context: DriverContext | None = None

    def submit(self, job: Job) -> None:
        """Offers a picture, or its absence; never blocks.

        Absence is no news while a picture is in work: the pipeline is slow then, not the camera.
        """
        if job.image is not None or self.idle:
            self.offer(job)

    def process(self, item: Job) -> None:
        """Decodes the picture, steps the pipeline, publishes."""
        frame = None if item.image is None else self._frame(item)
        event = self._no_frame(item.blind) if frame is None else frame
        self._step_contexts(item.contexts)
        outputs = self._step_vehicle(item.vehicle) + self._pipeline.step(event)
        if frame is not None:
            self._last_stamp_ns = frame.stamp_ns
        self._publish(frame, outputs)

    def name_of(self, item: Job) -> str:
        """The picture by its stamp."""
        stamp = 0 if item.image is None else stamp_to_ns(item.image.header.stamp)
        return f"picture of {stamp / 1e9:.3f} s"

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

    def _step_contexts(self, contexts: tuple[DriverContext, ...]) -> None:
        """Each once; nothing follows from them before the picture."""
        if not contexts or contexts[-1] is self._last_context:
            return
        known = [i for i, context in enumerate(contexts) if context is self._last_context]
        for context in contexts[known[0] + 1 if known else 0 :]:
            self._pipeline.step(context)
        self._last_context = contexts[-1]
