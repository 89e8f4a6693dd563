"""The message definitions, without ROS: from `msg/*.msg` to bytes and back.

The package's own definitions are read from the `.msg` files themselves, wherever they are
installed; those of std_msgs, geometry_msgs and sensor_msgs come with rosbags.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from rosbags.typesys import Stores, get_types_from_msg, get_typestore
from rosbags.typesys.store import Typestore

from affect_perception.share import share_path

PACKAGE = "affect_perception"
ATTENTION_STATE = f"{PACKAGE}/msg/AttentionState"
FACE_OBSERVATION = f"{PACKAGE}/msg/FaceObservation"

_BASE, _NAME = 1, 2  # rosbags' Nodetype; the others (3, 4) are arrays and sequences


def message_folder() -> Path:
    """The folder with the package's `.msg` files: source tree, wheel, or ROS workspace."""
    return share_path("msg/AttentionState.msg").parent


@functools.lru_cache(maxsize=1)
def typestore() -> Typestore:
    """All message types that this package reads and writes."""
    store = get_typestore(Stores.ROS2_HUMBLE)
    types: dict[str, Any] = {}
    for path in sorted(message_folder().glob("*.msg")):
        text = path.read_text(encoding="utf-8")
        types.update(get_types_from_msg(text, f"{PACKAGE}/msg/{path.stem}"))
    store.register(types)
    return store


def serialize(fields: Mapping[str, Any], message_type: str) -> bytes:
    """CDR bytes of a message.

    Args:
        fields: Nested fields; every field of the message must be there, and no other.
        message_type: For instance "affect_perception/msg/AttentionState".

    Raises:
        KeyError: If a field is missing or unknown.
    """
    return bytes(typestore().serialize_cdr(_message(fields, message_type), message_type))


def to_fields(message: Any) -> Any:
    """Nested plain fields of a message object (rosbags or rclpy), the inverse of writing it."""
    if dataclasses.is_dataclass(message):
        # rosbags lists the constants too; ROS has fields in lower and constants in upper case.
        names = (f.name for f in dataclasses.fields(message) if f.name[0].islower())
        return {name: to_fields(getattr(message, name)) for name in names}
    if hasattr(message, "get_fields_and_field_types"):
        return {
            name: to_fields(getattr(message, name)) for name in message.get_fields_and_field_types()
        }
    if isinstance(message, np.ndarray):
        return message
    if isinstance(message, (list, tuple)):
        return [to_fields(item) for item in message]
    return message


def _message(fields: Mapping[str, Any], message_type: str) -> Any:
    store = typestore()
    _, definition = store.fielddefs[message_type]
    unknown = set(fields) - {name for name, _ in definition}
    if unknown:
        raise KeyError(f"{message_type} has no field {', '.join(sorted(unknown))}")
    values = {name: _value(fields[name], description) for name, description in definition}
    return store.types[message_type](**values)


def _value(value: Any, description: Any) -> Any:
    kind, detail = description
    if kind == _NAME:
        return _message(value, detail)
    if kind == _BASE:
        return value
    (item_kind, item), _ = detail
    if item_kind == _NAME:
        return [_message(element, item) for element in value]
    if item[0] == "string":
        return list(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return np.frombuffer(value, np.uint8)
    return np.asarray(value, dtype=np.dtype(item[0]))
