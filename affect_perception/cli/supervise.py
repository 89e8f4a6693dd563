"""Keeps processes running together: starts them, starts them again, ends them."""

from __future__ import annotations

import ctypes
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import IO, Any

END_WITHIN = 5.0
"""Seconds that a node gets to end after SIGTERM before it is killed."""

RESPAWN_FIRST, RESPAWN_LONGEST = 1.0, 30.0
"""Seconds before a node is started again: the first time, and at most; doubled each time."""

STEADY = 30.0
"""A node that has lived so long, s, is waited for as the first time."""

_POLL = 0.1
_PR_SET_PDEATHSIG = 1


def supervise(
    commands: Sequence[list[str]],
    environment: Mapping[str, str],
    *,
    respawn: bool = False,
    say: Callable[[str], None] = print,
) -> int:
    """Runs processes together until SIGINT or SIGTERM comes; then all end.

    Args:
        commands: Command line of each.
        environment: For all of them.
        respawn: Start what ends again; else all end when one does.
        say: Told what ended and starts again.

    Returns:
        0 after a signal, else the exit code of the process that ended first.
    """
    asked = threading.Event()
    previous = {
        number: signal.signal(number, lambda *_: asked.set())
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    nodes = [SupervisedNode(command, environment) for command in commands]
    try:
        for node in nodes:
            node.start()
        while not asked.is_set():
            for node in nodes:
                code = node.ended()
                if code is not None and not respawn:
                    return code
                if respawn:
                    node.tend(say)
            asked.wait(_POLL)
        return 0
    finally:
        end_all([node.process for node in nodes if node.process is not None])
        for number, handler in previous.items():
            signal.signal(number, handler)


class SupervisedNode:
    """A process that is started again when it ends, the later the oftener it does.

    Args:
        command: Its command line.
        environment: Its environment.
        output: Where both its outputs go; those of this process if None.
        bound: Let the kernel end it with this process (Linux); only where no thread runs yet.

    Attributes:
        process: The running process; the last one while it waits to start again.
        restarts: How often it was started again.
    """

    def __init__(
        self,
        command: list[str],
        environment: Mapping[str, str],
        output: IO[bytes] | None = None,
        *,
        bound: bool = True,
    ) -> None:
        self._command = command
        self._environment = dict(environment)
        self._output = output
        self._bound = bound
        self._started = 0.0
        self._delay = RESPAWN_FIRST
        self._due: float | None = None
        self.process: subprocess.Popen[Any] | None = None
        self.restarts = 0

    def start(self) -> None:
        """Starts it."""
        # A session of its own: Ctrl-C reaches the children through us, once.
        self.process = subprocess.Popen(
            self._command,
            env=self._environment,
            stdout=self._output,
            stderr=None if self._output is None else subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_end_with_parent if self._bound else None,
        )
        self._started = time.monotonic()
        self._due = None

    def ended(self) -> int | None:
        """Exit code if it has ended."""
        return None if self.process is None else self.process.poll()

    def tend(self, say: Callable[[str], None]) -> None:
        """Starts it again if it has ended and its time has come; says so."""
        code, now = self.ended(), time.monotonic()
        if code is None:
            return
        if self._due is None:
            lived = now - self._started
            self._delay = RESPAWN_FIRST if lived >= STEADY else self._delay
            self._due = now + self._delay
            name = _name_of(self._command)
            say(f"{name} has ended ({_how(code)}) after {lived:.0f} s; again in {self._delay:g} s")
            self._delay = min(2.0 * self._delay, RESPAWN_LONGEST)
        elif now >= self._due:
            self.restarts += 1
            self.start()


def _name_of(command: Sequence[str]) -> str:
    """The node that a command line starts."""
    modules = [word for word in command if word.startswith("affect_perception.ros.nodes.")]
    return modules[0].rpartition(".")[2] if modules else command[0]


def _how(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"signal {signal.Signals(-code).name}"


def _end_with_parent() -> None:
    """Lets the kernel end a node when this process is gone, even if that was killed (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def end_all(processes: Sequence[subprocess.Popen[Any]]) -> None:
    """Asks processes to end, and kills those that do not."""
    running = [process for process in processes if process.poll() is None]
    for process in running:
        process.send_signal(signal.SIGTERM)  # SIGINT would print a traceback while it imports
    deadline = time.monotonic() + END_WITHIN
    for process in running:
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def signals_interrupt() -> Iterator[None]:
    """SIGTERM and a closed terminal end a command as Ctrl-C does: no node is left behind."""

    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = {n: signal.signal(n, interrupt) for n in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
