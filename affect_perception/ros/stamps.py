"""`builtin_interfaces/Time` <-> integer nanoseconds, without importing ROS."""

from __future__ import annotations

from typing import Any

from affect_perception.core.buffers import NS_PER_S
from affect_perception.io.message_fields import stamp_to_ns

__all__ = ["set_stamp", "stamp_to_ns"]


def set_stamp(stamp: Any, stamp_ns: int) -> None:
    """Writes nanoseconds into anything with `sec` (int32) and `nanosec` (0..999999999)."""
    stamp.sec, stamp.nanosec = divmod(stamp_ns, NS_PER_S)
