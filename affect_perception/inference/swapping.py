"""Serves with one session until a better one is ready, and changes between two runs."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from affect_perception.core.errors import ModelError
from affect_perception.inference.session import Session
from affect_perception.inference.trt.progress import BuildProgress

_LOG = logging.getLogger(__name__)

Build = Callable[[BuildProgress], Session]

REPORT_PERIOD = 1.0
"""Seconds between two reports of a build that somebody waits for."""


class Building:
    """A build in a thread of its own; TensorRT releases the interpreter's lock meanwhile."""

    def __init__(self, build: Build, progress: BuildProgress) -> None:
        """Starts."""
        self.progress = progress
        self._lock = threading.Lock()
        self._result: Session | None = None
        self._problem = ""
        self._error: ModelError | None = None
        self._thread = threading.Thread(
            target=self._work, args=(build,), name="engine build", daemon=True
        )
        self._thread.start()

    def _work(self, build: Build) -> None:
        try:
            session = build(self.progress)
            # In this thread, so that the first run of the user's is as fast as the others.
            session.warm_up()
        except ModelError as error:
            problem, self._error = str(error), error
        except Exception as error:  # noqa: BLE001 - a thread's edge; TensorRT has no error class
            problem = f"internal error while building an engine: {error!r}"
        else:
            with self._lock:
                if not self.progress.cancelled:
                    self._result = session
                    return
            session.close()
            return
        with self._lock:
            self._problem = problem
        if not self.progress.cancelled:
            _LOG.error("%s", problem)

    @property
    def running(self) -> bool:
        """Whether it still works."""
        return self._thread.is_alive()

    @property
    def problem(self) -> str:
        """Why it failed; empty if it did not."""
        with self._lock:
            return self._problem

    def take(self) -> Session | None:
        """The session once it is ready, and only once."""
        with self._lock:
            session, self._result = self._result, None
        return session

    def wait(self, report: Callable[[str], None]) -> Session:
        """Waits for the session, and reports every second.

        Raises:
            ModelError: If it cannot be built.
        """
        while self._thread.is_alive():
            report(self.progress.text())
            self._thread.join(REPORT_PERIOD)
        session = self.take()
        if session is None:
            raise self._error or ModelError(self.problem or "the build was stopped")
        return session

    def stop(self) -> None:
        """Asks it to stop and forgets what it made; does not wait."""
        self.progress.cancel()
        session = self.take()
        if session is not None:
            session.close()


class SwappingSession(Session):
    """Runs on the fallback while an engine is being built. Not for several threads at once."""

    def __init__(self, meanwhile: Session, building: Building, wanted: str) -> None:
        """Takes over both.

        Args:
            meanwhile: Serves until then; closed when it is replaced.
            building: Makes the other.
            wanted: The backend that is being built for.
        """
        super().__init__(meanwhile._entry)
        self._current = meanwhile
        self._building = building
        self._wanted = wanted

    @property
    def provider(self) -> str:
        """That of the session which serves now."""
        return self._current.provider

    @property
    def precision(self) -> str:
        """That of the session which serves now."""
        return self._current.precision

    @property
    def fallback_reason(self) -> str | None:
        """How far the build is, or why it failed; None once its result serves the next run."""
        if self._current.provider == self._wanted:
            return self._current.fallback_reason
        if self._building.running:
            return self._building.progress.text()
        return self._building.problem or None

    def run(self, *inputs: npt.NDArray[Any]) -> tuple[npt.NDArray[np.float32], ...]:
        """See `Session.run`; the change happens here, before a run and in its thread."""
        ready = self._building.take()
        if ready is not None:
            before, self._current = self._current, ready
            before.close()
            _LOG.info("%s runs on %s now", self.name, ready.provider)
        return self._current.run(*inputs)

    def close(self) -> None:
        """See `Session.close`."""
        self._building.stop()
        self._current.close()
