"""One thread beside the executor, in which the newest item wins."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class NewestWorker(Generic[T]):
    """Hands the newest submitted item to a function in a thread of its own.

    While the function runs, at most one item waits; a newer one takes its place, so that `submit`
    never blocks and the function never works on an old picture while a newer one is there. With
    more places items wait in a row, and the oldest gives way: sound must not lose pieces.
    """

    def __init__(
        self, process: Callable[[T], None], name: str = "worker", *, places: int = 1
    ) -> None:
        """Does not start the thread.

        Args:
            process: Called in the thread with each item taken. It must handle its own errors.
            name: Name of the thread.
            places: How many items may wait.
        """
        self._process = process
        self._condition = threading.Condition()
        self._waiting: deque[T] = deque(maxlen=places)
        self._running = False
        self._busy = False
        self._thread: threading.Thread | None = None
        self._name = name

    def start(self) -> None:
        """Starts the thread."""
        self._running = True
        self._thread = threading.Thread(target=self._loop, name=self._name, daemon=True)
        self._thread.start()

    def submit(self, item: T) -> bool:
        """Offers an item; returns True if an older one had to give way."""
        with self._condition:
            replaced = len(self._waiting) == self._waiting.maxlen
            self._waiting.append(item)
            self._condition.notify()
        return replaced

    @property
    def idle(self) -> bool:
        """Whether nothing is in work and nothing waits."""
        with self._condition:
            return not (self._busy or self._waiting)

    def stop(self) -> None:
        """Ends the thread after the item in work, and forgets the waiting ones."""
        with self._condition:
            self._running = False
            self._waiting.clear()
            self._condition.notify()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _loop(self) -> None:
        while True:
            with self._condition:
                while self._running and not self._waiting:
                    self._condition.wait()
                if not self._running:
                    return
                item = self._waiting.popleft()
                self._busy = True
            try:
                self._process(item)
            finally:
                with self._condition:
                    self._busy = False
