"""Writes sound into a rosbag2 recording."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from affect_perception.core.types import AudioChunk
from affect_perception.io.audio_messages import AUDIO_CHUNK, chunk_fields
from affect_perception.io.bag_writer import BagWriter

AUDIO_TOPIC = "/audio"


def write_chunk(
    bag: BagWriter, chunk: AudioChunk, received_ns: int, topic: str = AUDIO_TOPIC
) -> None:
    """Writes one piece as AudioChunk, received at a time: readers give pieces in that order."""
    bag.write(topic, AUDIO_CHUNK, chunk_fields(chunk), received_ns)


def record_sound(chunks: Iterable[AudioChunk], path: Path, topic: str = AUDIO_TOPIC) -> int:
    """Writes a recording of nothing but sound.

    Args:
        chunks: The pieces, in the order in which they come; each is received when it is complete,
            but never before the one before it.
        path: `*.mcap` for one file, any other name for a rosbag2 folder.
        topic: Absolute name of the topic.

    Returns:
        The number of pieces.
    """
    count = received = 0
    with BagWriter(path) as bag:
        for chunk in chunks:
            received = max(received, chunk.end_ns)
            write_chunk(bag, chunk, received, topic)
            count += 1
    return count
