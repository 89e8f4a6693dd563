"""What happens to a sensor's messages off the executor's thread: read, run the pipeline, hand out.

`PipelineWorker` handles errors and counts; `ChunkWorker` keeps pieces of a signal in a row.
"""

from __future__ import annotations

import traceback
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from affect_perception.core.errors import AffectPerceptionError
from affect_perception.ros.health import InputHealth
from affect_perception.ros.worker import NewestWorker

T = TypeVar("T")

PLACES = 250
"""Pieces of a signal that may wait: five seconds of 20 ms of sound. The pipelines are tens of times
faster than real time, so they wait only while the machine is stalled; what gives way then is a gap
in the signal."""


class PipelineWorker(ABC, Generic[T]):
    """Works on one item after the other in a thread of its own.

    Args:
        health: Counts what happens.
        log_error: Called with one sentence for every item that cannot be used.
        name: Of the thread.
        places: How many items may wait.
    """

    def __init__(
        self, health: InputHealth, log_error: Callable[[str], None], name: str, places: int = 1
    ) -> None:
        self._health = health
        self._log_error = log_error
        self._worker: NewestWorker[T] = NewestWorker(self._process, name, places=places)
        self.start = self._worker.start
        self.stop = self._worker.stop

    @property
    def idle(self) -> bool:
        """Whether nothing is in work and nothing waits."""
        return self._worker.idle

    @abstractmethod
    def process(self, item: T) -> None:
        """Works on one item; what it raises is counted and logged."""

    @abstractmethod
    def name_of(self, item: T) -> str:
        """What the item is called in the log."""

    def offer(self, item: T) -> None:
        """Offers an item; never blocks. What gives way to it is counted."""
        if self._worker.submit(item):
            self._health.count("dropped")

    def _process(self, item: T) -> None:
        try:
            self.process(item)
        except AffectPerceptionError as error:
            self._fail(item, str(error))
        except Exception:  # noqa: BLE001
            # The edge of our code: what trips over a bug must not end the watching.
            self._fail(item, f"internal error: {traceback.format_exc()}")

    def _fail(self, item: T, message: str) -> None:
        self._health.error(message)
        self._log_error(f"{self.name_of(item)} not used: {message}")


class Chunk(Protocol):
    """A piece of a signal."""

    @property
    def end_ns(self) -> int:
        """Time just after its last sample, nanoseconds."""
        ...


class Stepper(Protocol):
    """The shape of the pipelines of sound and of body signals."""

    def step(self, event: Any, /) -> tuple[Any, ...]:
        """One event in, what follows from it out."""
        ...

    def observe_driver(self, number: int) -> None:
        """Takes the number of the driver."""
        ...


@dataclass(frozen=True)
class Absence:
    """Stands for a piece that did not come; `blind`: seconds since one last gave an observation."""

    blind: float


@dataclass(frozen=True)
class DriverSeen:
    """The number of the driver, on its way into the pipeline's thread."""

    number: int


Read = Callable[[], Chunk]


class ChunkWorker(PipelineWorker[Any]):
    """Runs a pipeline of pieces of a signal, which wait in a row: a lost one is a hole.

    Args:
        pipeline: Used from the worker's thread only.
        health: Counts what happens.
        publish: Called in the worker's thread with each observation.
        log_error: Called with one sentence for every piece that cannot be used.
        name: Of the signal.
    """

    def __init__(
        self,
        pipeline: Stepper,
        health: InputHealth,
        publish: Callable[[Any], None],
        log_error: Callable[[str], None],
        name: str,
    ) -> None:
        super().__init__(health, log_error, f"{name}_pipeline", PLACES)
        self._pipeline = pipeline
        self._publish = publish
        self._heard_until_ns = 0

    @abstractmethod
    def absence(self, heard_until_ns: int, blind: float) -> Any:
        """The event that says that nothing came; 0 before the first piece."""

    def submit(self, read: Read) -> None:
        """Offers a piece, still to be read from its message; never blocks."""
        self.offer(read)

    def submit_driver(self, number: int) -> None:
        """Says who sits there, in the order of the pieces."""
        self.offer(DriverSeen(number))

    def submit_absence(self, blind: float = 0.0) -> None:
        """Says that nothing has come; no news while a piece is in work."""
        if self.idle:
            self._worker.submit(Absence(blind))

    def process(self, item: Any) -> None:
        """Reads the piece, steps the pipeline, publishes; a driver goes to the pipeline."""
        if isinstance(item, DriverSeen):
            self._pipeline.observe_driver(item.number)
            return
        event: Any
        if isinstance(item, Absence):
            event = self.absence(self._heard_until_ns, item.blind)
        else:
            event = item()
            self._heard_until_ns = event.end_ns
        for observation in self._pipeline.step(event):
            self._publish(observation)
