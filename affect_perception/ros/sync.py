"""message_filters where it is installed, else a drop-in with the same classes.

The wheels on PyPI have no message_filters. `BACKEND` says which one is in use; the contract tests
in test/ros/test_sync.py hold both to the same behaviour.
"""

from __future__ import annotations

try:
    from message_filters import (
        ApproximateTimeSynchronizer,
        Cache,
        SimpleFilter,
        Subscriber,
        TimeSynchronizer,
    )

    BACKEND = "message_filters"
except ImportError:
    from affect_perception.ros.sync_builtin import (
        ApproximateTimeSynchronizer,
        Cache,
        SimpleFilter,
        Subscriber,
        TimeSynchronizer,
    )

    BACKEND = "builtin"

__all__ = [
    "BACKEND",
    "ApproximateTimeSynchronizer",
    "Cache",
    "SimpleFilter",
    "Subscriber",
    "TimeSynchronizer",
]
