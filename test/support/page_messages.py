"""Objects with the fields of messages, for what reads messages without ROS."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any


def as_message(fields: Any) -> Any:
    """An object with the fields of a message."""
    if isinstance(fields, dict):
        return SimpleNamespace(**{name: as_message(value) for name, value in fields.items()})
    if isinstance(fields, list):
        return [as_message(item) for item in fields]
    return fields
