"""When an event of a recording is there, which of pieces of sound and signals is their end."""

from __future__ import annotations

from affect_perception.core.types.inputs import AudioChunk, CameraFrame, VehicleState
from affect_perception.core.types.physio import BiosignalChunk


def complete_ns(event: CameraFrame | VehicleState | AudioChunk | BiosignalChunk) -> int:
    """The stamp at which a car has an event: of a piece of sound or of a signal its end, ns."""
    return event.end_ns if isinstance(event, AudioChunk | BiosignalChunk) else event.stamp_ns
