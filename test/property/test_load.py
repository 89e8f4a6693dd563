"""Load and stress on generated input: any gaps, cuts and rates give numbers in range or unknown."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affect_perception.core.buffers import to_ns
from affect_perception.core.config.load import LoadConfig
from affect_perception.core.enums import Availability
from affect_perception.core.load.model import SUBSETS
from affect_perception.core.load.monitor import LoadMonitor
from affect_perception.core.load.token_stream import TokenStream

pytestmark = pytest.mark.property

numbers = st.one_of(st.floats(-1e3, 1e3), st.just(math.nan), st.just(0.0))


class Sum:
    name = "sum"

    def run(self, views, youth, subset):
        assert np.isfinite(views).all()
        assert 0.0 <= float(youth[0, 0]) <= 1.0
        assert 0 <= int(subset[0]) < len(SUBSETS)
        p = 1.0 / (1.0 + math.exp(-float(np.clip(views.sum(), -30, 30))))
        return (np.array([[p, p]], np.float32),)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 200_000), st.lists(numbers, max_size=40)), max_size=12),
    st.lists(st.floats(0.05, 3.0), max_size=300),
    st.sampled_from([1.0, 4.0, 7.7, 32.0, 1000.0]),
)
def test_estimates_are_in_range_or_unknown(pieces, intervals, rate):
    stream, monitor = TokenStream(0), LoadMonitor(LoadConfig(), Sum())
    stream.push_beats([to_ns(t) for t in np.cumsum(intervals).tolist()])
    for start_ms, values in pieces:
        stream.push_skin(start_ms * 1_000_000, rate, np.array(values, np.float64))
    tokens = stream.advance(to_ns(220))
    assert len(tokens) == 17
    for token in tokens:
        found = monitor.step(token)
        assert found is not None
        if found.availability == Availability.UNAVAILABLE:
            assert math.isnan(found.stress)
        else:
            assert 0.0 <= found.stress <= 1.0
            assert 0.0 <= found.stress_std <= 0.5
            assert found.baseline_s >= 10.0


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0.4, 1.5), min_size=60, max_size=200), st.integers(1, 30))
def test_windows_do_not_depend_on_how_often_they_are_asked_for(intervals, step):
    times = [to_ns(t) for t in np.cumsum(intervals).tolist()]
    once, often = TokenStream(0), TokenStream(0)
    once.push_beats(times)
    whole = once.advance(to_ns(300))
    found = []
    for second in range(0, 300 + step, step):
        often.push_beats([t for t in times if to_ns(second - step) < t <= to_ns(second)])
        found += often.advance(min(to_ns(second), to_ns(300)))
    assert [repr(t) for t in found] == [repr(t) for t in whole]
