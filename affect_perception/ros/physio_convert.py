"""Body signals and what was read from them <-> messages of this package, as `convert` does."""

from __future__ import annotations

from typing import Any, TypeVar

from builtin_interfaces.msg import Time

from affect_perception.core.types import BiosignalChunk, PhysioObservation
from affect_perception.io.physio_fields import chunk_fields, physio_fields, physio_of_message
from affect_perception.msg import SignalState
from affect_perception.ros.convert import fill

M = TypeVar("M")


def chunk_to_message(message: M, chunk: BiosignalChunk) -> M:
    """Fills a `BiosignalChunk` message; the way back is `io.physio_fields.chunk_of_message`."""
    return fill(message, chunk_fields(chunk))


def physio_to_message(message: M, physio: PhysioObservation, latency: float) -> M:
    """Fills a `PhysioObservation` message; `latency` in seconds or NaN."""
    fields = physio_fields(physio, latency)
    fields["channels"] = [fill(SignalState(), state) for state in fields["channels"]]
    fields["beats"] = [fill(Time(), beat) for beat in fields["beats"]]
    return fill(message, fields)


def physio_from_message(message: Any) -> PhysioObservation:
    """Reads a `PhysioObservation` message.

    Raises:
        InputError: If a reason is not one of the documented words, or a value is out of range.
    """
    return physio_of_message(message)
