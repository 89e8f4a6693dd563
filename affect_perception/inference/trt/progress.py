"""How far the build of an engine is. Written by TensorRT's threads, read by others."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from affect_perception.inference.trt.api import TensorRt


class BuildProgress:
    """The phase of a build, its share done, and the time it has taken so far."""

    def __init__(self, what: str, clock: Callable[[], float] = time.monotonic) -> None:
        """Starts; `what` names model and precision, `clock` gives seconds."""
        self._what = what
        self._clock = clock
        self._start = clock()
        self._lock = threading.Lock()
        self._phases: dict[str, tuple[int, int]] = {}
        self._words = "waiting for its turn"
        self._cancelled = threading.Event()

    def say(self, words: str) -> None:
        """Sets what is being done, where TensorRT says nothing itself."""
        with self._lock:
            self._words = words

    def phase_start(self, phase: str, steps: int) -> None:
        """A phase of so many steps begins; phases nest."""
        with self._lock:
            self._phases[phase] = (0, steps)

    def step_complete(self, phase: str, step: int) -> bool:
        """A step is done, counted from 0; False asks TensorRT to stop."""
        with self._lock:
            _, steps = self._phases.get(phase, (0, 0))
            self._phases[phase] = (step + 1, steps)
        return not self.cancelled

    def phase_finish(self, phase: str) -> None:
        """A phase has ended."""
        with self._lock:
            self._phases.pop(phase, None)

    def cancel(self) -> None:
        """Asks the build to stop at the next step."""
        self._cancelled.set()

    @property
    def cancelled(self) -> bool:
        """Whether it was asked to stop."""
        return self._cancelled.is_set()

    def text(self) -> str:
        """One line for logs and diagnostics."""
        with self._lock:
            # The outermost phase that counts anything: inner ones come and go.
            known = [(p, d, n) for p, (d, n) in self._phases.items() if n > 0]
            words = self._words
        if known:
            phase, done, steps = known[0]
            words = f"{phase}, {100 * done // steps} %"
        return f"building an engine for {self._what}: {words}, {self._clock() - self._start:.0f} s"


def monitor(api: TensorRt, progress: BuildProgress) -> Any | None:
    """TensorRT's progress monitor for a build, or None where it has none (8.6)."""
    base = getattr(api, "IProgressMonitor", None)
    if base is None:
        return None

    def phase_start(_: Any, phase_name: str, parent_phase: str | None, num_steps: int) -> None:
        del parent_phase
        progress.phase_start(phase_name, num_steps)

    def step_complete(_: Any, phase_name: str, step: int) -> bool:
        return progress.step_complete(phase_name, step)

    def phase_finish(_: Any, phase_name: str) -> None:
        progress.phase_finish(phase_name)

    methods = {
        "phase_start": phase_start,
        "step_complete": step_complete,
        "phase_finish": phase_finish,
    }
    return type("Monitor", (base,), methods)()
