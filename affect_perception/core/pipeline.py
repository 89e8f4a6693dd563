"""The pipeline: sensor events in, states out. The same object runs live and in replay.

It has no clock, no thread and no file, so the same events give the same outputs, always.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, overload

from affect_perception.core.attention.monitor import AttentionMonitor
from affect_perception.core.attention.profile import Profile
from affect_perception.core.buffers import StampCheck, StampGuard
from affect_perception.core.cabin import CabinGeometry
from affect_perception.core.config import PipelineConfig
from affect_perception.core.driver_baseline.snapshot import BaselineSnapshot
from affect_perception.core.enums import Availability, Reason
from affect_perception.core.network import FaceNetworks
from affect_perception.core.types import (
    AttentionState,
    CameraFrame,
    DriverContext,
    FaceObservation,
    NoFrame,
    PhysioEvent,
    PhysioObservation,
    VehicleState,
    VoiceEvent,
    VoiceObservation,
)
from affect_perception.core.vision.face_perception import FacePerception

if TYPE_CHECKING:
    # Not at run time: whoever only sees should not wait for what only hearing needs (scipy).
    from affect_perception.core.physio.pipeline import PhysioPipeline
    from affect_perception.core.voice.pipeline import VoicePipeline

FaceEvent = CameraFrame | VehicleState | NoFrame | DriverContext
FaceOutput = FaceObservation | AttentionState
Event = FaceEvent | VoiceEvent | PhysioEvent
Output = FaceOutput | VoiceObservation | PhysioObservation


class Perception(Protocol):
    """What turns a picture into a face observation; `FacePerception` outside of tests."""

    def step(self, frame: CameraFrame) -> FaceObservation:
        """Takes one picture; stamps advance from call to call."""
        ...

    def reset(self) -> None:
        """Starts afresh: the clock has jumped. Track numbers go on rising."""
        ...

    def observe_vehicle(self, vehicle: VehicleState) -> None:
        """Takes the vehicle's speed."""
        ...

    def observe_attention(self, state: AttentionState) -> None:
        """Takes the state that followed from the last picture."""
        ...

    def restore(self, snapshot: BaselineSnapshot) -> None:
        """Starts from what an earlier drive has learned."""
        ...

    def snapshot(self) -> BaselineSnapshot:
        """What may be kept for a later drive."""
        ...


PerceptionFactory = Callable[[PipelineConfig, CabinGeometry, FaceNetworks], Perception]


class Pipeline:
    """From pictures and speed to the driver's attention."""

    def __init__(
        self,
        config: PipelineConfig,
        cabin: CabinGeometry,
        networks: FaceNetworks,
        profile: Profile,
        perception: PerceptionFactory = FacePerception,
        voice: VoicePipeline | None = None,
        physio: PhysioPipeline | None = None,
    ) -> None:
        """Builds the parts; costs nothing but memory.

        Args:
            config: Parameters.
            cabin: Geometry of the cabin.
            networks: Loaded networks, used by this pipeline alone.
            profile: Policy profile; its name in the parameters is for whoever loads it.
            perception: Builds the face perception.
            voice: What hears the driver; without it sound gives nothing.
            physio: What reads body signals; without it they give nothing.

        Raises:
            ConfigError: If the configuration names something that does not exist.
        """
        self._perception = perception(config, cabin, networks)
        self._monitor = AttentionMonitor(
            config.attention,
            cabin,
            profile,
            config.drowsiness,
            networks.blinks,
            config.context,
        )
        self._guard = StampGuard(config.attention.stamp_jump)
        self._voice = voice
        self._physio = physio

    @overload
    def step(self, event: FaceEvent) -> tuple[FaceOutput, ...]: ...

    @overload
    def step(self, event: FaceEvent | VoiceEvent) -> tuple[FaceOutput | VoiceObservation, ...]: ...

    @overload
    def step(self, event: Event) -> tuple[Output, ...]: ...

    def step(self, event: Event) -> tuple[Output, ...]:
        """Takes one event.

        Args:
            event: A picture; a speed; what other modalities know; a piece of sound or of a body
                signal; or the news that nothing of its kind came.

        Returns:
            For a picture, the face observation and the attention state; if its stamp runs
            backwards, only the last state again with that reason; if it jumps, both start afresh
            and say so. For NoFrame, the attention state. For a speed or a context, nothing: states
            come at the rate of the camera. For sound or its absence, what `VoicePipeline.step`
            gives, for body signals `PhysioPipeline.step`.
        """
        if isinstance(event, VoiceEvent):
            return self._voice.step(event) if self._voice is not None else ()
        if isinstance(event, PhysioEvent):
            return self._physio.step(event) if self._physio is not None else ()
        if isinstance(event, CameraFrame):
            return self._see(event)
        if isinstance(event, NoFrame):
            return (self._monitor.no_frame(event),)
        if isinstance(event, DriverContext):
            self._monitor.observe_context(event)
            return ()
        self._perception.observe_vehicle(event)
        self._monitor.observe_vehicle(event)
        return ()

    def restore(self, snapshot: BaselineSnapshot) -> None:
        """Starts from the baseline of an earlier drive; before the first event."""
        self._perception.restore(snapshot)

    def snapshot(self) -> BaselineSnapshot:
        """What may be kept of the driver's baseline for a later drive; nothing of the face."""
        return self._perception.snapshot()

    def _see(self, frame: CameraFrame) -> tuple[FaceOutput, ...]:
        check = self._guard.check(frame.stamp_ns)
        if check is StampCheck.BACKWARDS:
            return (self._monitor.refuse_backwards(frame.stamp_ns),)
        if check is StampCheck.JUMP:
            self._perception.reset()
        face = self._perception.step(frame)
        if check is StampCheck.JUMP:
            face = _told(face, Reason.STAMP_JUMP)
        state = self._monitor.step(face, check)
        self._perception.observe_attention(state)
        for other in (self._voice, self._physio):
            if other is not None:
                other.observe_driver(face.calibration.driver_number)
        return face, state


def _told(face: FaceObservation, reason: Reason) -> FaceObservation:
    """The observation with one more reason."""
    level = min(face.availability, Availability.DEGRADED)
    return replace(face, availability=level, reasons=(reason, *face.reasons))
