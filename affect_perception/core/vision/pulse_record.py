"""What the last seconds showed of the skin and the head, and what of it moved."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from affect_perception.core.buffers import to_ns, to_s
from affect_perception.core.vision.pulse_colour import GRID_HZ, resample
from affect_perception.core.vision.pulse_skin import REGIONS

Array = npt.NDArray[np.float64]

SMOOTHING_S = 0.2
"""Speeds are taken over this time: the points of the mesh tremble from picture to picture."""
_COLOURS = 3 * len(REGIONS)
# Longest time that one picture more or less makes: stamps jitter.
_SLACK_S = 0.05


@dataclass(frozen=True)
class SkinWindow:
    """The last seconds on an even grid.

    Attributes:
        seconds: Length.
        rate_hz: Pictures per second that it was made from (from their median distance).
        colours: (n, 3) red, green, blue: mean over the regions that were seen throughout, each over
            its own mean; None if there is none.
        tint: Largest difference of two channels of the skin over its green; 0 is grey.
        turning: (n,) speed of the head's turning, rad/s; 0 while unknown.
        shifting: (n,) speed across the picture, distances of the outer eye corners per second.
        lighting: (n,) relative change of brightness per second.
    """

    seconds: float
    rate_hz: float
    colours: Array | None
    tint: float
    turning: Array
    shifting: Array
    lighting: Array


class SkinRecord:
    """Keeps the samples of the last `seconds`."""

    def __init__(self, seconds: float, max_gap: float) -> None:
        self._length_ns, self._max_gap = to_ns(seconds + _SLACK_S), max_gap
        self._stamps: deque[int] = deque()
        self._rows: deque[Array] = deque()

    def clear(self) -> None:
        """Forgets everything."""
        self._stamps.clear()
        self._rows.clear()

    @property
    def newest_ns(self) -> int | None:
        """Stamp of the newest sample."""
        return self._stamps[-1] if self._stamps else None

    @property
    def seconds(self) -> float:
        """Time between the oldest and the newest sample."""
        return to_s(self._stamps[-1] - self._stamps[0]) if self._stamps else 0.0

    def add(self, stamp_ns: int, colours: Array, place: tuple[float, ...]) -> None:
        """Adds a sample; a stamp that does not advance is left out.

        Args:
            stamp_ns: Acquisition time.
            colours: (3, 3) by region; NaN where unseen.
            place: x, y of the face and its size, px; yaw, pitch, roll of the head, rad, or NaN.
        """
        if self._stamps and stamp_ns <= self._stamps[-1]:
            return
        self._stamps.append(stamp_ns)
        self._rows.append(np.concatenate([colours.reshape(-1), place]))
        while stamp_ns - self._stamps[0] > self._length_ns:
            self._stamps.popleft()
            self._rows.popleft()

    def window(self) -> SkinWindow:
        """The samples on the even grid that ends with the newest; needs two samples or more."""
        stamps = np.array(self._stamps, np.int64)
        times = (stamps - stamps[-1]) * 1e-9
        rows = np.concatenate(self._rows).reshape(len(times), -1)
        steps = max(round(-times[0] * GRID_HZ), 2)
        grid = (np.arange(steps) - steps + 0.5) / GRID_HZ
        use = [r for r in range(len(REGIONS)) if self._seen(times, rows[:, 3 * r])]
        if not np.isfinite(rows).all():
            rows = np.stack([_filled(times, column) for column in rows.T], axis=1)
        even = resample(times, rows, grid)
        regions = even[:, :_COLOURS].reshape(steps, len(REGIONS), 3)[:, use]
        means = np.maximum(regions.mean(axis=0), 1e-6)
        place = _smooth(even[:, _COLOURS:])
        speed = np.abs(np.gradient(place, 1.0 / GRID_HZ, axis=0))
        size = np.maximum(place[:, 2], 1.0)
        colours = (regions / means).mean(axis=1) if use else None
        light = np.zeros(steps)
        if colours is not None:
            bright = np.maximum(_smooth(colours[:, 1:2])[:, 0], 1e-6)
            light = np.abs(np.gradient(np.log(bright), 1.0 / GRID_HZ))
        return SkinWindow(
            seconds=-float(times[0]),
            rate_hz=1.0 / max(float(np.median(np.diff(times))), 1e-6),
            colours=colours,
            tint=float(np.ptp(means, axis=1).max() / means[:, 1].max()) if use else 0.0,
            turning=np.hypot(speed[:, 3], speed[:, 4]),
            shifting=np.hypot(speed[:, 0], speed[:, 1]) / size,
            lighting=light,
        )

    def _seen(self, times: Array, column: Array) -> bool:
        """Whether a region was seen throughout, but for holes that may be bridged."""
        known = times[np.isfinite(column)]
        if len(known) < 2:
            return False
        ends = np.concatenate([[times[0]], known, [times[-1]]])
        return bool(np.diff(ends).max() <= self._max_gap)


def _filled(times: Array, column: Array) -> Array:
    """A column with its holes bridged by straight lines; zeros if nothing is known."""
    known = np.isfinite(column)
    if known.all():
        return column
    if not known.any():
        return np.zeros_like(column)
    return np.asarray(np.interp(times, times[known], column[known]))


def _smooth(values: Array) -> Array:
    """Running mean over `SMOOTHING_S` of (n, k), ends held."""
    half = round(0.5 * SMOOTHING_S * GRID_HZ)
    padded = np.pad(values, ((half + 1, half), (0, 0)), mode="edge")
    total = np.cumsum(padded, axis=0)
    width = 2 * half + 1
    return np.asarray((total[width:] - total[:-width]) / width)
