"""Parameters that several nodes have, declared once."""

from __future__ import annotations

from typing import Any

from affect_perception.core.parameters import parameter


def autostart() -> Any:
    """Of nodes with a lifecycle."""
    return parameter(
        True,
        """Configure and activate at start; a failure then ends the process. With false the node
        waits in the state unconfigured for a lifecycle manager.""",
    )


def loop() -> Any:
    """Of nodes that play something."""
    return parameter(True, "Start again at the end (stamps run on). With false the node ends.")


def start_delay(first: str = "piece", topics: str = "topic") -> Any:
    """Of nodes that play something.

    Args:
        first: What they publish, one of it.
        topics: The word for where.
    """
    return parameter(
        1.0,
        f"Time before the first {first}, in which subscribers find the {topics}.",
        unit="s",
        minimum=0.0,
        maximum=60.0,
    )


def start_at() -> Any:
    """Of nodes that play a scenario together with others."""
    return parameter(
        0.0,
        """When to begin, as seconds of the node's clock since its epoch; 0 begins start_delay after
        activation. With one time several simulators play one scenario together.""",
        unit="s",
        minimum=0.0,
        maximum=1e11,
    )
