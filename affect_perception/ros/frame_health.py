"""What the node face_perception knows about the pictures it gets. No ROS here."""

from __future__ import annotations

from collections import Counter

from affect_perception.ros.health import InputHealth, Level, Report

DROP_SHARE_WARN = 0.5
"""Share of received pictures that gave way to newer ones at which diagnostics warn: with more than
half dropped, blinks (100 to 400 ms) begin to fall through the grid at 30 Hz."""


class FrameHealth(InputHealth):
    """Counts what happens to pictures."""

    item, items, counted = "picture", "pictures", "frames"

    def _shown(self) -> dict[str, str]:
        return {
            "received": "received",
            "processed": "processed",
            "dropped": "dropped for newer",
            "waiting": "waiting for camera_info",
        }

    def _judge(self, report: Report, new: Counter[str], silent: float) -> None:
        if new["received"] and new["dropped"] > DROP_SHARE_WARN * new["received"]:
            share = f"{new['dropped']} of {new['received']}"
            report.raise_to(Level.WARN, f"too slow: {share} {self.items} gave way to newer ones")
        super()._judge(report, new, silent)
