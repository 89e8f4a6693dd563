"""The node microphone: a sound card through sounddevice, for those who have no audio node yet."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Any

from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn

from affect_perception.core.config import MicrophoneNodeConfig
from affect_perception.core.errors import InputError
from affect_perception.core.types import AudioChunk
from affect_perception.io.microphone import Microphone
from affect_perception.ros.audio_output import AudioOutput
from affect_perception.ros.health import Level, Report
from affect_perception.ros.lifecycle import run_node, transition
from affect_perception.ros.stream_node import StreamNode

LOST_AFTER = 2.0
"""Seconds without sound after which the microphone counts as unplugged."""
PRIVACY = "sound of whoever is near the microphone is published to whom subscribes"


class MicrophoneNode(StreamNode):
    """See docs/topics.md."""

    counted = "pieces"

    def __init__(self, **options: Any) -> None:
        """`options` go to rclpy's node."""
        super().__init__("microphone", "microphone", **options)
        self._lost = 0

    def open(self) -> AudioOutput:
        """Tries the device and lets go of it: it is open only while the node is active."""
        self._config = self.parameters.read(MicrophoneNodeConfig)
        self._microphone().close()
        return AudioOutput(self)

    @transition
    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Starts the stream, and says what it carries."""
        self.get_logger().warning(PRIVACY)
        return super().on_activate(state)

    def report(self) -> Report:
        """The stream, and what leaves the node."""
        report = super().report()
        report.values |= {"pieces lost": str(self._lost), "privacy": PRIVACY}
        if self._lost:
            report.raise_to(Level.WARN, f"{self._lost} pieces of sound were lost")
        return report

    def items(self) -> Iterator[AudioChunk]:
        """What the microphone gives."""
        silent = 0.0
        with self._microphone() as microphone:
            while not self.stopping.is_set():
                chunk = microphone.take(0.1)
                self._lost = microphone.lost
                silent = silent + 0.1 if chunk is None else 0.0
                if silent >= LOST_AFTER:
                    raise InputError(f"microphone {self._config.device!r} gives no more sound")
                if chunk is not None:
                    yield chunk

    def _microphone(self) -> Microphone:
        device = self._config.device
        return Microphone(
            int(device) if device.isdigit() else device or None,
            rate=self._config.rate,
            channels=self._config.channels,
            chunk_s=self._config.topic.chunk,
            clock=lambda: int(self.get_clock().now().nanoseconds),
            frame_id=self._config.topic.frame_id,
        )


def main(argv: Sequence[str] | None = None) -> int:
    """Entry of the executable."""
    return run_node(MicrophoneNode, argv)


if __name__ == "__main__":
    sys.exit(main())
