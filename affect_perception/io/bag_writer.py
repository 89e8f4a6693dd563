"""Writes rosbag2 recordings without ROS: one MCAP file, or a folder with metadata.yaml.

The bytes depend only on what is written: the stamps in the bag are those given, chunk size and
compression are fixed, and no clock is read.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Protocol

from affect_perception import __version__
from affect_perception.core.errors import InputError
from affect_perception.io.message_types import serialize, typestore

CHUNK_BYTES = 1 << 20
BAG_VERSION: Literal[8] = 8
"""Of metadata.yaml; the newest that Humble's rosbag2 reads without complaint."""


class _Storage(Protocol):
    def add_topic(self, topic: str, message_type: str) -> Any: ...

    def write(self, channel: Any, stamp_ns: int, sequence: int, data: bytes) -> None: ...

    def close(self) -> None: ...


class BagWriter:
    """A context manager that writes messages given as nested fields.

    The recording appears under its name only when it is complete; until then, and if writing
    fails, there is at most a `.part`, which is removed.

    Args:
        path: `*.mcap` for one file, any other name for a folder.

    Raises:
        InputError: If the folder exists already (files are overwritten, folders never).
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self._part = self.path.with_name(self.path.name + ".part")
        self._channels: dict[str, tuple[Any, str]] = {}
        self._counts: dict[str, int] = {}
        self._storage: _Storage | None = None

    def __enter__(self) -> BagWriter:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._remove_part()
        if self.path.suffix == ".mcap":
            self._storage = _McapFile(self._part)
        else:
            if self.path.exists():
                raise InputError(f"{self.path} exists already; name a folder that does not")
            self._storage = _Folder(self.path)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        storage, self._storage = self._storage, None
        if storage is None:
            return
        storage.close()
        if error is not None:
            self._remove_part()
            if self.path.is_dir():
                shutil.rmtree(self.path)
        elif self._part.exists():
            self._part.replace(self.path)

    def write(
        self, topic: str, message_type: str, fields: Mapping[str, Any], stamp_ns: int
    ) -> None:
        """Writes one message.

        Args:
            topic: Absolute topic name; a topic keeps the type of its first message.
            message_type: For instance "sensor_msgs/msg/CameraInfo".
            fields: All fields of the message, nested.
            stamp_ns: Time of the message in the bag (both log and publish time).
        """
        self.write_serialized(topic, message_type, serialize(fields, message_type), stamp_ns)

    def write_serialized(self, topic: str, message_type: str, data: bytes, stamp_ns: int) -> None:
        """Writes one message that is serialized (CDR) already; arguments as for `write`."""
        storage = self._open_storage()
        if topic not in self._channels:
            self._channels[topic] = (storage.add_topic(topic, message_type), message_type)
            self._counts[topic] = 0
        channel, known_type = self._channels[topic]
        if known_type != message_type:
            raise InputError(f"topic {topic} holds {known_type}, not {message_type}")
        storage.write(channel, stamp_ns, self._counts[topic], data)
        self._counts[topic] += 1

    def _open_storage(self) -> _Storage:
        if self._storage is None:
            raise InputError(f"bag {self.path} is not open")
        return self._storage

    def _remove_part(self) -> None:
        self._part.unlink(missing_ok=True)


class _McapFile:
    """One MCAP file with the ros2 profile, as `ros2 bag play FILE` takes it."""

    def __init__(self, path: Path) -> None:
        from mcap.writer import CompressionType, Writer

        self._stream = path.open("wb")
        self._writer = Writer(
            self._stream, chunk_size=CHUNK_BYTES, compression=CompressionType.ZSTD
        )
        self._writer.start(profile="ros2", library=f"affect_perception {__version__}")
        self._schemas: dict[str, int] = {}

    def add_topic(self, topic: str, message_type: str) -> Any:
        if message_type not in self._schemas:
            definition, _ = typestore().generate_msgdef(message_type, ros_version=2)
            self._schemas[message_type] = self._writer.register_schema(
                name=message_type, encoding="ros2msg", data=definition.encode()
            )
        return self._writer.register_channel(
            topic=topic,
            message_encoding="cdr",
            schema_id=self._schemas[message_type],
            metadata={"offered_qos_profiles": ""},
        )

    def write(self, channel: Any, stamp_ns: int, sequence: int, data: bytes) -> None:
        self._writer.add_message(
            channel_id=channel,
            log_time=stamp_ns,
            publish_time=stamp_ns,
            sequence=sequence,
            data=data,
        )

    def close(self) -> None:
        self._writer.finish()
        self._stream.close()


class _Folder:
    """A rosbag2 folder: an MCAP file and metadata.yaml."""

    def __init__(self, path: Path) -> None:
        from rosbags.rosbag2 import StoragePlugin, Writer

        self._writer = Writer(path, version=BAG_VERSION, storage_plugin=StoragePlugin.MCAP)
        self._writer.open()

    def add_topic(self, topic: str, message_type: str) -> Any:
        return self._writer.add_connection(topic, message_type, typestore=typestore())

    def write(self, channel: Any, stamp_ns: int, sequence: int, data: bytes) -> None:
        del sequence  # rosbags leaves it 0
        self._writer.write(channel, stamp_ns, data)

    def close(self) -> None:
        self._writer.close()
