"""The clock of a row of samples: when was sample n, although stamps jitter and rates are wrong."""

from __future__ import annotations

import math

_NS = 1_000_000_000
# One sigma of what is not known before stamps have told: of a stamp, s; of the rate in the header,
# as a share (2 % is what cheap sensors are off); of the drift of the true rate, per root second.
_STAMP_SIGMA = 0.005
_RATE_SIGMA = 0.02
_DRIFT_SIGMA = 1e-6
# Stamps that the jitter is averaged over.
_JITTER_STAMPS = 100.0


class RowClock:
    """Learns offset and rate of a row of samples from stamps: a Kalman filter with two states.

    Args:
        rate: Samples per second as the sender states it.
        stamp_ns: Stamp of sample 0.
        stamp_sigma: One sigma of a stamp, s.
    """

    def __init__(self, rate: float, stamp_ns: int, *, stamp_sigma: float = _STAMP_SIGMA) -> None:
        self._variance = stamp_sigma**2
        self._rate = rate
        self._origin = stamp_ns
        self._index = 0
        self._time = 0.0  # of sample `_index`, s after the origin
        self._scale = 1.0  # true over stated period
        self._p_time = self._variance
        self._p_both = 0.0
        self._p_scale = _RATE_SIGMA**2
        self._observed = 0
        self._square = 0.0

    @property
    def jitter(self) -> float:
        """Root mean square distance of the last hundred stamps from where they were expected, s."""
        return math.sqrt(self._square) if self._observed else math.nan

    @property
    def rate(self) -> float:
        """Samples per second as learned, Hz."""
        return self._rate / self._scale

    @property
    def period(self) -> float:
        """Time from one sample to the next as learned, s."""
        return self._scale / self._rate

    def time_of(self, index: float) -> float:
        """Time of a sample, s after the origin; between samples for a fraction."""
        return self._time + (index - self._index) * self.period

    def stamp_of(self, index: float) -> int:
        """Stamp of a sample, nanoseconds."""
        return self._origin + round(self.time_of(index) * _NS)

    def lateness(self, index: int, stamp_ns: int) -> tuple[float, float]:
        """How much later than expected a stamp is, and one sigma of the expectation, s."""
        elapsed = (index - self._index) / self._rate
        sigma = math.sqrt(
            self._p_time + 2.0 * elapsed * self._p_both + elapsed * elapsed * self._p_scale
        )
        return (stamp_ns - self._origin) / _NS - self.time_of(index), sigma

    def observe(self, index: int, stamp_ns: int) -> None:
        """Learns from the stamp of a sample; samples come in order."""
        late, _ = self.lateness(index, stamp_ns)
        self._observed += 1
        self._square += (late * late - self._square) / min(self._observed, _JITTER_STAMPS)
        elapsed = (index - self._index) / self._rate
        self._time = self.time_of(index)
        self._index = index
        p_time = self._p_time + elapsed * (2.0 * self._p_both + elapsed * self._p_scale)
        p_both = self._p_both + elapsed * self._p_scale
        p_scale = self._p_scale + _DRIFT_SIGMA**2 * elapsed
        expected = p_time + self._variance
        gain_time, gain_scale = p_time / expected, p_both / expected
        self._time += gain_time * late
        self._scale += gain_scale * late
        self._p_time = (1.0 - gain_time) * p_time
        self._p_both = (1.0 - gain_time) * p_both
        self._p_scale = p_scale - gain_scale * p_both

    def skip(self, index: int, stamp_ns: int) -> None:
        """A hole ends with this sample: the rate stays as learned, the offset is taken from it."""
        self._index = index
        self._time = (stamp_ns - self._origin) / _NS
        self._p_time = self._variance
        self._p_both = 0.0
