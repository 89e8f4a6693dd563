"""A process that is timed on frames, driven line by line over its pipes."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any

import numpy as np
import numpy.typing as npt

from affect_perception.evaluation.bench.processes import BenchError


class Contender:
    """Starts a worker and asks it to process stretches of the frame file.

    Protocol: the worker says one line of JSON when it is ready, then answers each line
    `run FIRST LAST` with one line: wall_ns (list), cpu_ns, found, rss_mib, peak_mib, and shown if
    it reads expressions.

    Args:
        name: For the page and for errors.
        command: The worker's command line.
        env: Its environment, or None for ours.

    Raises:
        BenchError: If it cannot start or fails, with the end of what it wrote to stderr.
    """

    def __init__(self, name: str, command: Sequence[str], env: dict[str, str] | None = None):
        self.name = name
        # A file, not a pipe: nobody reads it while the worker runs, and a full pipe would stop it.
        self._stderr = tempfile.TemporaryFile(  # noqa: SIM115
            mode="w+", encoding="utf-8", errors="replace"
        )
        self.wall_ns: list[int] = []
        self.cpu_ns = 0
        self.found = 0
        self.shown = 0
        self.peak_mib = 0.0
        try:
            self._process = subprocess.Popen(
                list(command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._stderr,
                text=True,
                env=env,
            )
        except OSError as error:
            self._stderr.close()
            raise BenchError(f"{name} cannot be started: {error}") from error
        try:
            self.start = self._read()
        except BenchError:
            self.close()
            raise

    def warm_up(self, first: int, last: int) -> None:
        """Processes frames without counting them."""
        self._ask(first, last)

    def run(self, first: int, last: int) -> None:
        """Processes frames [first, last) and keeps the figures."""
        answer = self._ask(first, last)
        self.wall_ns += answer["wall_ns"]
        self.cpu_ns += answer["cpu_ns"]
        self.found += answer["found"]
        self.shown += answer.get("shown", 0)
        self.peak_mib = max(self.peak_mib, answer["peak_mib"])

    @property
    def wall_ms(self) -> npt.NDArray[np.float64]:
        """Wall time of each counted frame, ms."""
        return np.array(self.wall_ns, dtype=np.float64) * 1e-6

    @property
    def cpu_ms_per_frame(self) -> float:
        """Processor time of all threads per counted frame, ms."""
        return self.cpu_ns * 1e-6 / max(len(self.wall_ns), 1)

    @property
    def found_rate(self) -> float:
        """Share of counted frames with a face."""
        return self.found / max(len(self.wall_ns), 1)

    @property
    def shown_rate(self) -> float:
        """Share of counted frames for which the expression was known; 0 where nobody reads it."""
        return self.shown / max(len(self.wall_ns), 1)

    def close(self) -> None:
        """Ends the worker."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(timeout=10.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._stderr.close()

    def __enter__(self) -> Contender:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _ask(self, first: int, last: int) -> dict[str, Any]:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(f"run {first} {last}\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise self._failure() from None
        return self._read()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise self._failure()
        try:
            answer: dict[str, Any] = json.loads(line)
        except json.JSONDecodeError as error:
            raise BenchError(f"{self.name} answered {line.strip()!r}, not JSON") from error
        return answer

    def _failure(self) -> BenchError:
        code = self._process.wait()
        self._stderr.seek(0)
        tail = " | ".join(self._stderr.read().strip().splitlines()[-4:])
        return BenchError(f"{self.name} ended with status {code}: {tail}")


Block = list[npt.NDArray[np.float64]]
"""Times of one stretch of frames, ms, of each contender."""


def alternate(
    contenders: Sequence[Contender], frames: int, *, rounds: int, block: int = 30
) -> list[Block]:
    """Runs contenders in turn on the same blocks of frames.

    The order is turned round after each block (A B, B A, ...), so that neither always runs second
    and a slow drift of the machine meets both alike.

    Args:
        contenders: Two or more.
        frames: Length of the frame file.
        rounds: Passes over it.
        block: Frames in a row per contender.

    Returns:
        For each block the times of each contender, ms, in the order of the contenders.
    """
    for contender in contenders:
        contender.warm_up(0, min(2 * block, frames))
    blocks: list[Block] = []
    order = list(contenders)
    for _ in range(rounds):
        for first in range(0, frames, block):
            last = min(first + block, frames)
            for contender in order:
                contender.run(first, last)
            blocks.append([c.wall_ms[-(last - first) :] for c in contenders])
            order.reverse()
    return blocks


def ratios(
    blocks: Sequence[Block], one: int, other: int, of: Callable[[npt.NDArray[np.float64]], Any]
) -> list[float]:
    """For each block the median or mean time (`of`) of one contender over that of another."""
    return [float(of(block[one]) / of(block[other])) for block in blocks]
