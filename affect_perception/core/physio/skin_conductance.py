"""Skin conductance as it comes: a slow level, a fast part, and the responses in it.

The fast part is what a high-pass of 0.05 Hz leaves, the split of Benedek and Kaernbach (2010) and
of NeuroKit2's "highpass" (from memory, verified against the primary texts: no), here causal: a
first-order low-pass is the level, so level plus fast part is the signal at every instant. A
response is a rise of the smoothed signal from a valley to a peak within 0.5 to 10 s.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

# Cut-off of the slow level and of the smoothing before peaks are looked for, Hz.
_LEVEL_HZ, _SMOOTH_HZ = 0.05, 1.0
# Shortest and longest rise of a response, s.
_RISE = (0.5, 10.0)
_MINUTE = 60.0
# What a skin can have, uS: below is no contact (Boucsein 2012: 2 to 20 is usual; dry wrists have
# less: from memory, verified against the primary text: no).
LOWEST, HIGHEST = 0.01, 60.0
# The skin does not change by so much from one sample to the next, uS: the strongest responses rise
# by about 1 uS per second, and four samples per second is the least. The electrode has moved.
_JUMP = 0.5
# After a jump the level begins anew when the signal has been calm for so long, s: one
# that is undone at once says nothing of the skin.
_CALM = 1.0


@dataclass(frozen=True)
class SkinResponse:
    """A response: number of the sample of its peak, rise in microsiemens, time of the rise in s."""

    index: int
    amplitude: float
    rise: float


class SkinConductance:
    """Splits one row of skin conductance.

    Args:
        rate: Samples per second, Hz.
        response_min: Smallest rise that counts, uS.
    """

    def __init__(self, rate: float, response_min: float) -> None:
        self._rate = rate
        self._least = response_min
        self._level_share = 1.0 - math.exp(-2.0 * math.pi * _LEVEL_HZ / rate)
        self._smooth_share = 1.0 - math.exp(-2.0 * math.pi * _SMOOTH_HZ / rate)
        self._next = -1
        self._level = math.nan
        self._smooth = math.nan
        self._value = math.nan
        self._valley = (0, math.nan)
        self._peak = (0, math.nan)
        self._rising = False
        self._responses: deque[SkinResponse] = deque()
        self._jumped: int | None = None  # number of the sample of the newest jump
        self._since = 0  # number of the first sample without a hole after it

    @property
    def tonic(self) -> float:
        """The slow level, uS."""
        return self._level

    @property
    def phasic(self) -> float:
        """The newest sample less the slow level, uS."""
        return self._value - self._level

    def push(self, start: int, samples: npt.NDArray[np.float64]) -> list[SkinResponse]:
        """Takes (n,) samples in microsiemens from number `start` on; a jump of it is a hole."""
        if start != self._next:
            self._begin(start, float(samples[0]))
        self._next = start + len(samples)
        jumps = (np.abs(np.diff(samples, prepend=self._value)) > _JUMP).tolist()
        found = []
        for index, (value, jump) in enumerate(zip(samples.tolist(), jumps, strict=True), start):
            if jump:
                self._jumped = index
            elif self._jumped is not None and index - self._jumped >= _CALM * self._rate:
                self._settle(index, value)
            response = self._step(index, value)
            if response is not None:
                found.append(response)
        self._responses.extend(found)
        while self._responses and self._responses[0].index < self._next - _MINUTE * self._rate:
            self._responses.popleft()
        return found

    def responses(self) -> tuple[float, float]:
        """Responses per minute over the last minute without a hole, and their mean amplitude, uS.

        NaN before half a minute is known; the amplitude also without any response.
        """
        known = min(_MINUTE, (self._next - self._since) / self._rate)
        if known < 0.5 * _MINUTE:
            return math.nan, math.nan
        count = len(self._responses)
        mean = sum(r.amplitude for r in self._responses) / count if count else math.nan
        return 60.0 * count / known, mean

    def _begin(self, start: int, value: float) -> None:
        self._value = value
        self._settle(start, value)
        self._responses.clear()
        self._since = start

    def _settle(self, index: int, value: float) -> None:
        """The level is that of a sample, and nothing is rising yet."""
        self._level = self._smooth = value
        self._valley = self._peak = (index, value)
        self._rising = False
        self._jumped = None

    def _step(self, index: int, value: float) -> SkinResponse | None:
        self._value = value
        self._level += self._level_share * (value - self._level)
        self._smooth += self._smooth_share * (value - self._smooth)
        smooth = self._smooth
        # A turn counts when the signal has come back by a quarter of the smallest response.
        back = 0.25 * self._least
        if self._rising:
            if smooth > self._peak[1]:
                self._peak = (index, smooth)
            elif smooth < self._peak[1] - back:
                self._rising = False
                response = self._ended()
                self._valley = (index, smooth)
                return response
        elif smooth - self._valley[1] <= back * (index - self._valley[0]) / self._rate:
            # Falls, or rises by less than that in a second: drift.
            self._valley = (index, smooth)
        elif smooth > self._valley[1] + back:
            self._rising = True
            self._peak = (index, smooth)
        return None

    def _ended(self) -> SkinResponse | None:
        amplitude = self._peak[1] - self._valley[1]
        rise = (self._peak[0] - self._valley[0]) / self._rate
        if amplitude < self._least or not _RISE[0] <= rise <= _RISE[1]:
            return None
        return SkinResponse(self._peak[0], amplitude, rise)
