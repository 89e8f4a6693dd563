"""Memory of the pipeline of the body signals over simulated days, in accelerated time."""

from __future__ import annotations

import gc
import io
import os
import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from affect_perception.core.config import PhysioPipelineConfig
from affect_perception.core.physio.pipeline import PhysioPipeline
from affect_perception.core.types.physio import BiosignalChunk
from affect_perception.evaluation.synthetic.scenario import load_scenario
from affect_perception.inference.onnx_session import OnnxSession
from affect_perception.inference.physio import load_physio_networks
from affect_perception.sim.body.script import body_of
from affect_perception.sim.body.sensors import BodySensors
from affect_perception.sim.scenario import Scenario

SCENARIO = "body"
"""What is played again and again: calm, stress, and most faults of sensors."""
CHUNK_S = 1.0
_HOUR_NS = 3600 * 1_000_000_000
_START_NS = 1_000_000_000


@dataclass(frozen=True)
class MemoryFigures:
    """What was measured at the end of each simulated hour.

    Attributes:
        resident_mib: Memory of the process, MiB.
        state_kib: Size of all that the pipeline keeps (pickled, without the network), KiB.
        observations: Observations so far.
    """

    resident_mib: tuple[float, ...] = ()
    state_kib: tuple[float, ...] = ()
    observations: int = 0

    @property
    def slope_kib_per_hour(self) -> float:
        """Least-squares rise of the process's memory from the second hour on; NaN below three."""
        kept = self.resident_mib[1:]
        if len(kept) < 2:
            return float("nan")
        return float(np.polyfit(np.arange(len(kept)), kept, 1)[0] * 1024.0)


def measure_memory(hours: int, say: Callable[[str], None]) -> MemoryFigures:
    """Plays the scenario for so many hours of signal through one pipeline with its network.

    Args:
        hours: Simulated hours; 0 measures nothing.
        say: Told of every hour.
    """
    if not hours:
        return MemoryFigures()
    pipeline = PhysioPipeline(PhysioPipelineConfig(), load_physio_networks())
    scenario = load_scenario(SCENARIO)
    resident: list[float] = []
    states: list[float] = []
    observations = 0
    for chunk in _endless(scenario):
        hour = (chunk.stamp_ns - _START_NS) // _HOUR_NS
        if hour > len(resident):
            gc.collect()
            resident.append(_resident_mib())
            states.append(_state_kib(pipeline))
            say(
                f"hour {len(resident)} of {hours}: {resident[-1]:.2f} MiB, "
                f"state {states[-1]:.1f} KiB, {observations} observations"
            )
            if len(resident) == hours:
                break
        observations += len(pipeline.step(chunk))
    return MemoryFigures(tuple(resident), tuple(states), observations)


def _endless(scenario: Scenario) -> Iterator[BiosignalChunk]:
    """The chunks of a scenario again and again, each time later by its length."""
    assert scenario.body is not None
    longer = replace(scenario, body=replace(scenario.body, chunk_s=CHUNK_S))
    chunks = list(BodySensors(body_of(longer)).chunks(_START_NS))
    turn = 0
    while True:
        shift = turn * round(scenario.duration_s * 1e9)
        for chunk in chunks:
            yield replace(chunk, stamp_ns=chunk.stamp_ns + shift)
        turn += 1


class _WithoutNetwork(pickle.Pickler):
    def persistent_id(self, obj: Any) -> str | None:
        """A session is no state: it stays what it was when it was loaded."""
        return "network" if isinstance(obj, OnnxSession) else None


def _state_kib(pipeline: PhysioPipeline) -> float:
    stream = io.BytesIO()
    _WithoutNetwork(stream).dump(pipeline)
    return len(stream.getvalue()) / 1024.0


def _resident_mib() -> float:
    """Memory of this process, MiB (Linux)."""
    pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
