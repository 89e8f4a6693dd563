"""What the node hmi knows about the states it shows. No ROS here."""

from __future__ import annotations

from affect_perception.hmi.plain_states import TOPICS
from affect_perception.ros.health import InputHealth


class HmiHealth(InputHealth):
    """Counts what arrives."""

    item, items, counted = "state", "states", "messages"

    def arrived(self, name: str, clock: float) -> None:
        """A message of a topic, by its name on the page, has arrived."""
        self.received(clock)
        self.count(name)

    def _shown(self) -> dict[str, str]:
        return {"received": "received", **{name: f"of {name}" for name in TOPICS}}
