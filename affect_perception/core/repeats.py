"""Tells a sensor that gives the same data again and again with new stamps.

A driver program that hangs goes on stamping what it got last. What a living camera or microphone
measures carries noise, so data that stay the same to the last bit were not measured.
"""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np
import numpy.typing as npt

from affect_perception.core.buffers import to_ns

FEWEST = 5
"""Equal pieces in a row before a sensor can be frozen, however slow it is: a few may be copies that
a recorder or a converter of the rate has put in."""

_Data = npt.NDArray[Any]


class Repeats:
    """Follows whether the data of a sensor change.

    Args:
        limit: For how long they may be the same, by the stamps, s; 0 turns this off.
    """

    def __init__(self, limit: float) -> None:
        self._limit_ns = to_ns(limit)
        self.reset()

    def reset(self) -> None:
        """The next piece is the first."""
        self._sample: _Data | None = None
        self._digest: int | None = None
        self._stamp_ns = 0
        self._since_ns = 0
        self._count = 0

    def step(self, stamp_ns: int, sample: _Data, data: _Data) -> bool:
        """Takes the next piece; returns whether all have been the same for too long.

        The sample tells living data apart at next to no cost. Only while it stays the same are all
        data compared, by a checksum, so that something small between its places is not missed.

        Args:
            stamp_ns: Its stamp; a step back begins a new row.
            sample: Values spread over the data; a copy is kept.
            data: All values.
        """
        if not self._limit_ns:
            return False
        back, self._stamp_ns = stamp_ns < self._stamp_ns, stamp_ns
        digest = None
        same = not back and self._sample is not None and np.array_equal(self._sample, sample)
        if same:
            digest = zlib.crc32(np.ascontiguousarray(data).data)
            # The first equal piece has nothing to be compared with: of the one before it only the
            # sample was kept.
            same = self._digest is None or digest == self._digest
        else:
            self._sample = sample.copy()
        self._digest = digest
        if not same:
            self._since_ns, self._count = stamp_ns, 0
        self._count += 1
        return self._count >= FEWEST and stamp_ns - self._since_ns >= self._limit_ns
