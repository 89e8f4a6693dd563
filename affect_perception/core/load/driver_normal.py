"""What is usual for the driver, from the past only, and how the present differs from it.

Four views, because none is enough alone (docs/load.md has the figures): how many of the driver's
own deviations above the mean so far, how far above the mean of the last minutes, how far above
the lower fifth of everything so far, which a spell of stress hardly moves, and how far above what
is usual among people, which does not depend on how the driver's own recording began.
"""

from __future__ import annotations

import bisect
import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from affect_perception.core.buffers import to_ns, to_s
from affect_perception.core.errors import InputError
from affect_perception.core.load.tokens import LEARNED, STEP_S, Quantity

Float64Array = npt.NDArray[np.float64]

VIEWS = ("deviations", "recent", "low", "people")
"""Order of the views; each has the quantities in the order of `LEARNED`."""
MEMORY_S = 7200.0
"""What is older does not count; recordings to learn from are shorter."""
RECENT_S = 300.0
"""Time constant of the recent mean; 600 s did as well on stress_predict and worse on wesad_wrist
(balanced accuracy .922 against .871 alone, .986 and .987 with the other views)."""
LOW_QUANTILE = 0.2
PRIOR_SHARE = 0.5
"""Of the usual spread, added in square to the driver's own, which is small at first."""


@dataclass(frozen=True)
class DriverView:
    """How a token differs from the driver's usual state.

    Attributes:
        values: (len(VIEWS), len(LEARNED)); NaN where the token is unknown.
        known_s: (len(LEARNED),) time that the baseline of each quantity rests on, s.
    """

    values: Float64Array
    known_s: Float64Array


class DriverNormal:
    """Keeps the baseline of one driver; `take` must be called in the order of time.

    Args:
        quantities: What the rows of `take` hold.
    """

    def __init__(self, quantities: Sequence[Quantity] = LEARNED) -> None:
        self._spread: Float64Array = np.array([one.spread for one in quantities])
        self._usual: Float64Array = np.array([one.usual for one in quantities])
        self._per_apart: Float64Array = np.array(
            [1.0 / one.apart if one.apart > 0.0 else 0.0 for one in quantities]
        )
        self.forget()

    def forget(self) -> None:
        """Another driver: everything learned is dropped."""
        count = len(self._spread)
        self._rows: deque[tuple[int, Float64Array]] = deque()
        self._sorted: list[list[float]] = [[] for _ in range(count)]
        self._recent = np.full(count, np.nan)
        self._recent_ns = np.zeros(count, np.int64)
        self._taken = np.zeros(count)

    def take(self, stamp_ns: int, learned: Float64Array) -> DriverView:
        """Takes the next token in and compares it with all up to and with itself.

        Args:
            stamp_ns: Of the token.
            learned: (len(quantities),) from `LoadToken.learned`.

        Raises:
            InputError: If the token is not newer than the one before.
        """
        if self._rows and stamp_ns <= self._rows[-1][0]:
            raise InputError(
                f"load tokens must rise in time: {stamp_ns} after {self._rows[-1][0]} ns"
            )
        self._drop_before(stamp_ns - to_ns(MEMORY_S))
        self._rows.append((stamp_ns, learned))
        for own, value in zip(self._sorted, learned.tolist(), strict=True):
            if not math.isnan(value):
                bisect.insort(own, value)
        self._move_recent(stamp_ns, learned)
        return self._view(learned)

    def _drop_before(self, stamp_ns: int) -> None:
        while self._rows and self._rows[0][0] < stamp_ns:
            _, old = self._rows.popleft()
            for own, value in zip(self._sorted, old.tolist(), strict=True):
                if not math.isnan(value):
                    own.pop(bisect.bisect_left(own, value))

    def _move_recent(self, stamp_ns: int, learned: Float64Array) -> None:
        """An exponential mean by stamps, which begins as a plain one."""
        for i in np.flatnonzero(np.isfinite(learned)).tolist():
            self._taken[i] += 1.0
            if math.isnan(self._recent[i]):
                self._recent[i] = learned[i]
            else:
                gone = to_s(stamp_ns - int(self._recent_ns[i]))
                share = max(1.0 - math.exp(-gone / RECENT_S), 1.0 / self._taken[i])
                self._recent[i] += share * (learned[i] - self._recent[i])
            self._recent_ns[i] = stamp_ns

    def _view(self, learned: Float64Array) -> DriverView:
        counts = np.array([len(own) for own in self._sorted])
        mean, deviation, low = (np.full(len(learned), np.nan) for _ in range(3))
        for i in np.flatnonzero(np.isfinite(learned)).tolist():
            own = np.array(self._sorted[i])
            mean[i], deviation[i] = own.mean(), own.std()
            place = LOW_QUANTILE * (len(own) - 1)
            at = int(place)
            above = own[min(at + 1, len(own) - 1)]
            low[i] = own[at] + (place - at) * (above - own[at])
        scale = np.sqrt(deviation**2 + (PRIOR_SHARE * self._spread) ** 2)
        views = [
            (learned - mean) / scale,
            (learned - self._recent) / self._spread,
            (learned - low) / self._spread,
            (learned - self._usual) * self._per_apart,
        ]
        return DriverView(np.array(views), counts * STEP_S)
