"""Stamps for samples that come without any: the time of arrival stands in, smoothed.

Messages arrive late, and not always equally late. The samples themselves are even, so a `RowClock`
with a wide sigma learns their rate and offset from the arrivals. What it gives lies behind the true
time of acquisition by the mean delay of the way, which nobody can see from here.
"""

from __future__ import annotations

from affect_perception.core.physio.row_clock import RowClock

_ARRIVAL_SIGMA = 0.03
"""One sigma of an arrival, s: the scheduler of a busy machine and the packets of a radio."""


class ReceptionClock:
    """Stamps the messages of one plain stream.

    Args:
        rate: Samples per second as stated, Hz.
        gap: Distance of an arrival from what the clock expects beyond which samples are missing, s.
    """

    def __init__(self, rate: float, gap: float) -> None:
        self._rate = rate
        self._gap = gap
        self._clock: RowClock | None = None
        self._count = 0

    def stamp(self, arrival_ns: int, samples: int) -> tuple[int, bool]:
        """Takes a message.

        Args:
            arrival_ns: When it came; its newest sample is taken to be just over.
            samples: How many it holds.

        Returns:
            Stamp of its first sample, and whether samples are missing before it.
        """
        first, self._count = self._count, self._count + samples
        if self._clock is None:
            start = arrival_ns - round(samples / self._rate * 1e9)
            self._clock = RowClock(self._rate, start, stamp_sigma=_ARRIVAL_SIGMA)
            return start, True
        late, _ = self._clock.lateness(self._count, arrival_ns)
        if abs(late) > self._gap:
            self._clock.skip(self._count, arrival_ns)
            return self._clock.stamp_of(first), True
        self._clock.observe(self._count, arrival_ns)
        return self._clock.stamp_of(first), False
