"""What happens to a piece of a body signal off the executor's thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from affect_perception.core.buffers import to_ns
from affect_perception.core.enums import BiosignalChannel
from affect_perception.core.physio.signal_row import RowFacts
from affect_perception.core.types import NoSignal
from affect_perception.ros.physio_health import PhysioHealth
from affect_perception.ros.pipeline_worker import ChunkWorker, Stepper


class PhysioStepper(Stepper, Protocol):
    """The shape of `core.physio.pipeline.PhysioPipeline`."""

    @property
    def facts(self) -> Mapping[BiosignalChannel, RowFacts]:
        """What has become of the chunks of each channel."""
        ...


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

    def absence(self, heard_until_ns: int, blind: float) -> NoSignal:
        """The moment in the sensors' own time; before the first piece there is none."""
        return NoSignal(heard_until_ns + to_ns(blind) if heard_until_ns else 0)

    def name_of(self, item: Any) -> str:
        """A body signal."""
        del item
        return "body signal"
