"""Body signals under any chunks: whatever comes, the figures are bounded or unknown.

Chunks of any rate, length, order, with missing samples, holes, any contact. Values are in the unit
tier.
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affect_perception.core.config import PhysioPipelineConfig
from affect_perception.core.enums import Availability, BiosignalChannel
from affect_perception.core.network import PhysioNetworks
from affect_perception.core.physio.perception import PhysioPerception
from affect_perception.core.physio.pipeline import PhysioPipeline
from affect_perception.core.types.physio import UNITS, BiosignalChunk, NoSignal
from affect_perception.io.message_types import serialize, typestore
from affect_perception.io.physio_fields import (
    PHYSIO_OBSERVATION,
    physio_fields,
    physio_of_message,
)

pytestmark = pytest.mark.property
NS = 1_000_000_000
CHANNELS = [c for c in UNITS if c != BiosignalChannel.ACCELERATION]


@st.composite
def chunk_lists(draw: st.DrawFn) -> list[BiosignalChunk]:
    """Chunks of up to three channels with faults, in any order of arrival."""
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    chunks = []
    for channel in draw(st.lists(st.sampled_from(CHANNELS), min_size=1, max_size=3, unique=True)):
        rate = draw(st.sampled_from([4.0, 15.0, 60.0, 128.0, 1000.0]))
        unit = draw(st.sampled_from(["", UNITS[channel][0]]))
        seconds = draw(st.floats(0.05, 3.0))
        scale = draw(st.sampled_from([0.0, 1e-9, 1.0, 1e12]))
        size = max(1, round(rate * seconds))
        for number in range(draw(st.integers(1, 12))):
            if draw(st.integers(0, 9)) == 0:
                continue
            samples = scale * rng.standard_normal(size)
            fault = draw(st.sampled_from(["none", "none", "nan", "inf", "cut", "all_nan"]))
            if fault in ("nan", "inf"):
                samples[rng.integers(size, size=size // 4)] = float(fault)
            elif fault == "cut":
                samples = np.clip(samples, -0.1 * scale, 0.1 * scale)
            elif fault == "all_nan":
                samples[:] = np.nan
            jitter = draw(st.integers(-NS // 20, NS // 20))
            stamp = round(number * size / rate * NS) + jitter
            contact = draw(st.sampled_from([math.nan, 0.0, 1.0]))
            chunks.append(BiosignalChunk(stamp, channel, rate, samples, unit, contact))
    order = draw(st.permutations(range(len(chunks)))) if draw(st.booleans()) else range(len(chunks))
    return [chunks[i] for i in order]


@settings(max_examples=60, deadline=None)
@given(chunk_lists())
def test_figures_are_bounded_or_unknown(chunks: list[BiosignalChunk]) -> None:
    path = PhysioPerception()
    for chunk in chunks:
        found = path.step(chunk)
        if found is None:
            continue
        for state in found.channels.values():
            assert math.isnan(state.quality) or 0.0 <= state.quality <= 1.0
            assert state.rate > 0.0
            assert state.age >= 0.0
        heart, breath = found.heart, found.respiration
        assert math.isnan(heart.rate_bpm) or 5.0 <= heart.rate_bpm <= 300.0
        assert math.isnan(breath.rate_bpm) or 5.0 <= breath.rate_bpm <= 45.0
        for value in (heart.rejected, heart.pnn50, heart.quality, breath.quality):
            assert math.isnan(value) or 0.0 <= value <= 1.0
        for value in (heart.rmssd, heart.sdnn, heart.lf, heart.hf):
            assert math.isnan(value) or 0.0 <= value < math.inf
        assert (found.availability == Availability.UNAVAILABLE) == math.isnan(heart.rate_bpm)
        assert all(not math.isinf(v) for v in dataclasses.astuple(found.skin))


@settings(max_examples=15, deadline=None)
@given(chunk_lists())
def test_the_same_chunks_give_the_same_figures(chunks: list[BiosignalChunk]) -> None:
    first, second = PhysioPerception(), PhysioPerception()
    for chunk in chunks:
        assert repr(first.step(chunk)) == repr(second.step(chunk))


class Halves:
    """Says one half."""

    name = "halves"

    def run(self, views, youth, subset):
        assert np.isfinite(views).all()
        return (np.full((1, 2), 0.5, np.float32),)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(chunk_lists(), st.integers(-(10**9), 10**9)), min_size=1, max_size=4))
def test_the_pipeline_survives_clocks_that_leap_silence_and_drivers(
    bouts: list[tuple[list[BiosignalChunk], int]],
) -> None:
    """What it gives goes through a message and comes back the same."""
    pipeline = PhysioPipeline(PhysioPipelineConfig(), PhysioNetworks(Halves()))
    for driver, (chunks, shift_s) in enumerate(bouts):
        start = (10**9 + shift_s) * NS
        events = [dataclasses.replace(c, stamp_ns=start + c.stamp_ns) for c in chunks]
        pipeline.observe_driver(driver)
        found = [o for event in events for o in pipeline.step(event)]
        (silent,) = pipeline.step(NoSignal(start + 100 * NS))
        assert silent.availability == Availability.UNAVAILABLE
        for observation in (*found, silent):
            data = serialize(physio_fields(observation), PHYSIO_OBSERVATION)
            back = physio_of_message(typestore().deserialize_cdr(data, PHYSIO_OBSERVATION))
            assert back.stamp_ns == observation.stamp_ns
            assert back.reasons == observation.reasons
            assert back.load.reasons == observation.load.reasons
            assert list(back.channels) == list(observation.channels)
