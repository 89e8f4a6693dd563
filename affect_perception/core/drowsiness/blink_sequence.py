"""The driver's newest blinks: rate, mean length, and what the sequence model says about them."""

from __future__ import annotations

from collections import deque

from affect_perception.core.attention.switch import NAN
from affect_perception.core.buffers import to_ns
from affect_perception.core.config import DrowsinessConfig
from affect_perception.core.drowsiness.blink_features import AlertBlinks, numbers_of
from affect_perception.core.drowsiness.blink_sequence_model import BlinkSequenceModel
from affect_perception.core.drowsiness.lid_dips import Dip


class BlinkSequence:
    """Collects one driver's blinks and judges them now and then."""

    def __init__(self, config: DrowsinessConfig, model: BlinkSequenceModel | None) -> None:
        self._config = config
        self._model = model
        self._window_ns = to_ns(config.perclos_window)
        self._recent: deque[tuple[int, float]] = deque()
        self._alert = AlertBlinks(config.alert_blinks)
        self._scores: deque[list[float]] = deque(maxlen=config.sequence_blinks)
        self._judged_ns: int | None = None
        self.probabilities: tuple[float, float, float] | None = None
        """Of alert, low vigilance and drowsy; None while too few blinks are known."""

    @property
    def judged(self) -> int:
        """Blinks in the judged sequence."""
        return len(self._scores)

    @property
    def alert_duration(self) -> float:
        """Mean length of the driver's own alert blinks, s; NaN until known."""
        return self._alert.duration

    @property
    def mean_duration(self) -> float:
        """Of the blinks in the window, s; NaN without one."""
        recent = self._recent
        return sum(length for _, length in recent) / len(recent) if recent else NAN

    def rate(self, usable: float) -> float:
        """Blinks per minute over the usable time in the window, s; NaN while that is short."""
        if usable < self._config.perclos_min_usable:
            return NAN
        return 60.0 * len(self._recent) / usable

    def expire(self, now_ns: int) -> None:
        """Drops blinks that have left the window."""
        while self._recent and self._recent[0][0] <= now_ns - self._window_ns:
            self._recent.popleft()

    def add(self, now_ns: int, dip: Dip, usable: float, perclos: float, yawning: bool) -> None:
        """Takes a blink that has ended.

        Args:
            now_ns: The present, ns.
            dip: The blink.
            usable: Usable time in the window, s.
            perclos: PERCLOS, NaN if unknown.
            yawning: Eyes squeezed shut in a yawn say nothing about other blinks.
        """
        self._recent.append((now_ns, dip.duration))
        rate = self.rate(usable)
        if rate != rate or yawning:
            return
        numbers = numbers_of(dip, rate)
        if not self._alert.known:
            if perclos < self._config.perclos_alert:
                self._alert.learn(numbers)
            return
        self._scores.append(self._alert.scores(numbers))
        self._judge(now_ns)

    def _judge(self, now_ns: int) -> None:
        config = self._config
        if self._model is None or len(self._scores) < config.judged_blinks:
            return
        last = self._judged_ns
        if last is not None and now_ns - last < to_ns(config.judge_interval):
            return
        self.probabilities = self._model.probabilities(list(self._scores))
        self._judged_ns = now_ns
