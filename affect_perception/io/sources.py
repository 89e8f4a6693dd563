"""Opens a recording, whatever it is stored in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from affect_perception.core.errors import InputError
from affect_perception.io.audio import SoundFileSource
from affect_perception.io.audio_messages import SoundFormat
from affect_perception.io.events import Source
from affect_perception.io.signal_file import SIGNAL_SUFFIXES, SignalFileSource

BAG_SUFFIXES = (".mcap", ".db3")
SOUND_SUFFIXES = (".wav", ".flac", ".ogg", ".opus", ".mp3", ".aiff", ".aif")
SCENARIO_SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True)
class Topics:
    """Which topics of a bag to read; needed where it has several of a kind.

    Attributes:
        image: Camera topic; "" takes the only one.
        twist: Vehicle speed topic, likewise.
        audio: Sound topic, likewise.
        body: Topic of the body signals, likewise.
        sound_format: What sound is whose messages do not tell it, and no AudioInfo does.
    """

    image: str = ""
    twist: str = ""
    audio: str = ""
    body: str = ""
    sound_format: SoundFormat | None = None


def open_source(path: Path | str, topics: Topics | None = None) -> Source:
    """Opens a bag (rosbag2 folder, .mcap, .db3), a file of sound or of body signals, or a video.

    Args:
        path: The recording.
        topics: What to read of a bag.

    Raises:
        InputError: If there is no such file, it is none of these, or it holds nothing to replay.
    """
    topics = topics or Topics()
    path = Path(path)
    if not path.exists():
        raise InputError(f"{path} does not exist")
    if path.is_dir() or path.suffix in BAG_SUFFIXES:
        from affect_perception.io.bag_reader import BagSource

        return BagSource(
            path,
            image_topic=topics.image,
            twist_topic=topics.twist,
            audio_topic=topics.audio,
            body_topic=topics.body,
            sound_format=topics.sound_format,
        )
    if path.suffix == ".bag":
        raise InputError(f"{path} is a ROS 1 bag; convert it with 'rosbags-convert' first")
    if path.suffix.lower() in SOUND_SUFFIXES:
        return SoundFileSource(path)
    if path.suffix.lower() in SIGNAL_SUFFIXES:
        return SignalFileSource(path)
    from affect_perception.io.video import VideoSource

    return VideoSource(path)


def sees(source: Source) -> bool:
    """Whether a recording holds pictures."""
    return source.frames != 0


def hears(source: Source) -> bool:
    """Whether a recording holds sound."""
    from affect_perception.io.bag_reader import BagSource

    if isinstance(source, BagSource):
        return bool(source.topics["audio"])
    return isinstance(source, SoundFileSource)


def measures(source: Source) -> bool:
    """Whether a recording holds body signals."""
    from affect_perception.io.bag_reader import BagSource

    if isinstance(source, BagSource):
        return bool(source.topics["body"])
    return isinstance(source, SignalFileSource)
