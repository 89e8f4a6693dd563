"""What all lifecycle nodes of the package share: parameters, honest failures, start and end."""

from __future__ import annotations

import functools
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from typing import Any

import rclpy
from lifecycle_msgs.msg import State
from rclpy.executors import SingleThreadedExecutor
from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn
from rclpy.signals import SignalHandlerOptions

from affect_perception.core.config import NODE_CONFIGS
from affect_perception.core.errors import AffectPerceptionError
from affect_perception.ros.diagnostics import DiagnosticsPublisher
from affect_perception.ros.health import Level, Report
from affect_perception.ros.params import NodeParameters

Transition = Callable[[Any, LifecycleState], TransitionCallbackReturn]

EXIT_FAILED = 1

_ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_SIGNAL_POLL = 0.1
"""Seconds within which a signal ends the process; the executor cannot be woken from a handler."""


class ManagedNode(LifecycleNode):  # type: ignore[misc]
    """A lifecycle node with checked parameters and diagnostics in every state.

    Attributes:
        parameters: The declared parameters; changes are taken while unconfigured only.
        problem: Why the last transition failed; empty if it did not.
        busy: What a transition that takes long is doing; empty if none does.
        finished: Set by a node that has nothing more to do; ends its process.
    """

    def __init__(self, name: str, hardware_id: str, **options: Any) -> None:
        """Declares the parameters of `NODE_CONFIGS[name]` and starts /diagnostics."""
        super().__init__(name, automatically_declare_parameters_from_overrides=True, **options)
        self.problem = ""
        self.busy = ""
        self.finished = threading.Event()
        self.parameters = NodeParameters(self, NODE_CONFIGS[name])
        self.parameters.lock_when(lambda: self.state_id != State.PRIMARY_STATE_UNCONFIGURED)
        self.diagnostics = DiagnosticsPublisher(self, hardware_id, self._full_report)

    @property
    def state_id(self) -> int:
        """Number of the present lifecycle state (`lifecycle_msgs/State`)."""
        return int(self._state_machine.current_state[0])

    @property
    def autostart(self) -> bool:
        """Whether the process itself brings the node to active; true if there is no parameter."""
        if not self.has_parameter("autostart"):
            return True
        return self.get_parameter("autostart").value is not False

    def close(self) -> None:
        """Ends the node's threads; can be called in every state, also twice."""

    def report(self) -> Report:
        """The status while active; nodes override it."""
        return Report()

    def _full_report(self) -> Report:
        label = str(self._state_machine.current_state[1])
        active = self.state_id == State.PRIMARY_STATE_ACTIVE
        report = self.report() if active else Report(message=label)
        report.values["lifecycle state"] = label
        if self.busy:
            report.raise_to(Level.WARN, self.busy)
        if self.problem:
            report.raise_to(Level.ERROR, self.problem)
        return report


def transition(callback: Transition) -> Transition:
    """Decorates a transition callback: named errors make it FAILURE, others ERROR.

    rclpy swallows what a transition raises. Here the reason goes into the log and into
    `node.problem`, from where diagnostics take it.
    """

    @functools.wraps(callback)
    def guarded(node: Any, state: LifecycleState) -> TransitionCallbackReturn:
        try:
            result = callback(node, state)
            node.problem = ""
            return result
        except AffectPerceptionError as error:
            node.problem = str(error)
            node.get_logger().error(f"{callback.__name__} failed: {error}")
            return TransitionCallbackReturn.FAILURE
        except Exception as error:  # noqa: BLE001
            # The edge of our code: rclpy would drop it without a word.
            node.problem = f"internal error in {callback.__name__}: {error!r}"
            node.get_logger().fatal(node.problem)
            sys.excepthook(type(error), error, error.__traceback__)
            return TransitionCallbackReturn.ERROR

    return guarded


def start(node: ManagedNode) -> bool:
    """Configures and activates a node; False if one of the two failed."""
    for trigger in (node.trigger_configure, node.trigger_activate):
        if trigger() != TransitionCallbackReturn.SUCCESS:
            return False
    return True


def run_node(make: Callable[[], ManagedNode], argv: Sequence[str] | None) -> int:
    """Runs a node until SIGINT or SIGTERM.

    Unless its parameter `autostart` is false, the node is configured and activated here; a failure
    then ends the process, after one status on /diagnostics.

    Args:
        make: Makes the node, after rclpy is initialised.
        argv: Arguments with `--ros-args`; those of the process if None.

    Returns:
        Exit code: 0, or 1 if the node could not be started.
    """
    # rclpy's own handlers make the context invalid at once, under the feet of a thread that is just
    # publishing. Here threads end first.
    rclpy.init(
        args=None if argv is None else list(argv), signal_handler_options=SignalHandlerOptions.NO
    )
    asked = _watch_signals()
    executor = SingleThreadedExecutor()
    node = make()
    executor.add_node(node)
    try:
        if node.autostart and not start(node):
            node.diagnostics.publish()
            return EXIT_FAILED
        while not (asked.is_set() or node.finished.is_set()):
            executor.spin_once(timeout_sec=_SIGNAL_POLL)
    finally:
        _ignore_signals()
        node.close()
        executor.shutdown()
        node.destroy_node()
        rclpy.try_shutdown()
    return 0


def _watch_signals() -> threading.Event:
    """An event that SIGINT and SIGTERM set."""
    asked = threading.Event()
    for number in _ENDING_SIGNALS:
        signal.signal(number, lambda *_: asked.set())
    return asked


def _ignore_signals() -> None:
    """Keeps a second signal from killing a process that is ending.

    Ctrl-C under launch sends two: one from the terminal, one from launch.
    """
    for number in _ENDING_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
