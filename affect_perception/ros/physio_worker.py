"""What happens to a piece of a body signal off the executor's thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from affect_perception.core.buffers import to_ns
from affect_perception.core.enums import BiosignalChannel
from affect_perception.core.physio.pipeline import PhysioEvent
from affect_perception.core.physio.signal_row import RowFacts
from affect_perception.core.types import NoSignal, PhysioObservation
from affect_perception.ros.physio_health import PhysioHealth
from affect_perception.ros.pipeline_worker import ChunkWorker


class PhysioStepper(Protocol):
    """The shape of `core.physio.pipeline.PhysioPipeline`."""

    def step(self, event: PhysioEvent, /) -> tuple[PhysioObservation, ...]:
        """One event in, what follows from it out."""
        ...

    def observe_driver(self, number: int) -> None:
        """Takes the number of the driver."""
        ...

    @property
    def facts(self) -> Mapping[BiosignalChannel, RowFacts]:
        """What has become of the chunks of each channel."""
        ...


@dataclass(frozen=True)
class DriverSeen:
    """The number of the driver, on its way into the pipeline's thread."""

    number: int


class PhysioWorker(ChunkWorker):
    """Runs the pipeline of the body signals; arguments as for `ChunkWorker`."""

    def __init__(
        self,
        pipeline: PhysioStepper,
        health: PhysioHealth,
        publish: Callable[[Any], None],
        log_error: Callable[[str], None],
    ) -> None:
        super().__init__(pipeline, health, publish, log_error, "physio")
        self._physio = pipeline

    def submit_driver(self, number: int) -> None:
        """Says who sits there, in the order of the pieces."""
        self.offer(DriverSeen(number))

    def process(self, item: Any) -> None:
        """As `ChunkWorker`; a driver goes to the pipeline."""
        if isinstance(item, DriverSeen):
            self._physio.observe_driver(item.number)
        else:
            super().process(item)

    def absence(self, heard_until_ns: int, blind: float) -> NoSignal:
        """The moment in the sensors' own time; before the first piece there is none."""
        return NoSignal(heard_until_ns + to_ns(blind) if heard_until_ns else 0)

    def name_of(self, item: Any) -> str:
        """A body signal."""
        del item
        return "body signal"
