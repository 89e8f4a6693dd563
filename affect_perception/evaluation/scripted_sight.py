"""Plays scripted observations through the pipeline, in the place of pictures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from affect_perception.core.attention.profile import Profile
from affect_perception.core.cabin import CabinGeometry
from affect_perception.core.config import PipelineConfig
from affect_perception.core.driver_baseline.snapshot import BaselineSnapshot
from affect_perception.core.network import FaceNetworks
from affect_perception.core.pipeline import Pipeline
from affect_perception.core.types import AttentionState, CameraFrame, FaceObservation, VehicleState
from affect_perception.inference.loader import BLINKS, load_network
from affect_perception.sim.observed.observations import Event

_NO_PICTURE = np.zeros((1, 1), np.uint8)


class ScriptedSight:
    """Stands in for the vision: gives the observation that was put in for the next picture."""

    def __init__(self) -> None:
        self.next: FaceObservation | None = None

    def step(self, frame: CameraFrame) -> FaceObservation:
        """The observation of this picture."""
        assert self.next is not None
        assert self.next.stamp_ns == frame.stamp_ns
        return self.next

    def reset(self) -> None:
        """Nothing is remembered."""

    def observe_vehicle(self, vehicle: VehicleState) -> None:
        """The script knows the speed."""

    def observe_attention(self, state: AttentionState) -> None:
        """Nothing is learned."""

    def restore(self, snapshot: BaselineSnapshot) -> None:
        """Nothing is learned."""

    def snapshot(self) -> BaselineSnapshot:
        """Nothing is learned."""
        return BaselineSnapshot()


class _NotNeeded:
    """Stands in for a network of the vision: the script sees in its place."""

    name = "not needed"

    def run(self, *_: npt.NDArray[Any]) -> tuple[npt.NDArray[np.float32], ...]:
        """Never called."""
        raise AssertionError("scripted observations need no network of the vision")


@cache
def _networks() -> FaceNetworks:
    """Only the network that judges sequences of blinks, which comes with the package."""
    none = _NotNeeded()
    return FaceNetworks(none, none, none, blinks=load_network(BLINKS))


def states(
    events: Iterable[Event], config: PipelineConfig, cabin: CabinGeometry, profile: Profile
) -> Iterator[AttentionState]:
    """The states that the pipeline makes of observations under a policy profile."""
    sight = ScriptedSight()
    pipeline = Pipeline(config, cabin, _networks(), profile, lambda *_: sight)
    for event in events:
        if isinstance(event, VehicleState):
            pipeline.step(event)
            continue
        sight.next = event
        outputs = pipeline.step(CameraFrame(event.stamp_ns, _NO_PICTURE))
        yield next(o for o in outputs if isinstance(o, AttentionState))
