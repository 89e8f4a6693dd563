"""The truth that a recording of the synthetic driver carries beside its pictures and signals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from affect_perception.core.errors import InputError

_STRING = "std_msgs/msg/String"
Rows = list[dict[str, Any]]


def truth_of_bag(path: Path) -> tuple[Rows, Rows]:
    """Rows of the topics driver_truth and body_truth, sorted by stamp; empty without them.

    Args:
        path: rosbag2 folder, .mcap or .db3 file that can be read.

    Raises:
        InputError: If what stands there is no truth.
    """
    from rosbags.highlevel import AnyReader
    from rosbags.typesys import Stores, get_typestore

    found: dict[str, Rows] = {"driver_truth": [], "body_truth": []}
    store = get_typestore(Stores.ROS2_HUMBLE)
    with AnyReader([path], default_typestore=store) as reader:
        connections = [
            c
            for c in reader.connections
            if c.msgtype == _STRING and c.topic.rpartition("/")[2] in found
        ]
        for connection, _, data in reader.messages(connections) if connections else ():
            text: Any = reader.deserialize(data, connection.msgtype)
            try:
                row = json.loads(text.data)
                row["stamp_ns"] = int(row["stamp_ns"])
            except (ValueError, TypeError, KeyError) as error:
                raise InputError(f"{path}: {connection.topic} holds no truth: {error}") from error
            found[connection.topic.rpartition("/")[2]].append(row)
    driver, body = (sorted(rows, key=lambda row: row["stamp_ns"]) for rows in found.values())
    return driver, body
