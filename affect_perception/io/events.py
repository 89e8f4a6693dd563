"""What every reader of a recording gives: one stream of stamped events."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from affect_perception.core.errors import InputError
from affect_perception.core.types import AudioChunk, CameraFrame, VehicleState
from affect_perception.core.types.physio import BiosignalChunk

Event = CameraFrame | VehicleState | AudioChunk | BiosignalChunk

BadFrame = Callable[[int, InputError], None]
"""Told of a picture, a piece of sound or of a body signal that cannot be used: stamp in ns, and
why."""


class Source(Protocol):
    """A recording that can be read once, from its start."""

    @property
    def name(self) -> str:
        """Name for messages and reports."""
        ...

    @property
    def frames(self) -> int | None:
        """Pictures it says it holds, or None if it does not say; 0 if it holds none."""
        ...

    def events(self, on_bad_frame: BadFrame | None = None) -> Iterator[Event]:
        """All events, those of one kind in the order of recording, merged by `complete_ns`.

        Args:
            on_bad_frame: Told of each picture or piece that cannot be used; without it that is an
                error.

        Raises:
            InputError: If the recording is broken.
        """
        ...
