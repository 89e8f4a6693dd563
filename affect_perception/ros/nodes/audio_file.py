"""The node audio_file: a sound file as a microphone, in real time."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from affect_perception.core.config import AudioFileNodeConfig
from affect_perception.core.errors import ConfigError
from affect_perception.core.types import AudioChunk
from affect_perception.io.audio import chunks_of_file
from affect_perception.ros.audio_output import AudioOutput
from affect_perception.ros.lifecycle import run_node
from affect_perception.ros.stream_node import StreamNode


class AudioFileNode(StreamNode):
    """See docs/topics.md."""

    counted = "pieces"

    def __init__(self, **options: Any) -> None:
        """`options` go to rclpy's node."""
        super().__init__("audio_file", "sound file", **options)
        self._chunks: list[AudioChunk] = []

    def open(self) -> AudioOutput:
        """Reads the file."""
        self._config = config = self.parameters.read(AudioFileNodeConfig)
        if not config.file:
            raise ConfigError("parameter 'file': name the sound file to play")
        self._chunks = list(chunks_of_file(Path(config.file), chunk_s=config.topic.chunk))
        return AudioOutput(self)

    def release(self) -> None:
        """Forgets the sound."""
        self._chunks = []

    def items(self) -> Iterator[AudioChunk]:
        """The file from now on, again and again if `loop` is set; a piece goes out at its end."""
        begin = self.begin_ns(self._config.start_at, self._config.start_delay, self._now())
        while self._chunks and not self.stopping.is_set():
            for chunk in self._chunks:
                stamped = replace(
                    chunk, stamp_ns=begin + chunk.stamp_ns, frame_id=self._config.topic.frame_id
                )
                self.wait_until(stamped.end_ns, self._now)
                if self.stopping.is_set():
                    return
                yield stamped
            if not self._config.loop:
                return
            begin += self._chunks[-1].end_ns

    def _now(self) -> int:
        return int(self.get_clock().now().nanoseconds)


def main(argv: Sequence[str] | None = None) -> int:
    """Entry of the executable."""
    return run_node(AudioFileNode, argv)


if __name__ == "__main__":
    sys.exit(main())
