"""The pipeline of the body signals: even rate, load and its clock, no signal, driver change, facts.

With a small fake for the network. Leaves: beats and figures (test_physio_perception), the load
model (test/unit/load), the node (test/ros).
"""

from __future__ import annotations

import copy
import functools
import math
from dataclasses import replace

import numpy as np
import pytest
from body_signals import beat_times, ecg

from affect_perception.core.config import PhysioConfig, PhysioPipelineConfig
from affect_perception.core.enums import (
    Availability,
    BiosignalChannel,
    LoadReason,
    PhysioReason,
)
from affect_perception.core.network import PhysioNetworks
from affect_perception.core.physio.pipeline import PhysioPipeline
from affect_perception.core.types import BiosignalChunk, NoSignal
from affect_perception.io.signals import Signal, merge_chunks

pytestmark = pytest.mark.unit

START, NS = 10**18, 10**9
SECONDS = 100.0
ECG, EDA = BiosignalChannel.ECG, BiosignalChannel.EDA
SIGNALS = [
    Signal("ecg", ECG, ecg(beat_times(SECONDS), SECONDS, 125.0), 125.0, "mV"),
    Signal("eda", EDA, 5.0 + 0.5 * np.sin(np.arange(round(SECONDS * 4)) / 30.0), 4.0, "uS"),
]


class Flat:
    """Says 0.25 and 0.75, and keeps what it was asked."""

    name = "flat"

    def __init__(self):
        self.subsets = []

    def run(self, views, youth, subset):
        self.subsets.append(int(subset[0]))
        return (np.array([[0.25, 0.75]], np.float32),)


def moved(chunks, by_ns=START):
    return [replace(c, stamp_ns=c.stamp_ns + by_ns) for c in chunks]


CHUNKS = moved(merge_chunks(SIGNALS, 0.25))


def make(network=None, **config):
    config = PhysioPipelineConfig(physio=PhysioConfig(**config))
    return PhysioPipeline(config, PhysioNetworks(network))


def play(pipeline, events):
    return [found for event in events for found in pipeline.step(event)]


@functools.cache
def _played():
    network = Flat()
    pipeline = make(network)
    return network, pipeline, tuple(play(pipeline, CHUNKS))


def played():
    """Network and pipeline after all chunks, for one test alone, and what came out."""
    network, pipeline, found = _played()
    return (*copy.deepcopy((network, pipeline)), found)


@pytest.mark.parametrize("rate", [1.0, 2.0, 4.0])
def test_observations_come_at_an_even_rate_and_name_every_beat_once(rate):
    found = play(make(output_rate=rate), CHUNKS)
    assert len(found) == pytest.approx(SECONDS * rate, abs=2)
    beats = [beat for o in found for beat in o.beat_stamps_ns]
    assert beats == sorted(set(beats))
    assert len(beats) == pytest.approx(len(beat_times(SECONDS)), abs=4)


def test_chunks_as_long_as_the_period_give_one_each_although_stamps_jitter():
    rng = np.random.default_rng(1)
    chunks = moved(merge_chunks(SIGNALS[:1], 0.4))[:100]
    chunks = [replace(c, stamp_ns=c.stamp_ns + int(rng.normal(0, 5e6))) for c in chunks]
    assert len(play(make(output_rate=2.5), chunks)) == len(chunks)


def test_load_follows_once_a_minute_is_over_and_names_the_channels():
    network, _, found = played()
    first = next(o for o in found if not math.isnan(o.load.stress))
    # The stream begins with the first observation, 0.25 s after the start of the signal.
    assert first.stamp_ns - START == pytest.approx(62.25 * NS, abs=0.5 * NS)
    assert found[0].load.reasons == (LoadReason.WARMING_UP,)
    assert found[-1].load.reasons == (LoadReason.BASELINE_SHORT,)
    assert (found[-1].load.load, found[-1].load.stress) == (0.25, 0.75)
    assert found[-1].load.age_s < 13.0
    assert network.subsets == [0] * len(network.subsets)  # heart rate, variability and skin
    only_skin = Flat()
    play(make(only_skin), [c for c in CHUNKS if c.channel == EDA])
    assert set(only_skin.subsets) == {6}


def test_beats_of_noise_give_no_load():
    noise = np.random.default_rng(3).standard_normal(round(80 * 125.0))
    network = Flat()
    found = play(make(network), moved(Signal("ecg", ECG, noise, 125.0, "mV").chunks(0.5)))
    assert sum(len(o.beat_stamps_ns) for o in found) > 30
    assert network.subsets == []
    assert found[-1].load.reasons == (LoadReason.NO_SIGNAL,)


def test_without_network_everything_else_goes_on():
    found = play(make(None), CHUNKS[:200])
    assert {o.load.reasons for o in found} == {(LoadReason.NO_LOAD_NETWORK,)}
    assert found[-1].availability == Availability.AVAILABLE


def test_no_signal_is_told_with_the_stamp_of_the_last_sample():
    _, pipeline, before = played()
    last = before[-1].stamp_ns
    (soon,) = pipeline.step(NoSignal(last + 3 * NS))
    (late,) = pipeline.step(NoSignal(last + 60 * NS))
    for o in (soon, late):
        assert o.stamp_ns == pytest.approx(last, abs=NS // 2)
        assert o.availability == Availability.UNAVAILABLE
        assert o.reasons == (PhysioReason.NO_SIGNAL,)
        assert math.isnan(o.heart.rate_bpm)
        assert {s.availability for s in o.channels.values()} == {Availability.UNAVAILABLE}
        assert all(0.0 <= s.age < 0.5 for s in o.channels.values())
    assert soon.load.stress == 0.75
    assert soon.load.age_s == pytest.approx(before[-1].load.age_s, abs=0.5)
    assert late.load.reasons == (LoadReason.NO_SIGNAL,)
    (woken,) = pipeline.step(NoSignal(0))  # of a node that has just been activated again
    assert (woken.stamp_ns, woken.load.reasons) == (late.stamp_ns, (LoadReason.NO_SIGNAL,))
    (never,) = make(Flat()).step(NoSignal(5))
    assert (never.stamp_ns, never.load.reasons) == (5, (LoadReason.NO_SIGNAL,))


def test_a_learned_rate_above_the_highest_that_can_be_stated_is_taken():
    pieces = Signal("eda", EDA, np.full(4000, 2.0), 1000.0, "uS").chunks(0.5)
    quick = [replace(c, stamp_ns=START + round(0.99 * c.stamp_ns)) for c in pieces]
    assert play(make(Flat()), quick)[-1].channels[EDA].rate > 1000.0


def test_another_driver_starts_with_a_new_baseline_and_a_new_minute():
    pipeline = make(Flat())
    pipeline.observe_driver(1)
    known = play(pipeline, CHUNKS)[-1]
    pipeline.observe_driver(1)
    again = play(pipeline, moved(CHUNKS[:8], round(SECONDS * NS)))[-1]
    assert again.load.baseline_s == known.load.baseline_s > 0.0
    pipeline.observe_driver(2)
    fresh = play(pipeline, moved(CHUNKS[8:16], round(SECONDS * NS)))[-1]
    assert fresh.load.reasons == (LoadReason.WARMING_UP,)
    assert not math.isnan(fresh.heart.rate_bpm)


def test_a_clock_that_steps_back_keeps_the_baseline_and_needs_a_new_minute():
    _, pipeline, before = played()
    known = before[-1].load.baseline_s
    again = play(pipeline, moved(CHUNKS, -(10**17)))
    judged = [o for o in again if not math.isnan(o.load.stress)]
    assert max(o.load.baseline_s for o in judged) > known
    assert again[-1].stamp_ns == pytest.approx(CHUNKS[-1].end_ns - 10**17, abs=NS)
    assert 0.0 <= again[-1].load.age_s < 13.0


def test_a_leap_of_the_clock_by_years_costs_no_time():
    network = Flat()
    pipeline = make(network)
    play(pipeline, CHUNKS[:100])
    after = play(pipeline, moved(CHUNKS, 10**18))
    assert len(network.subsets) <= 5
    assert any(not math.isnan(o.load.stress) for o in after)


def test_two_runs_give_the_same():
    _, _, first = played()
    assert str(first) == str(tuple(play(make(Flat()), CHUNKS)))


def test_facts_count_what_has_become_of_the_chunks():
    chunks = [c for c in CHUNKS if c.channel == ECG]
    chunks[20], chunks[21] = chunks[21], chunks[20]
    chunks.insert(40, chunks[39])
    del chunks[80:120]  # of 31 samples at 125 Hz
    broken = chunks[60].samples.copy()
    broken[3] = math.nan
    chunks[60] = replace(chunks[60], samples=broken)
    pipeline = make()
    play(pipeline, chunks)
    facts = pipeline.facts[ECG]
    assert (facts.reordered, facts.repeated, facts.gaps) == (1, 1, 1)
    assert facts.missing == pytest.approx(9.92, abs=0.01)
    assert facts.unmeasured == 1
    assert facts.jumps == 0
    assert facts.jitter < 0.001


def test_a_wrong_rate_and_jitter_are_learned():
    rng = np.random.default_rng(2)
    signal = Signal("ecg", ECG, SIGNALS[0].samples, 125.0 * 1.02, "mV")
    chunks = [
        BiosignalChunk(c.stamp_ns + round(rng.normal(0, 4e6)), ECG, 125.0, c.samples, "mV")
        for c in moved(signal.chunks(0.25))
    ]
    pipeline = make()
    found = play(pipeline, chunks)
    facts = pipeline.facts[ECG]
    assert facts.rate / facts.rate_stated == pytest.approx(1.02, abs=0.002)
    assert facts.jitter == pytest.approx(0.004, rel=0.3)
    assert PhysioReason.RATE_WRONG in found[-1].reasons
