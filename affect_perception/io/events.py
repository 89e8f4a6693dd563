"""What every reader of a recording gives: one stream of stamped events."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from affect_perception.core.errors import InputError
from affect_perception.core.types import CameraFrame, VehicleState

Event = CameraFrame | VehicleState

BadFrame = Callable[[int, InputError], None]
"""Told of a picture that cannot be decoded: stamp in ns, and why."""


class Source(Protocol):
    """A recording that can be read once, from its start."""

    @property
    def name(self) -> str:
        """Name for messages and reports."""
        ...

    @property
    def frames(self) -> int | None:
        """Pictures it says it holds, or None if it does not say."""
        ...

    def events(self, on_bad_frame: BadFrame | None = None) -> Iterator[Event]:
        """All events, pictures in the order of recording, others merged in by stamp.

        Args:
            on_bad_frame: Told of each picture that does not decode; without it that is an error.

        Raises:
            InputError: If the recording is broken.
        """
        ...
