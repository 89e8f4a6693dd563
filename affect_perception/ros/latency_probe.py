"""Counts states (of a kind of `KINDS`) and measures how old they are on arrival.

Run by `affect-perception bench` as a process of its own:
`python -m affect_perception.ros.latency_probe --seconds 20 --settle 3`; one JSON object on stdout.
The stamps are those of pictures, sound or signals, so the sensor must run on the same clock.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import rclpy
from rclpy.executors import ExternalShutdownException
from rclpy.node import Node

from affect_perception.msg import AttentionState, PhysioObservation, VoiceObservation
from affect_perception.ros import qos
from affect_perception.ros.stamps import stamp_to_ns

KINDS = {
    "attention_state": (AttentionState, qos.STATE_OUT),
    "voice": (VoiceObservation, qos.VOICE_OUT),
    "physio": (PhysioObservation, qos.PHYSIO_OUT),
}
"""Topic: message type and QoS."""


class LatencyProbe(Node):  # type: ignore[misc]
    """Keeps, for every state, its stamp, its age on arrival and the latency it carries."""

    def __init__(self, topic: str, kind: str = "attention_state", **options: Any) -> None:
        """`kind` is one of `KINDS`; `options` go to rclpy's node."""
        super().__init__("latency_probe", **options)
        self.stamps_ns: list[int] = []
        self.ages_ns: list[int] = []
        self.reported_s: list[float] = []
        self.tracked = 0
        message_type, profile = KINDS[kind]
        self.create_subscription(message_type, topic, self._on_state, profile)

    def _on_state(self, message: Any) -> None:
        now = time.time_ns()
        stamp = stamp_to_ns(message.header.stamp)
        self.stamps_ns.append(stamp)
        self.ages_ns.append(now - stamp)
        self.reported_s.append(float(message.latency))
        self.tracked += message.availability >= AttentionState.AVAILABILITY_DEGRADED

    def forget(self) -> None:
        """Drops what came while the nodes were still starting."""
        self.stamps_ns.clear()
        self.ages_ns.clear()
        self.reported_s.clear()
        self.tracked = 0


def main(argv: Sequence[str] | None = None) -> int:
    """Waits for the first state, lets the nodes settle, then counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kind", choices=KINDS, default="attention_state")
    parser.add_argument("--topic", help="if it has another name than the kind")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--settle", type=float, default=3.0)
    parser.add_argument("--patience", type=float, default=30.0)
    args = parser.parse_args(argv)
    rclpy.init()
    topic = args.topic or args.kind
    probe = LatencyProbe(topic, args.kind)
    try:
        _spin_until(probe, args.patience, lambda: bool(probe.stamps_ns))
        if not probe.stamps_ns:
            print(f"no message on {topic} within {args.patience:g} s", file=sys.stderr)
            return 1
        _spin_until(probe, args.settle, lambda: False)
        probe.forget()
        _spin_until(probe, args.seconds, lambda: False)
    except (KeyboardInterrupt, ExternalShutdownException):
        return 130
    finally:
        probe.destroy_node()
        rclpy.try_shutdown()
    print(
        json.dumps(
            {
                "stamps_ns": probe.stamps_ns,
                "ages_ns": probe.ages_ns,
                "reported_s": probe.reported_s,
                "tracked": probe.tracked,
                "seconds": args.seconds,
            }
        )
    )
    return 0


def _spin_until(probe: LatencyProbe, seconds: float, done: Callable[[], bool]) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and not done():
        rclpy.spin_once(probe, timeout_sec=min(0.1, max(0.0, end - time.monotonic())))


if __name__ == "__main__":
    sys.exit(main())
