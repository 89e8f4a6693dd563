"""Figures of one window of beats and of skin conductance, and the stream that makes tokens.

Leaves: generated input (property tier), real recordings (data tier).
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from load_bodies import beats, pulse_wave, skin

from affect_perception.core.buffers import to_ns
from affect_perception.core.enums import BiosignalChannel
from affect_perception.core.errors import InputError
from affect_perception.core.load.heart_window import heart_window
from affect_perception.core.load.skin_window import skin_window
from affect_perception.core.load.token_stream import TokenStream
from affect_perception.core.load.tokens import LEARNED, UNWEIGHTED, LoadToken
from affect_perception.evaluation.physio.recordings import beat_times
from affect_perception.io.signals import Signal

pytestmark = pytest.mark.unit


def test_alternating_intervals_have_known_figures():
    intervals = np.tile([0.80, 0.84], 30)
    found = heart_window(np.cumsum(intervals))
    assert found.heart_rate_bpm == pytest.approx(60.0 / 0.82, rel=1e-2)
    assert found.rmssd_s == pytest.approx(0.04, rel=1e-6)
    assert found.sdnn_s == pytest.approx(0.02, rel=2e-2)


def test_a_missed_and_an_early_beat_change_little():
    times = np.cumsum(np.tile([0.80, 0.84], 30))
    clean = heart_window(times)
    spoiled = np.sort(np.append(np.delete(times, 20), times[40] + 0.3))
    found = heart_window(spoiled)
    assert found.heart_rate_bpm == pytest.approx(clean.heart_rate_bpm, rel=0.01)
    assert found.rmssd_s == pytest.approx(clean.rmssd_s, rel=0.1)
    # Without the check of neighbours the missed beat alone would give several times as much.
    assert np.sqrt(np.mean(np.diff(np.diff(spoiled)) ** 2)) > 3 * clean.rmssd_s


def test_too_few_beats_are_unknown_and_not_zero():
    found = heart_window(np.arange(10) * 0.8)
    assert math.isnan(found.heart_rate_bpm)
    assert math.isnan(found.rmssd_s)


def test_a_straight_rise_of_the_skin_has_its_slope():
    found = skin_window(2.0 + np.arange(60) / 60.0)
    assert found.skin_slope_per_min == pytest.approx(1.0 / (2.0 + 59 / 120 + 0.05), rel=1e-6)
    assert found.skin_rising_share == 1.0
    assert found.skin_level_us == pytest.approx(2.0 + 59 / 120)


def test_responses_of_the_skin_show_in_the_phasic_part():
    calm = skin_window(skin(60, 2.0, 1, rate=1.0, seed=3))
    busy = skin_window(skin(60, 2.0, 12, rate=1.0, seed=3))
    assert busy.skin_phasic_us > 2.0 * calm.skin_phasic_us


def test_a_gap_of_the_skin_makes_it_unknown():
    values = np.full(60, 2.0)
    values[10:20] = np.nan
    assert math.isnan(skin_window(values).skin_level_us)
    values[12:20] = 2.0
    assert skin_window(values).skin_level_us == pytest.approx(2.0)


def test_tokens_do_not_depend_on_how_the_signals_were_cut():
    times, values = beats(150, 70, 0.03), skin(150, 1.5, 5)
    whole, pieces = TokenStream(0), TokenStream(0)
    whole.push_beats([to_ns(t) for t in times])
    whole.push_skin(0, 4.0, values)
    for start in range(0, 600, 37):
        pieces.push_skin(to_ns(start / 4.0), 4.0, values[start : start + 37])
        # Sent twice: what was heard before must not count again.
        pieces.push_skin(to_ns(start / 4.0), 4.0, values[start : start + 37])
    for time in times:
        pieces.push_beats([to_ns(time), to_ns(time)])
    a, b = whole.advance(to_ns(150)), pieces.advance(to_ns(150))
    assert len(a) == 10
    assert [t.stamp_ns for t in a] == [to_ns(60 + 10 * i) for i in range(10)]
    for one, other in zip(a, b, strict=True):
        np.testing.assert_allclose(one.learned(), other.learned(), rtol=1e-9)


def test_no_signal_gives_tokens_that_know_nothing():
    (token,) = TokenStream(0).advance(to_ns(65))
    assert np.isnan(token.learned()).all()
    assert all(math.isnan(getattr(token, name)) for name in UNWEIGHTED)


def test_impossible_input_is_refused():
    with pytest.raises(InputError, match="1 to 1000 Hz"):
        TokenStream(0).push_skin(0, 0.0, np.zeros(3))
    with pytest.raises(InputError, match="rmssd_s"):
        LoadToken(0, rmssd_s=-1.0)
    assert len(LEARNED) == LoadToken(0).learned().size


def test_beats_of_a_pulse_wave_are_found():
    times = beats(60, 72, 0.04)
    wave = Signal("bvp", BiosignalChannel.PPG, pulse_wave(times, 60), 64.0, "")
    found = beat_times(wave)
    inner = times[(times > 3) & (times < 59)]
    # The finder gives the rise of the wave, which the made wave has before its top.
    late = inner - found[np.abs(found[:, None] - inner[None]).argmin(axis=0)]
    assert late.std() < 0.01
    assert 0.0 < late.mean() < 0.2
    assert abs(len(found) - len(times)) <= 3
