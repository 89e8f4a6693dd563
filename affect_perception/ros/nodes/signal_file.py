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
from affect_perception.io.signal_file import SignalFileSource
from affect_perception.ros.biosignal_output import BiosignalOutput
from affect_perception.ros.chunk_player import ChunkPlayer
from affect_perception.ros.lifecycle import run_node


class SignalFileNode(ChunkPlayer):
    """See docs/topics.md."""

    def __init__(self, **options: Any) -> None:
        """`options` go to rclpy's node."""
        super().__init__("signal_file", "signal file", **options)
        self._chunks: list[BiosignalChunk] = []

    def open(self) -> BiosignalOutput:
        """Reads the file."""
        config = self.parameters.read(SignalFileNodeConfig)
        if not config.file:
            raise ConfigError("parameter 'file': name the recording to play")
        self.start_delay, self.loop = config.start_delay, config.loop
        source = SignalFileSource(Path(config.file))
        for name, reason in source.left_out.items():
            self.get_logger().warning(f"{config.file}: {name} is left out: {reason}")
        self._chunks = [
            replace(chunk, frame_id=config.frame_id) for chunk in source.chunks(config.chunk)
        ]
        return BiosignalOutput(self)

    def release(self) -> None:
        """Forgets the recording."""
        self._chunks = []

    def length_ns(self) -> int:
        """Time of the last sample, ns."""
        return max((chunk.end_ns for chunk in self._chunks), default=0)

    def recording(self) -> Iterator[tuple[int, BiosignalChunk]]:
        """The whole file."""
        return ((chunk.end_ns, chunk) for chunk in self._chunks)


def main(argv: Sequence[str] | None = None) -> int:
    """Entry of the executable."""
    return run_node(SignalFileNode, argv)


if __name__ == "__main__":
    sys.exit(main())
