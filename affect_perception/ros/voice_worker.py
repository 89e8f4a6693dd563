"""What happens to a piece of sound off the executor's thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from affect_perception.core.types import NoSound
from affect_perception.ros.pipeline_worker import ChunkWorker, Stepper
from affect_perception.ros.sound_health import SoundHealth


class VoiceWorker(ChunkWorker):
    """Runs `core.voice.pipeline.VoicePipeline`; arguments as for `ChunkWorker`."""

    def __init__(
        self,
        pipeline: Stepper,
        health: SoundHealth,
        publish: Callable[[Any], None],
        log_error: Callable[[str], None],
    ) -> None:
        super().__init__(pipeline, health, publish, log_error, "voice")

    def absence(self, heard_until_ns: int, blind: float) -> NoSound:
        """No sound since the last one."""
        del blind
        return NoSound(heard_until_ns)

    def name_of(self, item: Any) -> str:
        """Sound."""
        del item
        return "sound"
