"""What a node knows about its own work: counters, rates, latency, the last error. No ROS here."""

from __future__ import annotations

import math
import threading
from abc import ABC, abstractmethod
from collections import Counter, deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

import numpy as np

LATENCY_WINDOW = 1200
"""States that the latency figures rest on: 40 s at 30 Hz, 10 s at 120 Hz."""

CLOCK_MISMATCH = 10.0
"""Seconds between stamp and clock beyond which they cannot be the same clock: a bag played without
`--clock`, or `use_sim_time` forgotten. No picture waits that long in a queue of one."""

OTHER_CLOCK = "stamps and clock differ by more than any delay: use_sim_time missing?"


class Level(IntEnum):
    """Levels of `diagnostic_msgs/DiagnosticStatus`."""

    OK = 0
    WARN = 1
    ERROR = 2
    STALE = 3


@dataclass
class Report:
    """One diagnostic status: how bad, one sentence, and the figures behind it."""

    level: Level = Level.OK
    message: str = "ok"
    values: dict[str, str] = field(default_factory=dict)

    def raise_to(self, level: Level, message: str) -> None:
        """Takes over a finding if it is at least as bad as what is there already."""
        if self.level == Level.OK:
            self.message = message
        elif level >= self.level:
            self.message = f"{message}; {self.message}"
        else:
            self.message = f"{self.message}; {message}"
        self.level = max(self.level, level)


class InputHealth(ABC):
    """Counts what happens to what a sensor sends. Safe to use from executor and worker thread.

    Attributes:
        item: What arrives, in the singular and (`items`) in the plural.
        counted: What it is called in the values.
    """

    item: str
    items: str
    counted: str

    def __init__(self, topic: str, timeout: float, clock: float) -> None:
        """Starts counting.

        Args:
            topic: Name of the topic, for the messages.
            timeout: Silence after which the sensor counts as gone, s.
            clock: Monotonic time now, s.
        """
        self._lock = threading.Lock()
        self._topic = topic
        self._timeout = timeout
        self._started = clock
        self._reported = clock
        self._last_received: float | None = None
        self._last_published: float | None = None
        self._counts: Counter[str] = Counter()
        self._before: Counter[str] = Counter()
        self._latencies: deque[float] = deque(maxlen=LATENCY_WINDOW)
        self._last_error = ""
        self._warnings: dict[str, str] = {}
        self._facts: dict[str, str] = {}

    def received(self, clock: float) -> None:
        """Something has arrived."""
        with self._lock:
            self._last_received = clock
            self._counts["received"] += 1

    def count(self, what: str) -> None:
        """Counts an event by its name in `_shown`, for instance `dropped`: gave way to a newer."""
        with self._lock:
            self._counts[what] += 1

    def published(self, latency: float, clock: float) -> None:
        """A state has gone out, `latency` seconds after acquisition (NaN if not measurable)."""
        self.warn("clock", OTHER_CLOCK if math.isnan(latency) else "")
        with self._lock:
            self._last_published = clock
            self._counts["processed"] += 1
            if math.isfinite(latency):
                self._latencies.append(latency)

    def error(self, message: str) -> None:
        """What arrived could not be used."""
        with self._lock:
            self._counts["errors"] += 1
            self._last_error = message

    def warn(self, key: str, message: str) -> None:
        """Sets the standing warning `key`; an empty message takes it back."""
        with self._lock:
            if message:
                self._warnings[key] = message
            else:
                self._warnings.pop(key, None)

    def stand(self, words: Mapping[Any, str], reasons: Collection[Any]) -> None:
        """Sets the standing warnings of those words whose reason is there, takes back the others.

        Args:
            words: What to say, by reason (an enumeration of words).
            reasons: The present ones.
        """
        for reason, text in words.items():
            self.warn(reason.value, text if reason in reasons else "")

    def state(self, **facts: str) -> None:
        """Sets values that are reported as they are; `_` in a name becomes a space."""
        with self._lock:
            self._facts |= {name.replace("_", " "): value for name, value in facts.items()}

    def blind_for(self, clock: float) -> float:
        """Seconds since an arrival last gave a state, or since the start if none has."""
        with self._lock:
            return clock - (self._started if self._last_published is None else self._last_published)

    def _silent_for(self, clock: float) -> float:
        """Seconds since the last arrival, usable or not, or since the start if none has come."""
        return clock - (self._started if self._last_received is None else self._last_received)

    def report(self, clock: float) -> Report:
        """The status now; counts since the last report decide its level."""
        with self._lock:
            silent = self._silent_for(clock)
            new = self._counts - self._before
            self._before = self._counts.copy()
            elapsed, self._reported = clock - self._reported, clock
            report = Report(values=self._values(new, elapsed))
            self._judge(report, new, silent)
        return report

    def _values(self, new: Counter[str], elapsed: float) -> dict[str, str]:
        rate = new["received"] / elapsed if elapsed > 0.0 else math.nan
        values = {
            f"{self.counted} {words}": str(self._counts[key])
            for key, words in self._shown().items()
        }
        values["errors"] = str(self._counts["errors"])
        values["last error"] = self._last_error or "none"
        values["input rate [Hz]"] = f"{rate:.1f}"
        if self._latencies:
            median, p99 = np.percentile(np.array(self._latencies), (50, 99))
            values["latency median [ms]"] = f"{1e3 * median:.1f}"
            values["latency p99 [ms]"] = f"{1e3 * p99:.1f}"
        return values | self._facts

    @abstractmethod
    def _shown(self) -> dict[str, str]:
        """Which counts are shown, and what they are called."""

    def _judge(self, report: Report, new: Counter[str], silent: float) -> None:
        for warning in self._warnings.values():
            report.raise_to(Level.WARN, warning)
        if new["errors"]:
            level = Level.WARN if new["processed"] else Level.ERROR
            report.raise_to(level, f"{new['errors']} {self.items} unusable: {self._last_error}")
        if self._last_received is None and silent > self._timeout:
            report.raise_to(Level.STALE, f"no {self.item} has arrived on {self._topic}")
        elif silent > self._timeout:
            report.raise_to(Level.STALE, f"no {self.item} on {self._topic} for {silent:.1f} s")


def measured_latency(now_ns: int, stamp_ns: int) -> float:
    """Seconds from stamp to now, NaN if the two cannot come from the same clock.

    A stamp up to 0.1 s ahead of the clock counts as zero: simulated time moves in the steps in
    which /clock is published (10 to 100 Hz).
    """
    latency = (now_ns - stamp_ns) / 1e9
    return max(0.0, latency) if -0.1 <= latency <= CLOCK_MISMATCH else math.nan
