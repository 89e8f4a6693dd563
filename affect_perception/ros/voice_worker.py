"""What happens to a piece of sound off the executor's thread: read, run the pipeline, hand out."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Protocol

from affect_perception.core.errors import AffectPerceptionError
from affect_perception.core.types import AudioChunk, NoSound, VoiceObservation
from affect_perception.core.voice.pipeline import VoiceEvent
from affect_perception.ros.sound_health import SoundHealth
from affect_perception.ros.worker import NewestWorker

PLACES = 250
"""Pieces that may wait: five seconds of 20 ms. The pipeline is tens of times faster than real time,
so they wait only while the machine is stalled; what gives way then is a gap in the sound."""

Read = Callable[[], AudioChunk]


class Stepper(Protocol):
    """The shape of `core.voice.pipeline.VoicePipeline`."""

    def step(self, event: VoiceEvent) -> tuple[VoiceObservation, ...]:
        """One event in, what follows from it out."""
        ...


class VoiceWorker:
    """Runs the pipeline in a thread of its own; pieces of sound wait in a row.

    Args:
        pipeline: Used from the worker's thread only.
        health: Counts what happens.
        publish: Called in the worker's thread with what followed from a piece.
        log_error: Called with one sentence for every piece that cannot be used.
    """

    def __init__(
        self,
        pipeline: Stepper,
        health: SoundHealth,
        publish: Callable[[VoiceObservation], None],
        log_error: Callable[[str], None],
    ) -> None:
        self._pipeline = pipeline
        self._health = health
        self._publish = publish
        self._log_error = log_error
        self._heard_until_ns = 0
        # None stands for no sound.
        self._worker: NewestWorker[Read | None] = NewestWorker(
            self._process, "voice_pipeline", places=PLACES
        )
        self.start = self._worker.start
        self.stop = self._worker.stop

    def submit(self, read: Read) -> None:
        """Offers a piece of sound, still to be read from its message; never blocks."""
        if self._worker.submit(read):
            self._health.count("dropped")

    def submit_absence(self) -> None:
        """Says that no sound has come; no news while a piece is in work."""
        if self._worker.idle:
            self._worker.submit(None)

    def _process(self, read: Read | None) -> None:
        try:
            event = NoSound(self._heard_until_ns) if read is None else read()
            if isinstance(event, AudioChunk):
                self._heard_until_ns = event.end_ns
            for observation in self._pipeline.step(event):
                self._publish(observation)
        except AffectPerceptionError as error:
            self._fail(str(error))
        except Exception:  # noqa: BLE001
            # The edge of our code: sound that trips over a bug must not end the listening.
            self._fail(f"internal error: {traceback.format_exc()}")

    def _fail(self, message: str) -> None:
        self._health.error(message)
        self._log_error(f"sound not used: {message}")
