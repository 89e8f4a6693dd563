"""Starts executables as processes of their own, reads what they log, and ends them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any

START_DEADLINE = 90.0
END_DEADLINE = 30.0


def is_alive(pid: int) -> bool:
    """Whether a process runs (Linux); one that only waits to be collected does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


NODE_ENVIRONMENT = {"PYTHONUNBUFFERED": "1", "RCUTILS_COLORIZED_OUTPUT": "0"}


class NodeProcess:
    """A process whose output is collected while it runs; ended at the end of the `with` block.

    Attributes:
        lines: What it has written so far, stdout and stderr together.
    """

    def __init__(self, *arguments: str, env: dict[str, str] | None = None) -> None:
        """Starts `python -m ARGUMENTS...`."""
        self.lines: list[str] = []
        self._process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            env=os.environ | NODE_ENVIRONMENT | (env or {}),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @classmethod
    def node(cls, name: str, *ros_args: str, **more: Any) -> NodeProcess:
        """Starts a node with `--ros-args`."""
        return cls(f"affect_perception.ros.nodes.{name}", "--ros-args", *ros_args, **more)

    def __enter__(self) -> NodeProcess:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._reader.join()
        if self._process.stdout is not None:
            self._process.stdout.close()

    @property
    def log(self) -> str:
        """Everything written so far."""
        return "".join(self.lines)

    def wait_for(self, words: str, deadline: float = START_DEADLINE) -> None:
        """Waits until the log holds some words; fails if the process ends or time runs out."""
        end = time.monotonic() + deadline
        while words not in self.log:
            assert self._process.poll() is None, f"ended before {words!r}:\n{self.log}"
            assert time.monotonic() < end, f"no {words!r} within {deadline} s:\n{self.log}"
            time.sleep(0.02)

    def children(self) -> list[int]:
        """Process ids of the processes it has started (Linux)."""
        path = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        return [int(pid) for pid in path.read_text().split()]

    def end(self, number: int = signal.SIGINT, times: int = 1) -> int:
        """Sends a signal and returns the exit code."""
        for _ in range(times):
            self._process.send_signal(number)
            time.sleep(0.05)
        return self.exit_code(END_DEADLINE)

    def exit_code(self, deadline: float = START_DEADLINE) -> int:
        """Waits for the process to end by itself."""
        code = self._process.wait(deadline)
        self._reader.join()
        return code

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.lines.append(line)
