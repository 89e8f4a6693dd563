"""Changes the sampling rate of a stream to 16 kHz, with the same numbers however it is cut.

A polyphase filter: windowed sinc of ten zero crossings each side with a Kaiser window of beta 5,
the design of `scipy.signal.resample_poly`, whose result on the whole sound this equals.
"""

from __future__ import annotations

from math import gcd

import numpy as np
import numpy.typing as npt
import scipy.signal

from affect_perception.core.voice.log_mel import RATE

_CROSSINGS, _BETA = 10, 5.0
FloatArray = npt.NDArray[np.floating]


class Resampler:
    """Resamples one row of samples.

    Sample m of the output belongs to the time m / 16000 s after the first sample of the input: the
    filter's delay is taken out, at the price of waiting for `_CROSSINGS` samples of the lower rate.

    Args:
        rate: Samples per second of the input.
    """

    def __init__(self, rate: int) -> None:
        common = gcd(rate, RATE)
        self._up, self._down = RATE // common, rate // common
        widest = max(self._up, self._down)
        self._half = _CROSSINGS * widest
        self._filter = np.ones(1)
        if widest > 1:
            length, cutoff = 2 * self._half + 1, 1.0 / widest
            self._filter = scipy.signal.firwin(length, cutoff, window=("kaiser", _BETA)) * self._up
        self._kept = np.zeros(0)
        self._first = 0  # number of the first kept input sample
        self._done = 0  # output samples given

    def push(self, samples: FloatArray) -> npt.NDArray[np.float32]:
        """Takes (n,) input samples and gives the (m,) output samples that they complete."""
        if self._up == self._down:
            return samples.astype(np.float32, copy=False)
        self._kept = np.concatenate([self._kept, samples.astype(np.float64)])
        end = self._first + len(self._kept)
        # Output m needs the inputs up to (m * down + half) / up.
        ready = max(self._done, -(-(end * self._up - self._half) // self._down))
        return self._give(ready)

    def flush(self) -> npt.NDArray[np.float32]:
        """Gives the outputs that lie before the end of the input, with silence after it."""
        if self._up == self._down:
            return np.zeros(0, np.float32)
        end = self._first + len(self._kept)
        return self._give(-(-end * self._up // self._down))

    def _give(self, until: int) -> npt.NDArray[np.float32]:
        """Outputs from `_done` to `until`."""
        if until <= self._done:
            return np.zeros(0, np.float32)
        # Skipping whole output steps and padding the filter aligns its middle with `_done`.
        ahead = self._first * self._up - self._half - self._done * self._down
        skip = max(0, -(ahead // self._down))
        pad = ahead + skip * self._down
        taps = np.concatenate([np.zeros(pad), self._filter])
        count = skip + until - self._done
        needed = (count * self._down - pad) // self._up + 1
        kept = np.pad(self._kept, (0, max(0, needed - len(self._kept))))
        given = scipy.signal.upfirdn(taps, kept, self._up, self._down)[skip:count]
        self._done = until
        self._forget()
        return np.asarray(given, np.float32)

    def _forget(self) -> None:
        """Drops inputs that no later output needs."""
        lowest = (self._done * self._down - self._half) // self._up
        drop = min(len(self._kept), max(0, lowest - self._first))
        self._kept = self._kept[drop:]
        self._first += drop
