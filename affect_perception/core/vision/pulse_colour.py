"""From the colour of skin over time to the wave of the pulse: POS, CHROM and plain green.

Both methods start from the same picture of skin: light from its surface has the colour of the lamp
and does not pulse, light from inside has the colour of the skin and does. Each makes two signals
that brightness does not move and tunes their sum so that what is left of the surface cancels.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from affect_perception.core.errors import InputError

Array = npt.NDArray[np.float64]

GRID_HZ = 30.0
"""Rate of the even grid on which everything is computed, whatever the camera's."""
WINDOW_S = 1.6
"""Length of the pieces that are tuned on their own: 32 pictures at 20 Hz, which hold one beat of
the slowest heart (Wang et al. 2017; de Haan and Jeanne 2013)."""
BAND_HZ = (0.6, 4.0)
"""What may be of the pulse: from the slowest rate to the second harmonic of most."""
_CHROM = np.array([[3.0, -2.0, 0.0], [1.5, 1.0, -1.5]])
_FLAT = 1e-12


def resample(times: npt.ArrayLike, values: npt.ArrayLike, grid: npt.ArrayLike) -> Array:
    """Values at even times: the mean over each step of the line through the samples.

    Where the samples are denser than the grid all of them count, where they are wider apart the
    line between them does.

    Args:
        times: (n,) s, rising, n >= 2.
        values: (n, k).
        grid: (m,) s, even.

    Returns:
        (m, k).

    Raises:
        InputError: If there are fewer than two samples or two steps.
    """
    t, v, g = (np.asarray(x, np.float64) for x in (times, values, grid))
    if len(t) < 2 or len(g) < 2 or v.ndim != 2 or len(v) != len(t):
        raise InputError(f"cannot resample {v.shape} values of {t.shape} times to {g.shape}")
    step = (g[-1] - g[0]) / (len(g) - 1)
    edges = np.append(g - 0.5 * step, g[-1] + 0.5 * step)
    slope = np.diff(v, axis=0) / np.diff(t)[:, None]
    areas = 0.5 * (v[1:] + v[:-1]) * np.diff(t)[:, None]
    total = np.concatenate([np.zeros((1, v.shape[1])), np.cumsum(areas, axis=0)])
    index = np.clip(np.searchsorted(t, edges, side="right") - 1, 0, len(t) - 2)
    past = edges - t[index]
    # Beyond the ends the first and last value hold on.
    inside = np.clip(past, 0.0, t[index + 1] - t[index])
    outside = past - inside
    held = np.where((outside < 0.0)[:, None], v[index], v[index + 1])
    integral = (
        total[index]
        + inside[:, None] * (v[index] + 0.5 * inside[:, None] * slope[index])
        + outside[:, None] * held
    )
    return np.asarray(np.diff(integral, axis=0) / step)


def pos(colours: npt.ArrayLike, rate_hz: float = GRID_HZ) -> Array:
    """The pulse by "plane orthogonal to skin".

    Wang, den Brinker, Stuijk, de Haan, "Algorithmic principles of remote PPG", IEEE TBME 64(7),
    2017, algorithm 1: pieces of 1.6 s at every step, each over its mean; S1 = G - B and
    S2 = G + B - 2 R; h = S1 + std(S1)/std(S2) S2; the pieces less their mean are added up. Beyond
    the paper, a piece that swings more than the median piece is scaled down to it, so that one jerk
    of the head does not drown the seconds around it.

    Args:
        colours: (n, 3) red, green, blue, above 0.
        rate_hz: Their rate.

    Returns:
        (n,) wave, share of the skin's brightness, falling where the skin darkens.

    Raises:
        InputError: If there are fewer samples than one piece.
    """
    values = np.asarray(colours, np.float64)
    pieces, length = _pieces(values, rate_hz)
    total = np.cumsum(np.vstack([np.zeros(3), values]), axis=0)
    over = length / np.maximum(total[length:] - total[:-length], _FLAT)
    red, green_, blue = (pieces[:, channel] * over[:, channel, None] for channel in range(3))
    first, second = green_ - blue, green_ + blue - 2.0 * red
    # Both have a mean of 0, since each colour of a piece has one of 1.
    share = _size(first) / np.maximum(_size(second), _FLAT)
    wave = first + share[:, None] * second
    swing = _size(wave)
    usual = float(np.median(swing))
    wave *= np.minimum(1.0, usual / np.maximum(swing, _FLAT))[:, None]
    return _added(wave, np.ones(length))


def chrom(colours: npt.ArrayLike, rate_hz: float = GRID_HZ) -> Array:
    """The pulse from chrominance.

    De Haan, Jeanne, "Robust pulse rate from chrominance-based rPPG", IEEE TBME 60(10), 2013:
    colours over their mean; X = 3 R - 2 G and Y = 1.5 R + G - 1.5 B, both passed by the band of
    the pulse; S = X - std(X)/std(Y) Y in pieces of 1.6 s, which are added up under Hann windows.

    Arguments, result and errors as those of `pos`.
    """
    values = np.asarray(colours, np.float64)
    pieces, length = _pieces(values, rate_hz)
    tuned = values / np.maximum(values.mean(axis=0), _FLAT)
    two = np.stack([in_band(signal, rate_hz) for signal in _CHROM @ tuned.T], axis=1)
    pieces = np.lib.stride_tricks.sliding_window_view(two, length, axis=0)
    spread = pieces.std(axis=2)
    share = spread[:, 0] / np.maximum(spread[:, 1], _FLAT)
    wave = pieces[:, 0] - share[:, None] * pieces[:, 1]
    # X falls where green rises: turned round, it goes with the green of the skin as POS does.
    return -_added(wave, np.hanning(length + 2)[1:-1])


def green(colours: npt.ArrayLike, rate_hz: float = GRID_HZ) -> Array:
    """Green alone, over its mean (Verkruysse, Svaasand, Nelson, Optics Express 16(26), 2008)."""
    values = np.asarray(colours, np.float64)[:, 1]
    return in_band(values / max(float(values.mean()), _FLAT), rate_hz)


def in_band(signal: npt.ArrayLike, rate_hz: float = GRID_HZ) -> Array:
    """A signal (n,) less its straight line and everything outside of `BAND_HZ`."""
    values = np.asarray(signal, np.float64)
    place = np.arange(len(values)) - 0.5 * (len(values) - 1)
    slope = float(place @ values) / max(float(place @ place), _FLAT)
    spectrum = np.fft.rfft(values - values.mean() - slope * place)
    frequency = np.fft.rfftfreq(len(values), 1.0 / rate_hz)
    spectrum[(frequency < BAND_HZ[0]) | (frequency > BAND_HZ[1])] = 0.0
    return np.asarray(np.fft.irfft(spectrum, len(values)))


def _pieces(colours: npt.ArrayLike, rate_hz: float) -> tuple[Array, int]:
    """(w, 3, l) pieces of colours (n, 3) at every step, and their length."""
    values = np.asarray(colours, np.float64)
    length = round(WINDOW_S * rate_hz)
    if values.ndim != 2 or values.shape[1] != 3 or len(values) < length:
        raise InputError(f"a pulse needs {length} colours or more, got {values.shape}")
    return np.lib.stride_tricks.sliding_window_view(values, length, axis=0), length


def _size(pieces: Array) -> Array:
    """(w,) root mean square of each piece (w, l)."""
    return np.asarray(np.sqrt(np.einsum("wl,wl->w", pieces, pieces) / pieces.shape[1]))


def _added(pieces: Array, weight: Array) -> Array:
    """(n,) weighted mean of the overlapping pieces (w, l) that lie on each place."""
    count, length = pieces.shape
    weighted = np.ascontiguousarray((pieces * weight).T)
    total = np.zeros(count + length - 1)
    for place in range(length):
        total[place : place + count] += weighted[place]
    return np.asarray(total / np.convolve(np.ones(count), weight))
