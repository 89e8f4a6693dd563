"""Publishes a node's health on /diagnostics once a second."""

from __future__ import annotations

from collections.abc import Callable

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from rclpy.clock import Clock, ClockType
from rclpy.node import Node

from affect_perception.ros.health import Report

PERIOD = 1.0
"""Seconds between two statuses: the usual rate of /diagnostics."""

_LEVELS = (
    DiagnosticStatus.OK,
    DiagnosticStatus.WARN,
    DiagnosticStatus.ERROR,
    DiagnosticStatus.STALE,
)


class DiagnosticsPublisher:
    """Asks for a report every second, in every lifecycle state, and publishes it."""

    def __init__(self, node: Node, hardware_id: str, report: Callable[[], Report]) -> None:
        """Starts the timer.

        Args:
            node: The node; the status carries its full name.
            hardware_id: What the status is about.
            report: Called in the executor's thread for every status.
        """
        self._node = node
        self._hardware_id = hardware_id
        self._report = report
        # Absolute: aggregators listen there whatever the namespace of the node.
        self._publisher = node.create_publisher(DiagnosticArray, "/diagnostics", 10)
        # A steady clock: diagnostics must go on when simulated time stands still.
        self._timer = node.create_timer(
            PERIOD, self.publish, clock=Clock(clock_type=ClockType.STEADY_TIME)
        )

    def publish(self) -> None:
        """Publishes the present status."""
        report = self._report()
        status = DiagnosticStatus(
            level=_LEVELS[report.level],
            name=self._node.get_fully_qualified_name().lstrip("/"),
            message=report.message,
            hardware_id=self._hardware_id,
            values=[KeyValue(key=key, value=value) for key, value in report.values.items()],
        )
        array = DiagnosticArray(status=[status])
        array.header.stamp = self._node.get_clock().now().to_msg()
        self._publisher.publish(array)
