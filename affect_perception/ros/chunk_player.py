"""What the nodes signal_file and sim_body share: pieces of body signals when they are due."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import replace

from affect_perception.core.types import BiosignalChunk
from affect_perception.ros.stream_node import StreamNode


class ChunkPlayer(StreamNode):
    """Plays a recording from now on, again and again if asked for.

    Attributes:
        start_at: When to begin, s of the node's clock; 0 for `start_delay` from now.
        start_delay: Time before the first piece, s.
        loop: Whether to start again at the end.
    """

    counted = "pieces"
    start_at = 0.0
    start_delay = 1.0
    loop = True

    @abstractmethod
    def recording(self) -> Iterator[tuple[int, BiosignalChunk]]:
        """Each piece with the time at which it is complete; both count from the beginning, ns."""

    @abstractmethod
    def length_ns(self) -> int:
        """Length of the recording, ns; 0 for none."""

    def played(self, until_ns: int, begin_ns: int) -> None:
        """Called when a piece has gone out: its time, and the stamp of the beginning."""

    def items(self) -> Iterator[BiosignalChunk]:
        """The recording from now on; pieces go out when they are complete."""
        begin = self.begin_ns(self.start_at, self.start_delay, self._now())
        while self.length_ns() and not self.stopping.is_set():
            for due, chunk in self.recording():
                self.wait_until(begin + due, self._now)
                if self.stopping.is_set():
                    return
                yield replace(chunk, stamp_ns=begin + chunk.stamp_ns)
                self.played(due, begin)
            if not self.loop:
                return
            begin += self.length_ns()

    def _now(self) -> int:
        return int(self.get_clock().now().nanoseconds)
