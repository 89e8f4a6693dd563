"""A pipeline with the fusion behind it: its observations go in, affect states come out as well."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any, Protocol

from affect_perception.core.config.fusion import FusionConfig
from affect_perception.core.enums import Modality
from affect_perception.core.fusion.fusion import AffectFusion
from affect_perception.core.types import (
    MODALITIES,
    AffectState,
    DriverContext,
    FaceObservation,
    VoiceObservation,
)
from affect_perception.core.types.physio import PhysioObservation


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

    def step(self, event: Any) -> tuple[Any, ...]:
        """One event in; its outputs, each followed by the affect states that it makes due."""
        outputs: list[Any] = []
        for output in self._pipeline.step(event):
            outputs.append(output)
            if isinstance(output, (FaceObservation, VoiceObservation, PhysioObservation)):
                states = list(self._fusion.silence(output.stamp_ns))
                state: AffectState | None = self._fusion.step(output)
                states += [state] if state is not None else []
                for due in states:
                    self._pipeline.step(DriverContext.of(due))
                outputs += states
        return tuple(outputs)


def only(config: FusionConfig, modalities: Collection[Modality]) -> FusionConfig:
    """The parameters with every other modality out of use."""
    parts = {
        name.word: replace(getattr(config, name.word), use=False)
        for name in MODALITIES
        if name not in modalities
    }
    return replace(config, **parts)
