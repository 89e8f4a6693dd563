"""A pipeline with the fusion behind it: its observations go in, affect states come out as well."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any, Protocol

from affect_perception.core.config.fusion import FusionConfig
from affect_perception.core.enums import Modality
from affect_perception.core.fusion.evidence import Observation
from affect_perception.core.fusion.fusion import AffectFusion
from affect_perception.core.types import MODALITIES, AffectState, DriverContext
from affect_perception.core.types.event_time import complete_ns

_STEP_BACK_NS = 1_000_000_000
"""Events are in the order of their ends but for jitter; more is a clock that was set back."""


class Steps(Protocol):
    """The shape of every pipeline."""

    def step(self, event: Any) -> tuple[Any, ...]:
        """One event in, what follows from it out."""
        ...


class FusedPipeline:
    """Adds the affect states to what a pipeline gives, and tells the pipeline of them.

    Args:
        pipeline: What observes.
        fusion: What makes one state of it.
    """

    def __init__(self, pipeline: Steps, fusion: AffectFusion) -> None:
        self._pipeline = pipeline
        self._fusion = fusion
        self._now_ns: int | None = None
        self._ahead: list[Observation] = []

    def step(self, event: Any) -> tuple[Any, ...]:
        """One event in; its outputs, and the affect states that are due by them.

        An observation whose stamp is ahead of all events so far (the clock of a sensor is learned,
        so its end may be a little later than the chunk says) waits for time to get there, as it
        waits for the face in the node.
        """
        outputs = list(self._pipeline.step(event))
        self._ahead += [output for output in outputs if isinstance(output, Observation)]
        now = complete_ns(event)
        if self._now_ns is not None and now < self._now_ns - _STEP_BACK_NS:
            self._now_ns = None  # another clock: what waited for the old one waits no longer
            due, self._ahead = self._ahead, []
        else:
            self._now_ns = max(now, self._now_ns or now)
            due = [one for one in self._ahead if one.stamp_ns <= self._now_ns]
            self._ahead = [one for one in self._ahead if one.stamp_ns > self._now_ns]
        for observation in sorted(due, key=_stamp):
            outputs += self._fuse(observation)
        return tuple(outputs)

    def _fuse(self, observation: Observation) -> list[AffectState]:
        states = list(self._fusion.silence(observation.stamp_ns))
        state = self._fusion.step(observation)
        states += [state] if state is not None else []
        for due in states:
            self._pipeline.step(DriverContext.of(due))
        return states


def _stamp(observation: Observation) -> int:
    return observation.stamp_ns


def only(config: FusionConfig, modalities: Collection[Modality]) -> FusionConfig:
    """The parameters with every other modality out of use."""
    parts = {
        name.word: replace(getattr(config, name.word), use=False)
        for name in MODALITIES
        if name not in modalities
    }
    return replace(config, **parts)
