"""What an open page is told: at first the drawing and the last minute, then what is new.

No ROS, no server and no clock here: times are seconds of one clock that never jumps.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from typing import Any

from affect_perception.hmi.plain_states import TOPICS, Plain, to_json

PAST_S = 60.0
"""How much of the past the time lines show, and how long numbers are kept, s."""

PAST_PERIOD_S = 0.2
"""Seconds between two points of a time line."""

HEARTBEAT_S = 0.25
"""With nothing new, this often the page is told how old everything is."""

SLOW = "physio"
"""Comes less often than the others: it counts as silent after twice the time."""

PAST_COLUMNS = (
    *("time", "alert_level", "off_road", "openness", "valence", "arousal"),
    *("cognitive_load", "stress", "heart_rate", "gaze_yaw", "gaze_pitch"),
)
"""Columns of the rows of the past; None where it was not known."""

_OFF_ROAD = {1: 1, 2: 0}  # AttentionState.TRISTATE_NO, _YES


@dataclass(frozen=True)
class _Arrival:
    values: Plain
    text: str
    at: float


class LivePage:
    """Collects plain states and writes what pages are sent. Used from two threads.

    Args:
        setup: What never changes: drawing, words; goes out as it is.
        no_data_after: Time after which a topic counts as silent, s.
    """

    def __init__(self, setup: Plain, no_data_after: float) -> None:
        self._limits = {topic: no_data_after * (2.0 if topic == SLOW else 1.0) for topic in TOPICS}
        told = {"kind": "setup", **setup, "no_data_after": self._limits, "columns": PAST_COLUMNS}
        self._setup = to_json(told)
        self._arrivals: dict[str, _Arrival] = {}
        self._past: deque[list[Any]] = deque(maxlen=round(PAST_S / PAST_PERIOD_S))
        self._lock = threading.Lock()
        self._news = False
        self._told = float("-inf")

    def take(self, topic: str, message: Any, clock: float) -> None:
        """Takes the newest message of a topic (a key of `TOPICS`), which came at `clock`."""
        values = TOPICS[topic](message)
        arrival = _Arrival(values, to_json(values), clock)
        with self._lock:
            self._arrivals[topic] = arrival
            self._news = True

    def news(self, clock: float) -> str | None:
        """What is to be sent now; None while nothing is new and the last word is not old."""
        with self._lock:
            self._remember(clock)
            if not self._news and clock - self._told < HEARTBEAT_S:
                return None
            self._news, self._told = False, clock
            return self._now(clock)

    def first(self, clock: float) -> list[str]:
        """What a page is sent that has just opened."""
        with self._lock:
            past = {"kind": "past", "rows": [*self._past]}
            return [self._setup, to_json(past), self._now(clock)]

    def silent(self, topic: str, clock: float) -> bool:
        """Whether a topic's newest message is too old to be shown, or has never come."""
        arrival = self._arrivals.get(topic)
        return arrival is None or clock - arrival.at > self._limits[topic]

    def _now(self, clock: float) -> str:
        # Each state is written once, when it arrives; here the texts are only put together.
        parts = [f'{{"kind":"now","clock":{clock:.3f}']
        for topic, arrival in self._arrivals.items():
            parts.append(f'"{topic}":{{"age":{clock - arrival.at:.3f},"state":{arrival.text}}}')
        if self._past:
            parts.append(f'"row":{to_json(self._past[-1])}')
        return ",".join(parts) + "}"

    def _remember(self, clock: float) -> None:
        if self._past and clock - self._past[-1][0] < PAST_PERIOD_S - 1e-6:
            return
        attention, affect = self._fresh("attention", clock), self._fresh("affect", clock)
        self._past.append(
            [
                round(clock, 3),
                attention.get("alert_level"),
                _OFF_ROAD.get(attention.get("eyes_on_road", 0)),
                _openness(attention),
                *(affect.get(name) for name in PAST_COLUMNS[4:9]),
                *(attention.get(name) for name in PAST_COLUMNS[9:]),
            ]
        )

    def _fresh(self, topic: str, clock: float) -> Plain:
        return {} if self.silent(topic, clock) else self._arrivals[topic].values


def _openness(attention: Plain) -> float | None:
    """Mean of the eyes that are seen."""
    both = (attention.get("left_eye_openness"), attention.get("right_eye_openness"))
    seen = [one for one in both if one is not None]
    return round(sum(seen) / len(seen), 3) if seen else None
