"""Sensors on the scripted body: chunks, stamps, noise, and each fault as a recording shows it.

What the estimators say of them is left to test_scripted_body.py in test/unit/physio.
"""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

from affect_perception.core.enums import BiosignalChannel
from affect_perception.core.errors import InputError
from affect_perception.core.types.physio import BiosignalChunk
from affect_perception.sim.body.script import body_of
from affect_perception.sim.body.sensors import BodySensors
from affect_perception.sim.scenario import Scenario

pytestmark = pytest.mark.unit

START_NS = 1_000_000_000


def sensors(fault: str = "", body: str = "{}", seconds: float = 20.0) -> BodySensors:
    timeline = f"timeline: [{{at_s: 5, sensor_fault: {fault}}}]" if fault else ""
    text = f"duration_s: {seconds}\nseed: 3\nbody: {body}\n{timeline}"
    return BodySensors(body_of(Scenario.parse(text)))


def chunks(worn: BodySensors, channel: BiosignalChannel) -> list[BiosignalChunk]:
    return [c for c in worn.chunks(START_NS) if c.channel == channel]


def times(chunk: BiosignalChunk) -> float:
    return (chunk.stamp_ns - START_NS) / 1e9


def test_all_sensors_send_all_their_samples_in_order_of_arrival() -> None:
    worn = sensors()
    sent = list(worn.chunks(START_NS))
    counts = {name: worn.count(name) for name in worn.names}
    assert counts == {"ecg": 5000, "ppg": 2000, "eda": 160, "respiration": 1000, "temperature": 80}
    for channel, name in zip(sorted({c.channel for c in sent}), counts, strict=True):
        assert sum(len(c.samples) for c in sent if c.channel == channel) == counts[name]
    ends = [c.stamp_ns + len(c.samples) / c.rate * 1e9 for c in sent]
    assert all(later >= earlier - 1000 for earlier, later in pairwise(ends))
    assert all(c.contact == 1.0 for c in sent)


def test_samples_do_not_depend_on_how_they_are_asked_for() -> None:
    worn = sensors("{kind: motion, sensor: ecg}")
    whole = worn.samples("ecg", 0, 5000)
    joined = np.concatenate([c.samples for c in chunks(worn, BiosignalChannel.ECG)])
    parts = np.concatenate([worn.samples("ecg", n, 777) for n in range(0, 4662, 777)])
    np.testing.assert_array_equal(whole, joined)
    np.testing.assert_allclose(parts, whole[:4662], atol=1e-9)


def test_a_sensor_of_rate_zero_is_not_worn() -> None:
    worn = sensors(body="{ecg: {rate_hz: 0}, eda: {rate_hz: 0}}")
    assert worn.names == ("ppg", "respiration", "temperature")
    with pytest.raises(InputError, match="no sensor 'ecg' is worn"):
        worn.samples("ecg", 0, 10)


def test_units_are_of_the_same_signal() -> None:
    plain, other = sensors(), sensors(body="{ecg: {unit: uV}, eda: {unit: kOhm}}")
    np.testing.assert_allclose(other.samples("ecg", 0, 500), 1000 * plain.samples("ecg", 0, 500))
    np.testing.assert_allclose(other.samples("eda", 0, 50), 1000 / plain.samples("eda", 0, 50))
    assert chunks(other, BiosignalChannel.EDA)[0].unit == "kOhm"


def test_a_wrong_rate_shows_in_the_stamps() -> None:
    worn = sensors(body="{ecg: {rate_error: 0.02}}")
    sent = chunks(worn, BiosignalChannel.ECG)
    assert sent[0].rate == 250.0
    taken = sum(len(c.samples) for c in sent[:-1])
    assert taken / (times(sent[-1]) - times(sent[0])) == pytest.approx(255.0, rel=1e-6)


def test_jitter_and_offset_of_a_clock() -> None:
    plain = chunks(sensors(), BiosignalChannel.PPG)
    late = chunks(sensors(body="{ppg: {offset_s: 0.5, jitter_s: 0.004}}"), BiosignalChannel.PPG)
    shift = np.array([times(b) - times(a) for a, b in zip(plain, late, strict=True)])
    assert shift.mean() == pytest.approx(0.5, abs=0.002)
    assert shift.std() == pytest.approx(0.004, rel=0.3)


def part(worn: BodySensors, name: str, begin: float, end: float) -> np.ndarray:
    rate = worn.setup(name).true_rate
    return worn.samples(name, round(begin * rate), round((end - begin) * rate))


@pytest.mark.parametrize("name", ["ecg", "ppg", "eda", "respiration"])
@pytest.mark.parametrize("kind", ["motion", "drift", "mains_hum"])
def test_what_is_added_is_added_only_while_it_lasts(name: str, kind: str) -> None:
    clean, worn = sensors(), sensors(f"{{kind: {kind}, sensor: {name}, duration_s: 4}}")
    np.testing.assert_array_equal(part(worn, name, 0, 5), part(clean, name, 0, 5))
    np.testing.assert_array_equal(part(worn, name, 9, 20), part(clean, name, 9, 20))
    assert np.abs(part(worn, name, 5, 9) - part(clean, name, 5, 9)).max() > 0.03


def test_mains_hum_has_its_frequency() -> None:
    clean, worn = sensors(), sensors("{kind: mains_hum, sensor: ecg, frequency_hz: 60}")
    hum = part(worn, "ecg", 5, 10) - part(clean, "ecg", 5, 10)
    power = np.abs(np.fft.rfft(hum))
    assert np.fft.rfftfreq(len(hum), 1 / 250.0)[np.argmax(power)] == pytest.approx(60.0)


def test_saturation_cuts() -> None:
    worn = sensors("{kind: saturation, sensor: ecg, strength: 1.5}")
    assert part(worn, "ecg", 0, 5).max() > 1.0
    assert part(worn, "ecg", 5, 10).max() == pytest.approx(0.1)


@pytest.mark.parametrize(("told", "contact"), [("true", 0.0), ("false", math.nan)])
def test_a_lost_lead_is_flat_and_told_if_the_sensor_can(told: str, contact: float) -> None:
    worn = sensors(f"{{kind: lead_off, sensor: ecg, duration_s: 2, told: {told}}}")
    during = [c for c in chunks(worn, BiosignalChannel.ECG) if 5.0 <= times(c) < 7.0]
    assert np.ptp(np.concatenate([c.samples for c in during])) == 0.0
    np.testing.assert_equal([c.contact for c in during], [contact] * len(during))
    assert all(c.contact == 1.0 for c in chunks(worn, BiosignalChannel.PPG))


def test_a_gap_leaves_chunks_out_and_nothing_else() -> None:
    worn = sensors("{kind: gap, sensor: ecg, duration_s: 2}")
    stamps = [times(c) for c in chunks(worn, BiosignalChannel.ECG)]
    assert max(np.diff(stamps)) == pytest.approx(2.2)
    assert len(chunks(worn, BiosignalChannel.PPG)) == 100


def test_what_is_not_a_number() -> None:
    worn = sensors("{kind: not_a_number, sensor: respiration, duration_s: 1}")
    found = worn.samples("respiration", 0, 1000)
    assert np.flatnonzero(np.isnan(found)).tolist() == list(range(250, 300))


def test_chunks_out_of_order_and_twice() -> None:
    plain = [times(c) for c in chunks(sensors(), BiosignalChannel.ECG)]
    swapped = chunks(sensors("{kind: reordered, sensor: ecg}"), BiosignalChannel.ECG)
    found = [times(c) for c in swapped]
    assert found != plain
    assert sorted(found) == plain
    twice = [
        times(c)
        for c in chunks(
            sensors("{kind: duplicated, sensor: ecg, duration_s: 1}"), BiosignalChannel.ECG
        )
    ]
    assert len(twice) == len(plain) + 5
    assert sorted(set(twice)) == plain


def test_a_clock_that_jumps_stays_there() -> None:
    sent = chunks(sensors("{kind: clock_offset, sensor: ecg, offset_s: -3}"), BiosignalChannel.ECG)
    steps = np.diff([times(c) for c in sent])
    assert steps.min() == pytest.approx(-2.8)
    assert (steps < 0).sum() == 1


def test_equal_seeds_give_equal_chunks() -> None:
    fault = "{kind: motion, sensor: all}"
    first, second = list(sensors(fault).chunks()), list(sensors(fault).chunks())
    assert [c.samples.tobytes() for c in first] == [c.samples.tobytes() for c in second]
    assert [c.stamp_ns for c in first] == [c.stamp_ns for c in second]
