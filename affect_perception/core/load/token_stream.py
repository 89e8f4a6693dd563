"""Tokens from beats and skin conductance as they arrive.

Bounded: only what the next window can need is kept. Evaluation and training use this class, too, so
that a token means the same everywhere.
"""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from affect_perception.core.buffers import to_ns
from affect_perception.core.errors import InputError
from affect_perception.core.load.heart_window import heart_window
from affect_perception.core.load.skin_window import BIN_S, skin_window
from affect_perception.core.load.tokens import STEP_S, WINDOW_S, LoadToken

_BIN_NS, _WINDOW_NS, _STEP_NS = to_ns(BIN_S), to_ns(WINDOW_S), to_ns(STEP_S)
_BINS = _WINDOW_NS // _BIN_NS
LOWEST_RATE_HZ, HIGHEST_RATE_HZ = 1.0, 1000.0


class TokenStream:
    """Makes a token every `STEP_S` from one driver's signals.

    What arrives twice or late (its stamp is not after the newest of its kind) is dropped.

    Args:
        start_ns: Time from which windows count; the first token ends `WINDOW_S` later.
    """

    def __init__(self, start_ns: int) -> None:
        self._start_ns = start_ns
        self._next_ns = start_ns + _WINDOW_NS
        self._beats: deque[int] = deque()
        self._seconds: dict[int, tuple[float, int]] = {}
        self._newest_skin_ns = start_ns - 1

    def push_beats(self, stamps_ns: Iterable[int]) -> None:
        """Takes times of heart beats, rising, nanoseconds."""
        for stamp in stamps_ns:
            if stamp >= self._start_ns and (not self._beats or stamp > self._beats[-1]):
                self._beats.append(int(stamp))

    def push_skin(
        self, stamp_ns: int, rate_hz: float, conductance_us: npt.NDArray[np.floating]
    ) -> None:
        """Takes samples of skin conductance, uS; NaN is unknown.

        Args:
            stamp_ns: Of the first sample.
            rate_hz: 1 to 1000.
            conductance_us: (n,) samples.

        Raises:
            InputError: If the rate is impossible or the samples are no row.
        """
        if not LOWEST_RATE_HZ <= rate_hz <= HIGHEST_RATE_HZ or conductance_us.ndim != 1:
            raise InputError(
                f"skin conductance needs a row of samples at {LOWEST_RATE_HZ:g} to "
                f"{HIGHEST_RATE_HZ:g} Hz, got {conductance_us.shape} at {rate_hz:g} Hz"
            )
        values = np.asarray(conductance_us, np.float64)
        stamps = stamp_ns + np.round(np.arange(len(values)) * (1e9 / rate_hz)).astype(np.int64)
        fresh = (stamps > self._newest_skin_ns) & np.isfinite(values)
        if len(stamps):
            self._newest_skin_ns = max(self._newest_skin_ns, int(stamps[-1]))
        seconds = (stamps[fresh] - self._start_ns) // _BIN_NS
        for second in np.unique(seconds).tolist():
            inside = values[fresh][seconds == second]
            total, count = self._seconds.get(second, (0.0, 0))
            self._seconds[second] = (total + float(inside.sum()), count + len(inside))

    def advance(self, stamp_ns: int) -> list[LoadToken]:
        """The tokens whose windows are over, now that everything up to a time has arrived."""
        tokens = []
        while self._next_ns <= stamp_ns:
            tokens.append(self._token(self._next_ns))
            self._next_ns += _STEP_NS
            self._forget(self._next_ns - _WINDOW_NS)
        return tokens

    def _token(self, end_ns: int) -> LoadToken:
        beats = np.array([b for b in self._beats if b <= end_ns], np.int64)
        last = (end_ns - self._start_ns) // _BIN_NS
        seconds = [self._seconds.get(i, (np.nan, 1)) for i in range(last - _BINS, last)]
        skin = skin_window([total / count for total, count in seconds])
        heart = heart_window((beats - (end_ns - _WINDOW_NS)) / 1e9)
        return LoadToken(end_ns, **dataclasses.asdict(heart), **dataclasses.asdict(skin))

    def _forget(self, before_ns: int) -> None:
        while self._beats and self._beats[0] < before_ns:
            self._beats.popleft()
        first = (before_ns - self._start_ns) // _BIN_NS
        for second in [one for one in self._seconds if one < first]:
            del self._seconds[second]
