"""Local maxima of a filtered signal with what lies around them, found as samples come."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from affect_perception.core.physio.kernels import Kernel, KernelFilter
from affect_perception.core.physio.signal_row import Blocks
from affect_perception.core.summit import summit

Array = npt.NDArray[np.float64]
# Blocks of this length keep the work per sample small at high rates, s.
_BLOCK = 0.04
# How many seconds of the filtered signal are kept.
_KEPT = 1.5
# Half the distance within which there is only one maximum, s.
_APART = 0.1
# Extremum that stands for the time of a beat is looked for this far from the maximum, s.
_TIMING = 0.05


@dataclass(frozen=True)
class Candidate:
    """A local maximum.

    Attributes:
        index: Number of its sample.
        height: Of the maximum.
        rest: Median magnitude of the filtered signal over the last 1.5 s.
        shape: The filtered signal around it, at fixed times, of norm 1.
        peak: Number of the sample, with fraction, of the highest and of the lowest value near it.
        swing: These two values.
        step: Share of the signal's range around it by which the level before and after differ:
            1 for a step, little for what goes up and comes back. NaN where it is not looked at.
    """

    index: int
    height: float
    rest: float
    shape: npt.NDArray[np.complex128] | Array
    peak: tuple[float, float]
    swing: tuple[float, float]
    step: float = math.nan


@dataclass(frozen=True)
class Scan:
    """What a block of samples added.

    Attributes:
        candidates: New local maxima, in order.
        until: All maxima before this sample are known.
        hole: The block begins after a hole; what came before is not connected.
    """

    candidates: list[Candidate]
    until: int
    hole: bool


class CandidateFinder:
    """Filters one row and finds local maxima of the output's magnitude.

    Args:
        rate: Samples per second, Hz.
        kernel: The filter; maxima of the magnitude of a complex one, of the value of a real one.
        reach: Half the length of the shape, s.
        step: Distance of the shape's points, s.
        levels: The level before and after a maximum is the median from `levels[0]` to `levels[1]`
            away from it, s; None if they are not looked at.
    """

    def __init__(
        self,
        rate: float,
        kernel: Kernel,
        *,
        reach: float,
        step: float,
        levels: tuple[float, float] | None = None,
    ) -> None:
        self._filter = KernelFilter(kernel)
        self._blocks = Blocks(max(1, round(_BLOCK * rate)))
        self._apart = max(1, int(_APART * rate))
        self._timing = max(1, round(_TIMING * rate))
        points = round(reach / step)
        self._shape = np.round(np.arange(-points, points + 1) * step * rate).astype(int)
        self._around = max(self._apart, self._timing + 1, int(self._shape[-1])) + 1
        self._size = max(4 * self._around, round(_KEPT * rate))
        self._levels = None if levels is None else [int(far * rate) for far in levels]
        if self._levels is not None:
            self._around = max(self._around, self._levels[1] + 1)
        self._output: npt.NDArray[np.complex128] | Array = np.zeros(0)
        self._height: Array = np.zeros(0)
        self._raw: Array = np.zeros(0)  # the measured samples that the outputs belong to, and newer
        self._start = 0  # number of the sample that the first kept output belongs to
        self._next = 0  # the next sample that may be a maximum
        self._last = -1

    def push(self, start: int, samples: Array) -> list[Scan]:
        """Takes measured samples from number `start` on."""
        return [self._step(*block) for block in self._blocks.push(start, samples)]

    def _step(self, start: int, samples: Array, hole: bool) -> Scan:
        if hole:
            self._filter.begin(float(samples[0]))
            self._output, self._height = np.zeros(0), np.zeros(0)
            # As the filter does: before the first sample lie copies of it.
            self._raw = np.full(self._filter.delay, samples[0])
            self._start = start - self._filter.delay
            # Outputs that belong before the hole are made of copies of the first sample.
            self._next = start
            self._last = start - 10 * self._apart
        output = self._filter.push(samples)
        height = np.abs(output) if np.iscomplexobj(output) else output
        self._output = np.concatenate([self._output, output])
        self._height = np.concatenate([self._height, height])
        self._raw = np.concatenate([self._raw, samples])
        end = self._start + len(self._height)
        until = max(self._next, end - self._around)
        candidates = self._maxima(self._next, until)
        self._next = until
        drop = min(len(self._height) - self._size, until - self._around - self._start)
        if drop > 0:
            self._output, self._height = self._output[drop:], self._height[drop:]
            self._raw = self._raw[drop:]
            self._start += drop
        return Scan(candidates, until, hole)

    def _maxima(self, begin: int, end: int) -> list[Candidate]:
        # Samples whose surroundings are not there yet (just after a hole) are no maxima.
        first = max(begin, self._start + self._around) - self._start
        last = end - self._start
        if last <= first:
            return []
        h = self._height
        middle = h[first:last]
        rising = (middle > h[first - 1 : last - 1]) & (middle >= h[first + 1 : last + 1])
        found = []
        for at in (np.flatnonzero(rising & (middle > 0.0)) + first).tolist():
            index = at + self._start
            if index - self._last <= self._apart:
                continue
            if h[at] >= h[at - self._apart : at + self._apart + 1].max():
                self._last = index
                found.append(self._candidate(at))
        return found

    def _candidate(self, at: int) -> Candidate:
        shape = self._output[at + self._shape]
        norm = float(np.linalg.norm(shape))
        near = self._output[at - self._timing : at + self._timing + 1].real
        high, low = int(np.argmax(near)), int(np.argmin(near))
        offset = at - self._timing + self._start
        return Candidate(
            index=at + self._start,
            height=float(self._height[at]),
            rest=float(np.median(np.abs(self._height))),
            shape=shape / norm if norm > 0.0 else shape,
            peak=(offset + summit(near, high), offset + summit(-near, low)),
            swing=(float(near[high]), float(near[low])),
            step=self._step_share(at),
        )

    def _step_share(self, at: int) -> float:
        if self._levels is None:
            return math.nan
        near, far = self._levels
        around = self._raw[at - far : at + far + 1]
        change = np.median(around[far + near :]) - np.median(around[: far - near + 1])
        extent = float(around.max() - around.min())
        return abs(float(change)) / extent if extent > 0.0 else 0.0
