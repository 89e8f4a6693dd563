"""A node of the package and a probe beside it in one executor, spun by the test itself.

Nothing runs in the background except the worker of the node under test, so that a test waits for
exactly what it asks for, and fails after a deadline.
"""

from __future__ import annotations

import gc
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from types import TracebackType
from typing import Any, TypeVar

import rclpy
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.parameter import Parameter

from affect_perception.ros.lifecycle import ManagedNode

H = TypeVar("H", bound="NodeHarness")


class NodeHarness(ABC):
    """The node under test, and a probe that plays its sensor and listens.

    Attributes:
        deadline: Seconds after which a wait has failed.
        node: The node under test.
        probe: A plain node.
        statuses: Everything on /diagnostics.
        owned: Names of further attributes that hold things of rclpy.
    """

    deadline = 60.0  # generous: only what fails takes it, and machines differ
    owned: tuple[str, ...] = ()

    def __init__(self, **parameters: Any) -> None:
        """Makes the nodes; `parameters` with `__` for the dot are passed as overrides."""
        gc.freeze()  # what is there already is not looked through at the end, see `__exit__`
        self.context = rclpy.Context()
        rclpy.init(context=self.context)
        overrides = [Parameter(k.replace("__", "."), value=v) for k, v in parameters.items()]
        self.node = self.make_node(context=self.context, parameter_overrides=overrides)
        self.name = self.node.get_name()
        self.probe = Node("probe", context=self.context)
        self.statuses: list[DiagnosticStatus] = []
        self.probe.create_subscription(
            DiagnosticArray, "/diagnostics", lambda m: self.statuses.extend(m.status), 10
        )
        self.executor = SingleThreadedExecutor(context=self.context)
        self.executor.add_node(self.node)
        self.executor.add_node(self.probe)

    @abstractmethod
    def make_node(self, **options: Any) -> ManagedNode:
        """The node under test."""

    @abstractmethod
    def met(self) -> bool:
        """Whether publishers and subscribers have met."""

    def __enter__(self: H) -> H:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.executor.shutdown()
        self.node.close()
        self.node.destroy_node()
        self.probe.destroy_node()
        # rclpy leaves the lifecycle services to the garbage collector. Until then they would be
        # found by whoever looks for the services of a node of the same name.
        for name in ("node", "probe", "executor", *self.owned):
            delattr(self, name)
        gc.collect()
        gc.unfreeze()
        rclpy.shutdown(context=self.context)

    def start(self) -> None:
        """Configures and activates, and waits until publishers and subscribers have met."""
        ok = rclpy.lifecycle.TransitionCallbackReturn.SUCCESS
        assert self.node.trigger_configure() == ok, self.node.problem
        assert self.node.trigger_activate() == ok, self.node.problem
        self.spin_until(self.met)

    def spin_until(self, condition: Callable[[], bool], deadline: float | None = None) -> None:
        """Spins until the condition holds; fails after `deadline` seconds."""
        seconds = self.deadline if deadline is None else deadline
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, f"did not happen within {seconds} s"
            self.executor.spin_once(timeout_sec=0.02)

    def spin_for(self, seconds: float) -> None:
        """Spins for a while."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.executor.spin_once(timeout_sec=min(left, 0.02))

    def now_ns(self) -> int:
        """The probe's clock."""
        return int(self.probe.get_clock().now().nanoseconds)

    def status(self) -> DiagnosticStatus:
        """The next status of the node under test."""
        for _ in range(10):  # one may be on its way from before what the test has just done
            self.executor.spin_once(timeout_sec=0.005)
        seen = len(self.statuses)
        self.spin_until(lambda: any(s.name == self.name for s in self.statuses[seen:]))
        return next(s for s in self.statuses[seen:] if s.name == self.name)

    def told(self, words: str) -> list[DiagnosticStatus]:
        """The statuses so far whose message holds some words.

        What has just gone wrong is told in one status alone, which may come at any time.
        """
        return [s for s in self.statuses if s.name == self.name and words in s.message]

    def received(self) -> int:
        """Messages that have reached the node since it was activated."""
        return int(self.node._health._counts["received"])  # type: ignore[attr-defined]


def values_of(status: DiagnosticStatus) -> dict[str, str]:
    """The values of a status by key."""
    return {pair.key: pair.value for pair in status.values}
