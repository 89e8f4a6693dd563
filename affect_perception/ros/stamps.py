"""`builtin_interfaces/Time` <-> integer nanoseconds, without importing ROS."""

from __future__ import annotations

from typing import Any

from affect_perception.core.buffers import NS_PER_S


def stamp_to_ns(stamp: Any) -> int:
    """Nanoseconds of anything with `sec` and `nanosec`."""
    return int(stamp.sec) * NS_PER_S + int(stamp.nanosec)


def set_stamp(stamp: Any, stamp_ns: int) -> None:
    """Writes nanoseconds into anything with `sec` (int32) and `nanosec` (0..999999999)."""
    stamp.sec, stamp.nanosec = divmod(stamp_ns, NS_PER_S)
