"""Cognitive load and stress of one driver: tokens in, estimates out."""

from __future__ import annotations

import math

from affect_perception.core.buffers import to_s
from affect_perception.core.config.load import LoadConfig
from affect_perception.core.enums import Availability, LoadReason
from affect_perception.core.load.driver_normal import DriverNormal, DriverView
from affect_perception.core.load.driver_window import DriverWindow
from affect_perception.core.load.model import LoadJudgement, LoadModel
from affect_perception.core.load.tokens import CHANNELS, LoadToken
from affect_perception.core.network import Network
from affect_perception.core.types.load import LoadEstimate

__all__ = ["LoadEstimate", "LoadMonitor"]

_MISSING = {
    "heart_rate": LoadReason.NO_HEART_RATE,
    "hrv": LoadReason.NO_HRV,
    "skin": LoadReason.NO_SKIN,
}


class LoadMonitor:
    """Follows one driver.

    Args:
        config: Settings.
        network: `load_stress`, or None if it is not loaded.
        driver: `driver_slow`, which judges instead of it if it is there. Without both nothing is
            judged.
    """

    def __init__(
        self, config: LoadConfig, network: Network | None, driver: Network | None = None
    ) -> None:
        self._config = config
        self._model = LoadModel(network) if network is not None else None
        self._window = DriverWindow(driver) if driver is not None else None
        self._normal = DriverNormal()
        self._newest_ns: int | None = None
        self._judged: LoadJudgement | None = None

    def forget_driver(self) -> None:
        """Somebody else sits there: the baseline is dropped, and so is the last estimate."""
        self._normal.forget()
        if self._window is not None:
            self._window.forget()
        self._newest_ns, self._judged = None, None

    def step(self, token: LoadToken) -> LoadEstimate | None:
        """Takes the next token.

        Returns:
            What is known after it, or None if it is not newer than the one before.
        """
        if self._newest_ns is not None and token.stamp_ns <= self._newest_ns:
            return None
        self._newest_ns = token.stamp_ns
        view = self._normal.take(token.stamp_ns, token.learned())
        self._judged = self._judge(token.stamp_ns, view)
        return self.estimate(token.stamp_ns)

    def _judge(self, stamp_ns: int, view: DriverView) -> LoadJudgement | None:
        if self._window is not None:
            return self._window.judge(stamp_ns, view)
        return self._model.judge(view) if self._model is not None else None

    def estimate(self, stamp_ns: int) -> LoadEstimate:
        """What is known at a time not before the newest token."""
        newest = self._newest_ns
        age = math.nan if newest is None else max(0.0, to_s(stamp_ns - newest))
        if self._model is None and self._window is None:
            return _unknown(stamp_ns, LoadReason.NO_LOAD_NETWORK, age)
        if newest is None:
            return _unknown(stamp_ns, LoadReason.WARMING_UP, age)
        judged = self._judged
        if judged is None or age > self._config.hold:
            return _unknown(stamp_ns, LoadReason.NO_SIGNAL, age)
        reasons = self._reasons(judged)
        return LoadEstimate(
            stamp_ns=stamp_ns,
            availability=Availability.DEGRADED if reasons else Availability.AVAILABLE,
            reasons=reasons,
            load=judged.load,
            load_std=judged.load_std,
            stress=judged.stress,
            stress_std=judged.stress_std,
            baseline_s=judged.known_s,
            age_s=age,
        )

    def _reasons(self, judged: LoadJudgement) -> tuple[LoadReason, ...]:
        reasons = [_MISSING[name] for name in CHANNELS if name not in judged.channels]
        if judged.known_s < self._config.baseline_enough:
            reasons.append(LoadReason.BASELINE_SHORT)
        return tuple(reasons)


def _unknown(stamp_ns: int, reason: LoadReason, age_s: float) -> LoadEstimate:
    return LoadEstimate(stamp_ns, Availability.UNAVAILABLE, (reason,), age_s=age_s)
