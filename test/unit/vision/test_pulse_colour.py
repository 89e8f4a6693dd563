"""Covers the formulas of the pulse: resampling, POS, CHROM, green, against values worked by hand.

Leaves to others: rates (test_pulse_rate) and what is told (test_pulse_estimator).
"""

from __future__ import annotations

import numpy as np
import pytest

from affect_perception.core.errors import InputError
from affect_perception.core.vision.pulse_colour import chrom, green, in_band, pos, resample

pytestmark = pytest.mark.unit

TIME = np.arange(96) / 30.0
SINE = np.cos(2.0 * np.pi * 1.25 * TIME)  # four whole turns


def skin(red: np.ndarray, green_: np.ndarray, blue: np.ndarray) -> np.ndarray:
    """Colours around (180, 140, 120) with these relative changes."""
    return np.column_stack([1.0 + red, 1.0 + green_, 1.0 + blue]) * (180.0, 140.0, 120.0)


def test_resampling_takes_the_mean_of_the_line_over_each_step() -> None:
    times = np.array([0.0, 0.1, 0.4, 1.0])
    values = np.column_stack([2.0 * times, np.full(4, 7.0)])
    even = resample(times, values, np.array([0.1, 0.3, 0.5, 0.7]))
    assert even[:, 0] == pytest.approx([0.2, 0.6, 1.0, 1.4])
    assert even[:, 1] == pytest.approx([7.0] * 4)


def test_resampling_averages_what_is_denser_than_the_grid() -> None:
    times = np.arange(9) * 0.25
    values = np.tile([1.0, 3.0], 5)[:9, None]
    assert resample(times, values, np.array([0.5, 1.5]))[:, 0] == pytest.approx([2.0, 2.0])


def test_resampling_holds_the_ends() -> None:
    even = resample([0.0, 1.0], [[1.0], [3.0]], np.array([-2.0, 0.5, 3.0]))
    assert even[0, 0] == pytest.approx(1.0)
    assert even[2, 0] == pytest.approx(3.0)


@pytest.mark.parametrize(("times", "grid"), [([0.0], [0.0, 1.0]), ([0.0, 1.0], [0.0])])
def test_resampling_needs_two_of_each(times: list[float], grid: list[float]) -> None:
    with pytest.raises(InputError, match="resample"):
        resample(times, np.ones((len(times), 1)), grid)


def test_pos_of_one_piece_is_that_of_the_paper() -> None:
    # G - B = +-0.01 and G + B - 2 R = +-0.01: their sum is +-0.02.
    beat = np.array([0.01, -0.01, 0.01, -0.01])
    colours = skin(np.zeros(4), beat, np.zeros(4))
    assert pos(colours, rate_hz=2.5) == pytest.approx(2.0 * beat)
    # B as G: G - B = 0, and G + B - 2 R has no share.
    assert pos(skin(np.zeros(4), beat, beat), rate_hz=2.5) == pytest.approx(np.zeros(4), abs=1e-9)


def test_pos_of_long_colours_is_the_mean_of_overlapping_pieces() -> None:
    rng = np.random.default_rng(3)
    colours = skin(*(0.002 * rng.standard_normal((3, 70))))
    length, total, count = 48, np.zeros(70), np.zeros(70)
    pieces = []
    for start in range(70 - length + 1):
        c = colours[start : start + length]
        c = c / c.mean(axis=0)
        s1, s2 = c[:, 1] - c[:, 2], c[:, 1] + c[:, 2] - 2.0 * c[:, 0]
        h = s1 + s1.std() / s2.std() * s2
        pieces.append(h - h.mean())
    usual = np.median([p.std() for p in pieces])
    for start, piece in enumerate(pieces):
        total[start : start + length] += piece * min(1.0, usual / piece.std())
        count[start : start + length] += 1
    assert pos(colours) == pytest.approx(total / count)


def test_one_jerk_does_not_drown_what_is_around_it() -> None:
    beat = 0.004 * np.sin(2.0 * np.pi * 1.25 * np.arange(300) / 30.0)
    jerk = np.zeros(300)
    jerk[150:156] = 0.4
    wave = pos(skin(0.3 * beat + jerk, beat, 0.6 * beat))
    assert np.abs(wave[150:156]).max() < 20.0 * np.abs(wave[20:80]).max()


@pytest.mark.parametrize("method", [pos, chrom])
def test_brightness_alone_gives_nothing(method) -> None:  # type: ignore[no-untyped-def]
    beat = 0.05 * SINE
    assert np.abs(method(skin(beat, beat, beat))).max() < 1e-3 * 0.05


@pytest.mark.parametrize("method", [pos, chrom, green])
def test_more_light_gives_the_same_wave(method) -> None:  # type: ignore[no-untyped-def]
    colours = skin(0.3 * 0.005 * SINE, 0.005 * SINE, 0.7 * 0.005 * SINE)
    assert method(3.0 * colours) == pytest.approx(method(colours), abs=1e-12)


@pytest.mark.parametrize("method", [pos, chrom, green])
def test_the_wave_goes_with_the_green_of_the_skin(method) -> None:  # type: ignore[no-untyped-def]
    wave = method(skin(0.3 * 0.005 * SINE, 0.005 * SINE, 0.7 * 0.005 * SINE))
    assert np.corrcoef(wave[8:-8], SINE[8:-8])[0, 1] > 0.99


def test_chrom_cancels_gloss_that_white_light_adds() -> None:
    beat, gloss = 0.003 * SINE, 8.0 * np.sin(2.0 * np.pi * 0.9375 * TIME)
    colours = skin(0.4 * beat, beat, 0.7 * beat) + gloss[:, None]
    assert abs(np.corrcoef(chrom(colours), gloss)[0, 1]) < 0.3
    assert abs(np.corrcoef(green(colours), gloss)[0, 1]) > 0.9


def test_green_is_green_over_its_mean() -> None:
    assert green(skin(SINE, 0.01 * SINE, SINE)) == pytest.approx(0.01 * SINE, abs=1e-3)


def test_the_band_keeps_the_pulse_and_drops_the_rest() -> None:
    slow, fast = np.cos(2 * np.pi * 0.3125 * TIME), np.cos(2 * np.pi * 8.125 * TIME)
    assert in_band(SINE + 2.0 * slow + fast + 2.0 + TIME) == pytest.approx(SINE, abs=0.2)
    assert np.abs(in_band(slow)).max() < 0.1
    assert np.abs(in_band(fast)).max() < 0.05


@pytest.mark.parametrize("method", [pos, chrom])
def test_too_few_colours_are_refused(method) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError, match="48 colours"):
        method(np.ones((47, 3)))
