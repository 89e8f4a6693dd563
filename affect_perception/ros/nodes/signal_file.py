"""The node signal_file: a recording of body signals as sensors, in real time."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from affect_perception.core.config import SignalFileNodeConfig
from affect_perception.core.errors import ConfigError
from affect_perception.core.types import BiosignalChunk
from affect_perception.io.signals import merge_chunks, read_signals
from affect_perception.ros.biosignal_output import BiosignalOutput
from affect_perception.ros.lifecycle import run_node
from affect_perception.ros.stream_node import StreamNode


class SignalFileNode(StreamNode):
    """See docs/topics.md."""

    counted = "pieces"

    def __init__(self, **options: Any) -> None:
        """`options` go to rclpy's node."""
        super().__init__("signal_file", "signal file", **options)
        self._chunks: list[BiosignalChunk] = []

    def open(self) -> BiosignalOutput:
        """Reads the file."""
        self._config = config = self.parameters.read(SignalFileNodeConfig)
        if not config.file:
            raise ConfigError("parameter 'file': name the recording to play")
        signals = read_signals(Path(config.file))
        self._chunks = [
            replace(chunk, frame_id=config.frame_id)
            for chunk in merge_chunks(signals, config.chunk)
        ]
        return BiosignalOutput(self)

    def release(self) -> None:
        """Forgets the recording."""
        self._chunks = []

    def items(self) -> Iterator[BiosignalChunk]:
        """The recording from now on, in a loop if asked for; pieces go out at their end."""
        begin = self._now() + round(self._config.start_delay * 1e9)
        while self._chunks and not self.stopping.is_set():
            for chunk in self._chunks:
                stamped = replace(chunk, stamp_ns=begin + chunk.stamp_ns)
                self.wait_until(stamped.end_ns, self._now)
                if self.stopping.is_set():
                    return
                yield stamped
            if not self._config.loop:
                return
            begin += max(chunk.end_ns for chunk in self._chunks)

    def _now(self) -> int:
        return int(self.get_clock().now().nanoseconds)


def main(argv: Sequence[str] | None = None) -> int:
    """Entry of the executable."""
    return run_node(SignalFileNode, argv)


if __name__ == "__main__":
    sys.exit(main())
