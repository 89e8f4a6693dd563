"""A node as a child process: started, watched, ended, its log kept."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from affect_perception.evaluation.bench.processes import BenchError, cpu_seconds, memory_mib
from affect_perception.ros.fastdds import profile_variables

_END_TIMEOUT_S = 5.0


class NodeProcess:
    """One of the package's nodes; a context manager that ends it.

    Args:
        name: Module below `affect_perception.ros.nodes`.
        ros_arguments: What follows `--ros-args`.
        log_folder: Where `NAME.log` goes.
    """

    def __init__(self, name: str, ros_arguments: list[str], log_folder: Path) -> None:
        self.name = name
        module = f"affect_perception.ros.nodes.{name}"
        self._command = [sys.executable, "-m", module, "--ros-args", *ros_arguments]
        self._log_path = log_folder / f"{name}.log"
        self._log: IO[bytes] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._asked = False

    def __enter__(self) -> NodeProcess:
        environment = {**profile_variables(), **os.environ}
        self._log_path.parent.mkdir(parents=True, exist_ok=True)
        self._log = self._log_path.open("wb")
        # A group of its own: Ctrl-C reaches the demo, which ends the nodes in order.
        self._process = subprocess.Popen(
            self._command,
            env=environment,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None and self._process.poll() is None:
            self.interrupt()
            try:
                self._process.wait(_END_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._log is not None:
            self._log.close()

    def interrupt(self) -> None:
        """Asks it to end, without waiting."""
        if self.alive() and not self._asked:
            assert self._process is not None
            self._process.send_signal(signal.SIGINT)
            self._asked = True

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process is not None
        return self._process.pid

    def alive(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.poll() is None

    def last_words(self) -> str:
        """The last error of its log, or its last line, and where the log is."""
        lines = self._log_path.read_text(encoding="utf-8", errors="replace").splitlines()
        errors = [line for line in lines if "[ERROR]" in line or "[FATAL]" in line]
        said = (errors or lines or ["it said nothing"])[-1]
        return f"{said} (log: {self._log_path})"


class ProcessorShares:
    """Processor time and memory of nodes while a drive lasts (Linux; elsewhere nothing).

    Args:
        nodes: The processes.
    """

    def __init__(self, nodes: Sequence[NodeProcess]) -> None:
        self._nodes = nodes
        self._began = 0.0
        self._before: dict[str, float] = {}
        self._last: dict[str, tuple[float, float, float]] = {}

    def begin(self) -> None:
        """Starts counting; called again it only takes the present figures."""
        now = time.monotonic()
        if not self._before:
            self._began = now
        for node in self._nodes:
            try:
                used, memory = cpu_seconds(node.pid), memory_mib(node.pid).resident
            except BenchError:
                continue  # it has ended: what it had used until the last look counts
            self._before.setdefault(node.name, used)
            self._last[node.name] = (now, used, memory)

    def end(self) -> dict[str, Any]:
        """Of each node: share of one core, and memory in MiB at the last look."""
        self.begin()
        return {
            name: {
                "cores": round((used - self._before[name]) / max(at - self._began, 1e-3), 4),
                "memory_mib": round(memory, 1),
            }
            for name, (at, used, memory) in self._last.items()
        }
