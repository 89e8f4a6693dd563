"""Skin conductance, respiration belt, skin temperature and acceleration."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from affect_perception.core.config.physio import PhysioConfig
from affect_perception.core.enums import PhysioReason
from affect_perception.core.physio.channel import Array, Channel
from affect_perception.core.physio.respiration import BeltSignal, Breathing
from affect_perception.core.physio.signal_row import stretches
from affect_perception.core.physio.skin_conductance import HIGHEST, LOWEST, SkinConductance
from affect_perception.core.physio.units import to_celsius, to_microsiemens

# A conductance that keeps one value for so long is dead: wrist sensors give steps of 0.001 uS.
_SKIN_DEAD, _BELT_DEAD, _TEMPERATURE_DEAD = 20.0, 5.0, 120.0
# A conductance that stays at the highest value of 20 s for so long is cut off, s: that was so in
# none of 66,000 seconds of wesad_wrist and in 1 of 10,000 of stress_predict.
_SKIN_CUT = 3.0
# How long the belt may stay at the end of a breath, s.
_BELT_CUT = 0.8
# Skin conducts no faster than this, uS per second and share per second: faster steps are motion of
# the electrode (Kocielnik et al. 2013 take 20 % up and 10 % down; from memory, verified against the
# primary text: no).
_FASTEST, _FASTEST_SHARE = 0.3, 0.2
# Window of the quality of skin conductance, s.
_QUALITY_WINDOW = 30.0
# Skin of a person in a cabin, degrees Celsius.
_TEMPERATURES = (15.0, 43.0)


@dataclass(frozen=True)
class SkinSamples:
    """Skin conductance of a row without a hole: stamp of the first sample, Hz, (n,) uS."""

    stamp_ns: int
    rate: float
    microsiemens: Array


class SkinChannel(Channel):
    """Skin conductance.

    Quality is the share of the last half minute in which the conductance was in the range of skin
    and changed no faster than skin does.

    Args:
        config: Settings.
    """

    def __init__(self, config: PhysioConfig) -> None:
        super().__init__(config, dead_after=_SKIN_DEAD, cut_time=_SKIN_CUT)
        self._skin: SkinConductance | None = None
        self._rate = 1.0
        self._good: Array = np.zeros(0)
        self._last = math.nan
        self._new: list[SkinSamples] = []

    def new_samples(self) -> tuple[SkinSamples, ...]:
        """What was taken since the last call; NaN where it cannot be skin."""
        found, self._new = tuple(self._new), []
        return found

    @property
    def skin(self) -> SkinConductance | None:
        """What was split, None while the unit is not told."""
        return self._skin

    def quality(self) -> float:
        """Share of the last half minute that is plausible, 0..1; NaN at the start."""
        return float(self._good.mean()) if len(self._good) else math.nan

    def begin(self, rate: float) -> None:
        """A new row."""
        self._rate = rate
        self._skin = None
        self._good = np.zeros(0)
        self._last = math.nan

    def take(self, start: int, samples: Array, unit: str) -> None:
        """Splits the conductance; without a unit there is no level and no size of a response."""
        if not unit:
            self.tell(PhysioReason.UNIT_MISSING)
            return
        values = to_microsiemens(samples, unit)
        if self._skin is None:
            self._skin = SkinConductance(self._rate, self._config.response_min)
        before = self._last if math.isfinite(self._last) else float(values[0])
        steps = np.abs(np.diff(values, prepend=before)) * self._rate
        allowed = np.maximum(_FASTEST, _FASTEST_SHARE * np.abs(values))
        of_skin = (values > LOWEST) & (values < HIGHEST)
        good = (steps <= allowed) & of_skin
        # What no skin has is a hole: the level does not follow it down and up again.
        for first, last in stretches(of_skin):
            self._skin.push(start + first, values[first:last])
        clock = self._row.clock
        self._new.append(
            SkinSamples(clock.stamp_of(start), clock.rate, np.where(of_skin, values, math.nan))
        )
        kept = round(_QUALITY_WINDOW * self._rate)
        self._good = np.concatenate([self._good, good])[-kept:]
        self._last = float(values[-1])
        if values[-1] <= LOWEST:
            self.tell(PhysioReason.LEAD_OFF)

    def each_second(self) -> None:
        """Tells when the conductance is not that of skin."""
        if self.quality() < self._config.min_quality:
            self.tell(PhysioReason.NOISY)


class BeltChannel(Channel):
    """Respiration belt; the unit does not matter.

    Args:
        config: Settings.
    """

    def __init__(self, config: PhysioConfig) -> None:
        super().__init__(config, dead_after=_BELT_DEAD, cut_time=_BELT_CUT)
        self._belt: BeltSignal | None = None
        self._breathing = Breathing()

    @property
    def breathing(self) -> Breathing:
        """Rate of breathing."""
        return self._breathing

    def quality(self) -> float:
        """How clearly the signal repeats itself, 0..1; NaN at the start."""
        return self._breathing.quality

    def begin(self, rate: float) -> None:
        """A new row."""
        self._belt = BeltSignal(rate, self._config.respiration_window)
        self._breathing = Breathing()

    def take(self, start: int, samples: Array, unit: str) -> None:
        """Takes the samples."""
        del unit
        assert self._belt is not None
        self._belt.push(start, samples)

    def each_second(self) -> None:
        """Renews the rate."""
        assert self._belt is not None
        self._breathing = self._belt.breathing()
        if not self._belt.full:
            self.tell(PhysioReason.WARMING_UP)


class TemperatureChannel(Channel):
    """Skin temperature.

    Args:
        config: Settings.
    """

    def __init__(self, config: PhysioConfig) -> None:
        super().__init__(config, dead_after=_TEMPERATURE_DEAD, cut_time=math.inf)
        self._celsius = math.nan

    @property
    def celsius(self) -> float:
        """Newest temperature, degrees Celsius; NaN without unit or outside of what skin has."""
        low, high = _TEMPERATURES
        return self._celsius if low <= self._celsius <= high else math.nan

    def quality(self) -> float:
        """1 if it can be the temperature of skin."""
        return 0.0 if math.isnan(self.celsius) else 1.0

    def begin(self, rate: float) -> None:
        """A new row."""
        del rate
        self._celsius = math.nan

    def take(self, start: int, samples: Array, unit: str) -> None:
        """Takes the newest sample."""
        del start
        if not unit:
            self.tell(PhysioReason.UNIT_MISSING)
            return
        self._celsius = float(to_celsius(samples[-1:], unit)[0])
