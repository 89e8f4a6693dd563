"""The path from chunks to observations: values, sources, bad input, any cut, missing channels.

Rows are in test_signal_row.py, beats in test_r_peaks.py, real signals in test/data.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import pickle
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
import pytest
from body_signals import beat_times, ecg, ppg

from affect_perception.core.enums import Availability, BiosignalChannel, PhysioReason
from affect_perception.core.errors import InputError
from affect_perception.core.physio.perception import PhysioPerception
from affect_perception.core.types.physio import BiosignalChunk, PhysioObservation
from affect_perception.io.signals import Signal, merge_chunks

pytestmark = pytest.mark.unit
SECONDS = 90.0
NS = 1_000_000_000
ECG, PPG = BiosignalChannel.ECG, BiosignalChannel.PPG
EDA, BELT = BiosignalChannel.EDA, BiosignalChannel.RESPIRATION
TEMPERATURE = BiosignalChannel.SKIN_TEMPERATURE


@functools.cache
def signals() -> Mapping[BiosignalChannel, Signal]:
    times = beat_times(SECONDS)
    slow = np.arange(round(SECONDS * 8)) / 8.0
    eda = 5.0 + 0.002 * slow
    for at in (10.0, 30.0, 50.0, 70.0, 75.0):
        after = np.maximum(slow - at, 0.0)
        eda += 0.4 * (np.exp(-after / 6.0) - np.exp(-after / 0.8)) * (slow > at)
    belt = np.sin(2 * np.pi * 0.25 * np.arange(round(SECONDS * 50)) / 50.0)
    found = (
        Signal("ecg", ECG, ecg(times, SECONDS, 250.0), 250.0, "mV"),
        Signal("ppg", PPG, ppg(times + 0.2, SECONDS, 100.0), 100.0, "1"),
        Signal("eda", EDA, eda, 8.0, "uS"),
        Signal("resp", BELT, belt, 50.0, "1"),
        Signal("temp", TEMPERATURE, np.full(360, 306.65), 4.0, "K"),
    )
    return MappingProxyType({signal.channel: signal for signal in found})


def play(chunks: Sequence[BiosignalChunk]) -> list[PhysioObservation]:
    perception = PhysioPerception()
    return [o for c in chunks if (o := perception.step(c)) is not None]


def only(channel: BiosignalChannel, seconds: float = 0.2) -> list[BiosignalChunk]:
    return list(signals()[channel].chunks(seconds))


@functools.cache
def alone(channel: BiosignalChannel) -> Sequence[PhysioObservation]:
    """What a channel gives by itself, unharmed."""
    return tuple(play(only(channel)))


def test_all_channels_together() -> None:
    found = play(merge_chunks(list(signals().values()), 0.25))
    last = found[-1]
    assert last.availability == Availability.AVAILABLE
    assert last.reasons == ()
    assert last.stamp_ns == pytest.approx(SECONDS * NS, abs=0.02 * NS)
    assert last.heart.source == ECG
    assert last.heart.rate_bpm == pytest.approx(70.0, abs=1.5)
    assert last.heart.rejected == 0.0
    assert last.heart.rmssd == pytest.approx(_rmssd(), rel=0.1)
    assert last.skin.tonic_us + last.skin.phasic_us == pytest.approx(
        float(signals()[EDA].samples[-1])
    )
    assert last.skin.responses_per_min == pytest.approx(3.0, abs=1.01)
    assert last.skin.response_us == pytest.approx(0.23, abs=0.08)
    assert last.skin.temperature_c == pytest.approx(33.5)
    assert last.respiration.source == BELT
    assert last.respiration.rate_bpm == pytest.approx(15.0, abs=0.2)
    assert all(s.quality > 0.9 for s in last.channels.values())


def _rmssd() -> float:
    times = beat_times(SECONDS)
    inside = np.diff(times[(times > SECONDS - 60.5)])
    return float(np.sqrt(np.mean(np.diff(inside) ** 2)))


@pytest.mark.parametrize("channel", [ECG, PPG])
def test_breathing_and_heart_rate_from_beats_alone(channel: BiosignalChannel) -> None:
    last = alone(channel)[-1]
    assert last.heart.source == channel
    assert last.heart.rate_bpm == pytest.approx(70.0, abs=1.5)
    assert last.respiration.source == channel
    assert last.respiration.rate_bpm == pytest.approx(15.0, abs=0.7)
    assert math.isnan(last.skin.tonic_us)


def test_beats_are_given_once_with_their_stamps() -> None:
    stamps = [s for o in alone(ECG) for s in o.beat_stamps_ns]
    assert stamps == sorted(set(stamps))
    times = beat_times(SECONDS)
    near = np.abs(np.array(stamps)[:, None] / NS - times[None, :]).min(axis=1)
    assert near.max() < 0.03
    assert len(stamps) >= len(times) - 4


def test_a_failing_ecg_hands_over_to_the_ppg() -> None:
    heart = signals()[ECG]
    samples = heart.samples.copy()
    samples[40 * 250 :] = 0.0
    failing = dataclasses.replace(heart, samples=samples)
    found = play(merge_chunks([failing, signals()[PPG]], 0.25))
    last = found[-1]
    assert last.heart.source == PPG
    assert last.heart.rate_bpm == pytest.approx(70.0, abs=1.5)
    assert last.channels[ECG].reasons[0] == PhysioReason.FLAT
    assert last.channels[ECG].availability == Availability.UNAVAILABLE


def faulty(name: str) -> list[BiosignalChunk]:
    """The electrocardiogram, broken from 40 s on."""
    signal = signals()[ECG]
    samples, start = signal.samples.copy(), 40 * 250
    if name == "zeros":
        samples[start:] = 0.0
    elif name == "nan":
        samples[start:] = np.nan
    elif name == "saturated":
        samples[start:] = np.clip(50.0 * samples[start:], -1.0, 1.0)
    elif name == "noise":
        samples[start:] = 3.0 * np.random.default_rng(3).standard_normal(len(samples) - start)
    chunks = list(dataclasses.replace(signal, samples=samples).chunks(0.2))
    if name == "lead_off":
        return [
            dataclasses.replace(c, contact=0.0 if c.stamp_ns >= 40 * NS else 1.0) for c in chunks
        ]
    return chunks


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("zeros", PhysioReason.FLAT),
        ("nan", PhysioReason.NOT_A_NUMBER),
        ("lead_off", PhysioReason.LEAD_OFF),
        ("noise", PhysioReason.NOISY),
        ("saturated", PhysioReason.SATURATED),
    ],
)
def test_a_broken_signal_is_told_and_gives_no_heart_rate(name: str, reason: PhysioReason) -> None:
    found = play(faulty(name))
    before = [o for o in found if 20 * NS < o.stamp_ns < 40 * NS]
    after = [o for o in found if o.stamp_ns > 52 * NS]
    assert all(o.heart.rate_bpm == pytest.approx(70.0, abs=2.0) for o in before)
    assert all(reason in o.reasons for o in after)
    if name != "saturated":  # Cut-off peaks still have their times.
        assert all(math.isnan(o.heart.rate_bpm) for o in after)
        assert all(o.availability == Availability.UNAVAILABLE for o in after)


def figure(channel: BiosignalChannel, found: PhysioObservation) -> float:
    """What a channel alone gives."""
    return {
        PPG: found.heart.rate_bpm,
        EDA: found.skin.tonic_us,
        BELT: found.respiration.rate_bpm,
        TEMPERATURE: found.skin.temperature_c,
    }[channel]


@pytest.mark.parametrize("value", [0.0, math.nan])
@pytest.mark.parametrize("channel", [PPG, EDA, BELT, TEMPERATURE])
def test_the_other_signals_end_with_a_reason_too(channel: BiosignalChannel, value: float) -> None:
    signal = signals()[channel]
    samples = signal.samples.copy()
    samples[round(40 * signal.rate) :] = value
    found = play(list(dataclasses.replace(signal, samples=samples).chunks(0.5)))
    before = next(o for o in reversed(found) if o.stamp_ns < 40 * NS)
    assert not math.isnan(figure(channel, before))
    assert math.isnan(figure(channel, found[-1]))
    assert found[-1].reasons


def test_a_hole_of_ten_seconds_makes_no_interval() -> None:
    chunks = [c for c in only(ECG) if not 40 * NS <= c.stamp_ns < 50 * NS]
    found = play(chunks)
    assert any(PhysioReason.SIGNAL_GAP in o.reasons for o in found)
    for o in found:
        if not math.isnan(o.heart.rate_bpm):
            assert o.heart.rate_bpm == pytest.approx(70.0, abs=3.0)
        if not math.isnan(o.heart.sdnn):
            assert o.heart.sdnn < 0.05


@pytest.mark.parametrize("true_rate", [245.0, 255.0])
def test_a_wrong_rate_in_the_header_does_not_change_the_heart_rate(true_rate: float) -> None:
    samples = ecg(beat_times(SECONDS), SECONDS, true_rate)
    chunks = [
        dataclasses.replace(c, rate=250.0)
        for c in Signal("ecg", ECG, samples, true_rate, "mV").chunks(0.2)
    ]
    last = play(chunks)[-1]
    truth = alone(ECG)[-1]
    assert last.heart.rate_bpm == pytest.approx(truth.heart.rate_bpm, abs=0.15)
    assert last.channels[ECG].rate == pytest.approx(true_rate, rel=1e-3)
    assert PhysioReason.RATE_WRONG in last.reasons


def test_order_and_repetition_of_chunks_do_not_matter() -> None:
    chunks = only(ECG)
    mixed = [c for c in chunks for _ in range(2)]
    for at in range(20, len(mixed) - 4, 40):
        mixed[at : at + 4] = mixed[at + 2 : at + 4] + mixed[at : at + 2]
    plain, other = alone(ECG)[-1], play(mixed)[-1]
    assert dataclasses.astuple(other.heart) == pytest.approx(
        dataclasses.astuple(plain.heart), nan_ok=True
    )


def test_what_is_kept_does_not_grow() -> None:
    """The windows are full after five minutes; then the state stays as large as it is."""
    path, sizes = PhysioPerception(), []
    given = list(signals().values())
    for number in range(6):
        later = [dataclasses.replace(s, start=number * SECONDS) for s in given]
        for chunk in merge_chunks(later, 1.0):
            path.step(chunk)
        sizes.append(len(pickle.dumps(path)))
    assert sizes[5] < 1.02 * sizes[4] < 1.02**2 * sizes[3]
    assert sizes[5] < 400_000


@pytest.mark.parametrize("seconds", [0.004, 0.05, 1.0])
def test_any_cut_gives_the_same_beats(seconds: float) -> None:
    def stamps(cut: float) -> list[int]:
        chunks = [c for c in signals()[ECG].chunks(cut) if c.stamp_ns < 30 * NS]
        return [s for o in play(chunks) for s in o.beat_stamps_ns if s < 29 * NS]

    few, many = stamps(seconds), stamps(0.2)
    assert len(few) == len(many)
    assert np.abs(np.array(few) - np.array(many)).max() < 2_000_000


def test_a_missing_unit_leaves_the_level_unknown() -> None:
    chunks = [dataclasses.replace(c, unit="") for c in only(EDA)]
    last = play(chunks)[-1]
    assert math.isnan(last.skin.tonic_us)
    assert PhysioReason.UNIT_MISSING in last.reasons
    assert play([dataclasses.replace(c, unit="") for c in only(ECG)])[-1].heart.rate_bpm > 60.0


def test_resistance_is_conductance_turned_over() -> None:
    signal = signals()[EDA]
    turned = dataclasses.replace(signal, samples=1000.0 / signal.samples, unit="kOhm")
    assert play(list(turned.chunks(0.25)))[-1].skin.tonic_us == pytest.approx(
        play(only(EDA, 0.25))[-1].skin.tonic_us
    )


def test_a_slow_electrocardiogram_is_refused_with_a_reason() -> None:
    chunk = BiosignalChunk(0, ECG, 30.0, np.zeros(30), "mV")
    assert PhysioReason.LOW_RATE in play([chunk])[-1].reasons


@pytest.mark.parametrize(
    "change",
    [
        {"channel": BiosignalChannel.UNKNOWN},
        {"rate": 3.0},
        {"rate": 2000.0},
        {"rate": math.nan},
        {"unit": "uS"},
        {"samples": np.zeros(0)},
        {"samples": np.zeros((5, 2))},
        {"samples": np.array(["a"])},
        {"contact": 2.0},
    ],
)
def test_chunks_that_cannot_be_are_refused(change: dict[str, object]) -> None:
    good = BiosignalChunk(0, ECG, 250.0, np.zeros(5), "mV")
    with pytest.raises(InputError):
        dataclasses.replace(good, **change)  # type: ignore[arg-type]
