"""Reads rosbag2 recordings (folder, MCAP or sqlite3 file) without ROS.

Topics are found by their type. Pictures keep the order in which they were recorded, also where
their stamps run backwards: the pipeline has to see what the live node saw.
"""

from __future__ import annotations

import heapq
import logging
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from affect_perception.core.errors import InputError
from affect_perception.core.types import (
    AudioChunk,
    CameraFrame,
    CameraIntrinsics,
    VehicleState,
)
from affect_perception.core.types.event_time import complete_ns
from affect_perception.core.types.physio import BiosignalChunk
from affect_perception.io.audio_messages import (
    AUDIO_INFO,
    SOUND_TYPES,
    SoundFormat,
    format_of_info,
    reader_of,
)
from affect_perception.io.bag_definitions import check_definitions
from affect_perception.io.camera_info import camera_intrinsics, fit_intrinsics
from affect_perception.io.events import BadFrame, Event
from affect_perception.io.image_codec import decode_compressed, decode_raw
from affect_perception.io.message_fields import stamp_to_ns
from affect_perception.io.message_types import typestore
from affect_perception.io.physio_fields import BIOSIGNAL_CHUNK, chunk_of_message

if TYPE_CHECKING:
    from rosbags.highlevel import AnyReader
    from rosbags.interfaces import Connection

_LOG = logging.getLogger(__name__)

RAW_IMAGE = "sensor_msgs/msg/Image"
COMPRESSED_IMAGE = "sensor_msgs/msg/CompressedImage"
CAMERA_INFO = "sensor_msgs/msg/CameraInfo"
TWISTS = ("geometry_msgs/msg/TwistStamped", "geometry_msgs/msg/TwistWithCovarianceStamped")


class BagSource:
    """A recording with a topic of pictures, sound or body signals, and speed where there is one.

    Args:
        path: rosbag2 folder, .mcap or .db3 file.
        image_topic: Camera topic; "" takes the only one, if any.
        twist_topic: Topic of the vehicle speed, likewise.
        audio_topic: Topic of the sound, likewise.
        body_topic: Topic of the body signals, likewise.
        sound_format: What sound is whose messages do not tell it, without an AudioInfo.

    Raises:
        InputError: If the bag is broken, or the topics are missing or ambiguous.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        image_topic: str = "",
        twist_topic: str = "",
        audio_topic: str = "",
        body_topic: str = "",
        sound_format: SoundFormat | None = None,
    ) -> None:
        self._path = Path(path)
        self._sound_format = sound_format or SoundFormat(16_000, 1)
        with self._reader() as reader:
            connections = list(reader.connections)
            self._audio, self._audio_type = _audio_topic(connections, audio_topic, self._path)
            self._body = _body_topic(connections, body_topic, self._path)
            alone = bool(self._audio or self._body) and not image_topic
            self._image = _camera_topic(connections, image_topic, self._path, required=not alone)
            self._info = _camera_info_topic(connections, self._image)
            self._twist = _twist_topic(connections, twist_topic, self._path)
            of_image = (c for c in connections if c.topic == self._image)
            self._frames = sum(c.msgcount for c in of_image)
            used = [c.msgtype for c in connections if c.topic in self.topics.values()]
            _check(reader, used, self._path)
        if self._image and not self._frames:
            raise InputError(f"{self._path}: camera topic {self._image} holds no messages")

    @property
    def name(self) -> str:
        """File or folder name."""
        return self._path.name

    @property
    def path(self) -> Path:
        """Where it lies."""
        return self._path

    @property
    def frames(self) -> int | None:
        """Messages on the camera topic."""
        return self._frames

    @property
    def topics(self) -> dict[str, str]:
        """Topics: image, camera_info, twist, audio, body ("" where there is none)."""
        return {
            "image": self._image,
            "camera_info": self._info,
            "twist": self._twist,
            "audio": self._audio,
            "body": self._body,
        }

    def events(self, on_bad_frame: BadFrame | None = None) -> Iterator[Event]:
        """Pictures, sound and body signals in the order of recording, merged by `complete_ns`."""
        with self._reader() as reader:
            infos = _messages(reader, self._info, self._path)
            calibration = _Calibration(self._info, infos)
            speeds = [
                VehicleState(stamp_of(message), _twist(message).linear.x)
                for message in _messages(reader, self._twist, self._path)
            ]
            streams: tuple[Iterable[Event], ...] = (
                speeds,
                # Of equal stamps the picture is last, as it takes longest to become an observation.
                self._sounds(reader, on_bad_frame),
                self._signals(reader, on_bad_frame),
                self._pictures(reader, calibration, on_bad_frame),
            )
            yield from heapq.merge(*streams, key=complete_ns)

    def _pictures(
        self, reader: AnyReader, calibration: _Calibration, on_bad_frame: BadFrame | None
    ) -> Iterator[CameraFrame]:
        for message in _messages(reader, self._image, self._path):
            stamp = stamp_of(message)
            try:
                _require_stamp(stamp)
                image = _decode(message)
                intrinsics = calibration.at(stamp, image.shape[1], image.shape[0])
                frame_id = message.header.frame_id or "camera_optical"
                frame = CameraFrame(stamp, image, frame_id, intrinsics)
            except InputError as error:
                self._tell("picture", stamp, error, on_bad_frame)
                continue
            yield frame

    def _sounds(self, reader: AnyReader, on_bad_frame: BadFrame | None) -> Iterator[AudioChunk]:
        if not self._audio:
            return
        read = reader_of(self._audio_type, self._stated_format(reader))
        for received, message in _received(reader, self._audio, self._path):
            try:
                yield read(message, received)
            except InputError as error:
                self._tell("sound", received, error, on_bad_frame)

    def _signals(
        self, reader: AnyReader, on_bad_frame: BadFrame | None
    ) -> Iterator[BiosignalChunk]:
        for received, message in _received(reader, self._body, self._path):
            try:
                yield chunk_of_message(message)
            except InputError as error:
                self._tell("body signal", received, error, on_bad_frame)

    def _tell(
        self, what: str, at_ns: int, error: InputError, on_bad_frame: BadFrame | None
    ) -> None:
        problem = InputError(f"{self._path}: {what} at {at_ns / 1e9:.3f} s: {error}")
        if on_bad_frame is None:
            raise problem from error
        on_bad_frame(at_ns, problem)

    def _stated_format(self, reader: AnyReader) -> SoundFormat:
        """The first AudioInfo of the recording, else what was given."""
        infos = sorted(c.topic for c in reader.connections if c.msgtype == AUDIO_INFO)
        first = next(_messages(reader, infos[0] if infos else "", self._path), None)
        return self._sound_format if first is None else format_of_info(first)

    @contextmanager
    def _reader(self) -> Iterator[AnyReader]:
        from rosbags.highlevel import AnyReader
        from rosbags.typesys import Stores, get_typestore

        with ExitStack() as stack:
            with _damage(self._path):
                store = get_typestore(Stores.ROS2_HUMBLE)
                reader = stack.enter_context(AnyReader([self._path], default_typestore=store))
            yield reader


def _check(reader: AnyReader, types: list[str], path: Path) -> None:
    """Refuses definitions that messages cannot be read by."""
    try:
        check_definitions(reader.typestore, typestore(), types)
    except InputError as error:
        raise InputError(f"{path} is damaged: {error}") from error


@contextmanager
def _damage(path: Path) -> Iterator[None]:
    """Turns whatever rosbags stumbles over into an InputError; holds nothing but calls of it."""
    try:
        yield
    except FileNotFoundError as error:
        raise InputError(f"{path} is no rosbag2 folder: metadata.yaml is missing") from error
    except Exception as error:
        # On damaged records the errors of five libraries come through (apsw, zstd, struct, ...),
        # and assertions, key, type and memory errors of rosbags itself.
        reason = str(error) or type(error).__name__
        raise InputError(f"{path} is damaged or no rosbag2 recording: {reason}") from error


class _Calibration:
    """The camera_info in force at a stamp: the newest not after it, else the first.

    One that cannot be used is told once and left out, as in the live node: the states then say
    intrinsics_assumed.
    """

    def __init__(self, topic: str, messages: Iterable[Any]) -> None:
        self._topic = topic
        self._told: set[str] = set()
        self._entries = [(stamp_of(message), self._read(message)) for message in messages]
        self._at = 0

    def at(self, stamp_ns: int, width: int, height: int) -> CameraIntrinsics | None:
        """The intrinsics of a picture of that size, None where there are none that fit."""
        if not self._entries:
            return None
        while self._at + 1 < len(self._entries) and self._entries[self._at + 1][0] <= stamp_ns:
            self._at += 1
        intrinsics = self._entries[self._at][1]
        try:
            return fit_intrinsics(intrinsics, width, height) if intrinsics else None
        except InputError as error:
            self._tell(error)
            return None

    def _read(self, message: Any) -> CameraIntrinsics | None:
        try:
            return camera_intrinsics(message)
        except InputError as error:
            self._tell(error)
            return None

    def _tell(self, error: InputError) -> None:
        if str(error) not in self._told:
            self._told.add(str(error))
            _LOG.warning("%s: %s; the field of view is assumed", self._topic, error)


def stamp_of(message: Any) -> int:
    """Acquisition stamp of a message with a header, ns."""
    return stamp_to_ns(message.header.stamp)


def _require_stamp(stamp_ns: int) -> None:
    if stamp_ns == 0:
        raise InputError("image has no acquisition stamp (header.stamp is 0)")


def _messages(reader: AnyReader, topic: str, path: Path) -> Iterator[Any]:
    return (message for _, message in _received(reader, topic, path))


def _received(reader: AnyReader, topic: str, path: Path) -> Iterator[tuple[int, Any]]:
    """(time of recording in ns, message) of a topic."""
    connections = [c for c in reader.connections if topic and c.topic == topic]
    if not connections:
        return
    messages = reader.messages(connections)
    while True:
        with _damage(path):
            found = next(messages, None)
            if found is None:
                return
            connection, received, data = found
            message = reader.deserialize(data, connection.msgtype)
        yield received, message


def _decode(message: Any) -> Any:
    if hasattr(message, "format"):
        return decode_compressed(message.data, message.format)
    return decode_raw(
        message.data,
        message.width,
        message.height,
        message.encoding,
        message.step,
        bool(message.is_bigendian),
    )


def _twist(message: Any) -> Any:
    return message.twist.twist if hasattr(message.twist, "twist") else message.twist


def _audio_topic(connections: list[Connection], wanted: str, path: Path) -> tuple[str, str]:
    """Topic and message type; audio_capture publishes every sound twice, the stamped one counts."""
    types = {c.topic: c.msgtype for c in connections if c.msgtype in SOUND_TYPES}
    if not wanted and f"{min(types, default='')}_stamped" in types and len(types) == 2:
        wanted = f"{min(types)}_stamped"
    topic = _choose(set(types), wanted, path, "audio topic", "--audio-topic", required=False)
    return topic, types.get(topic, "")


def _camera_topic(connections: list[Connection], wanted: str, path: Path, *, required: bool) -> str:
    cameras = {c.topic: c for c in connections if c.msgtype in (RAW_IMAGE, COMPRESSED_IMAGE)}
    return _choose(set(cameras), wanted, path, "camera topic", "--image-topic", required=required)


def _body_topic(connections: list[Connection], wanted: str, path: Path) -> str:
    topics = {c.topic for c in connections if c.msgtype == BIOSIGNAL_CHUNK}
    what = "topic of body signals"
    return _choose(topics, wanted, path, what, "--body-topic", required=False)


def _twist_topic(connections: list[Connection], wanted: str, path: Path) -> str:
    twists = {c.topic for c in connections if c.msgtype in TWISTS}
    return _choose(twists, wanted, path, "twist topic", "--twist-topic", required=False)


def _choose(
    found: set[str], wanted: str, path: Path, what: str, option: str, *, required: bool
) -> str:
    names = ", ".join(sorted(found)) or "none"
    if wanted:
        topic = "/" + wanted.lstrip("/")
        if topic not in found:
            raise InputError(f"{path} has no {what} {topic}; found: {names}")
        return topic
    if len(found) > 1:
        raise InputError(f"{path} has more than one {what}: {names}; choose with {option}")
    if not found and required:
        raise InputError(
            f"{path} has no {what} (sensor_msgs Image or CompressedImage), no sound "
            "and no body signals"
        )
    return next(iter(found), "")


def _camera_info_topic(connections: list[Connection], image_topic: str) -> str:
    """The camera_info beside the image topic (image_transport's convention), or the only one."""
    infos = {c.topic for c in connections if c.msgtype == CAMERA_INFO}
    base = image_topic.removesuffix("/compressed")
    sibling = base.rpartition("/")[0] + "/camera_info"
    if sibling in infos:
        return sibling
    return next(iter(infos)) if len(infos) == 1 else ""
