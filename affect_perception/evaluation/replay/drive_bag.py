"""Records what the sensors of a drive gave, so that a replay gets what the live nodes got."""

from __future__ import annotations

import struct
from collections import OrderedDict
from pathlib import Path
from types import TracebackType

from affect_perception.io.bag_writer import BagWriter

DRIVE_BAG = "drive.mcap"

_IMAGE = ("/image_raw/compressed", "sensor_msgs/msg/CompressedImage")
_INFO = ("/camera_info", "sensor_msgs/msg/CameraInfo")
# A state comes some tens of milliseconds after its picture; more wait only if the node is stuck.
_PICTURES_KEPT = 150
_HEADER = struct.Struct("<iI")
_ENCAPSULATION = 4


def stamp_in(data: bytes) -> int:
    """Stamp (ns) of a serialized little-endian message that begins with a header."""
    seconds, nanoseconds = _HEADER.unpack_from(data, _ENCAPSULATION)
    return int(seconds) * 1_000_000_000 + int(nanoseconds)


class DriveBag:
    """A bag of sensor messages as they came; a context manager.

    Of the pictures only those are kept of which the node has made a state: a busy node leaves
    pictures out, and a replay would otherwise see more than the node did.

    Args:
        path: `*.mcap`.

    Attributes:
        left_out: Pictures without a state.
    """

    def __init__(self, path: Path) -> None:
        self.left_out = 0
        self._bag = BagWriter(path)
        self._pictures: OrderedDict[int, tuple[int, bytes]] = OrderedDict()
        self._wanted: OrderedDict[int, None] = OrderedDict()

    def __enter__(self) -> DriveBag:
        self._bag.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # Who ends early keeps the drive as far as it went.
        early = isinstance(error, KeyboardInterrupt)
        self._bag.__exit__(*((None, None, None) if early else (kind, error, trace)))

    @property
    def unseen(self) -> int:
        """States whose picture has not arrived here."""
        return len(self._wanted)

    def message(self, topic: str, message_type: str, data: bytes, received_ns: int) -> None:
        """Takes a serialized message of any other sensor, or of the truth."""
        self._bag.write_serialized(topic, message_type, data, received_ns)

    def info(self, data: bytes, received_ns: int) -> None:
        """Takes a serialized CameraInfo."""
        self.message(*_INFO, data, received_ns)

    def picture(self, data: bytes, received_ns: int) -> None:
        """Takes a serialized CompressedImage; it waits for its state."""
        stamp = stamp_in(data)
        if stamp in self._wanted:
            del self._wanted[stamp]
            self._write(data, received_ns)
            return
        self._pictures[stamp] = received_ns, data
        while len(self._pictures) > _PICTURES_KEPT:
            self._pictures.popitem(last=False)
            self.left_out += 1

    def used(self, stamp_ns: int) -> None:
        """Says that a state was made of the picture of a stamp."""
        if stamp_ns not in self._pictures:
            self._wanted[stamp_ns] = None
            return
        # States come in the order of the pictures: those before it will get none.
        while (oldest := next(iter(self._pictures))) != stamp_ns:
            del self._pictures[oldest]
            self.left_out += 1
        received, data = self._pictures.pop(stamp_ns)
        self._write(data, received)

    def _write(self, data: bytes, received_ns: int) -> None:
        self._bag.write_serialized(*_IMAGE, data, received_ns)
