"""The body of a scenario: what files may say, and that beats, breaths and skin follow the script.

What sensors make of it is left to test_body_sensors.py; forms of NeuroKit2 are looked at where it
is installed.
"""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from affect_perception.core.errors import ConfigError, InputError
from affect_perception.sim.body.script import PULSE_DELAY_S, BodyScript, body_of
from affect_perception.sim.body.waves import RESPONSE_PEAK_S
from affect_perception.sim.scenario import Scenario

pytestmark = pytest.mark.unit

CALM_THEN_STRESSED = """
duration_s: 400
seed: 4
body: {heart_rate_bpm: 64, respiration_rate_bpm: 12, rmssd_ms: 50}
timeline:
  - at_s: 200
    body: {heart_rate_bpm: 100, stress: 1.0, respiration_rate_bpm: 20, over_s: 10}
  - {at_s: 230, skin_response: {amplitude_us: 1.5}}
  - {at_s: 250, sensor_fault: {kind: lead_off, sensor: ecg, duration_s: 4}}
"""


@pytest.fixture(scope="module")
def body() -> BodyScript:
    return body_of(Scenario.parse(CALM_THEN_STRESSED))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("body: {heart_rate: 60}", ["<scenario>:2", "did you mean 'heart_rate_bpm'"]),
        ("body: {heart_rate_bpm: 300}", ["[30, 220]"]),
        ("body: {ecg: {rate_hz: 2}}", ["neither 0", "4 or more"]),
        ("body: {ecg: {unit: uS}}", ["'uS' is none of"]),
        ("body: {shapes: other}", ["neurokit2"]),
        ("timeline: [{at_s: 1, body: {stress: 1}}]", ["needs the section 'body'"]),
        ("timeline: [{at_s: 1, skin_response: {}}]", ["needs the section 'body'"]),
        ("body: {}\ntimeline: [{at_s: 1, body: {over_s: 3}}]", ["give one of: heart_rate_bpm"]),
        ("body: {}\ntimeline: [{at_s: 1, sensor_fault: {kind: fire, sensor: ecg}}]", ["'fire'"]),
        ("body: {}\ntimeline: [{at_s: 1, sensor_fault: {kind: gap}}]", ["'sensor' is missing"]),
        (
            "body: {}\ntimeline: [{at_s: 8, sensor_fault: {kind: gap, sensor: all}}]",
            ["after the end"],
        ),
        (
            "body: {}\ntimeline: [{at_s: 1, sensor_fault: "
            "{kind: gap, sensor: ecg, frequency_hz: 50}}]",
            ["unknown key"],
        ),
    ],
)
def test_mistakes_are_named(text: str, words: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        Scenario.parse(f"duration_s: 10\n{text}")
    for word in words:
        assert word in str(caught.value)


def test_without_the_section_nobody_wears_sensors() -> None:
    scenario = Scenario.parse("duration_s: 10")
    assert scenario.body is None
    with pytest.raises(InputError, match="section 'body'"):
        body_of(scenario)
    # The colour of the skin may still ask for a pulse.
    assert BodyScript(scenario).heart_rate(3.0) == 68.0


def test_an_empty_section_gives_the_defaults() -> None:
    setup = Scenario.parse("duration_s: 10\nbody: {}").body
    assert setup is not None
    assert setup.sensors["ecg"].rate_hz == 250.0
    assert setup.sensors["eda"].unit == "uS"


@pytest.mark.parametrize(("begin", "end", "bpm"), [(20.0, 190.0, 64.0), (220.0, 390.0, 100.0)])
def test_beats_follow_the_scripted_rate(
    body: BodyScript, begin: float, end: float, bpm: float
) -> None:
    beats = body.beats[(body.beats > begin) & (body.beats < end)]
    assert 60.0 / np.diff(beats).mean() == pytest.approx(bpm, abs=1.0)
    assert body.heart_rate(0.5 * (begin + end)) == pytest.approx(bpm)


def test_variability_is_as_scripted_and_falls_with_stress(body: BodyScript) -> None:
    found = []
    for begin, end in ((10.0, 195.0), (215.0, 395.0)):
        intervals = np.diff(body.beats[(body.beats > begin) & (body.beats < end)])
        found.append(np.sqrt(np.mean(np.diff(intervals) ** 2)))
    assert found[0] == pytest.approx(0.050, rel=0.15)
    # A quarter is left at full stress, of a heart that has shorter intervals.
    assert found[1] == pytest.approx(0.050 * 0.25 * 0.64, rel=0.2)


def test_phase_counts_beats_and_breaths(body: BodyScript) -> None:
    assert body.beat_phase(body.beats[40]) == 40.0
    breaths = np.diff(body.breath_phase([20.0, 80.0]))[0]
    assert breaths == pytest.approx(12.0, rel=0.1)


def test_waves_mark_beats(body: BodyScript) -> None:
    beat = body.beats[60]
    near = beat + np.arange(-0.1, 0.1, 0.001)
    assert near[np.argmax(body.cardiogram(near))] == pytest.approx(beat, abs=0.0011)
    rise = np.gradient(body.pulse(near + PULSE_DELAY_S))
    assert near[np.argmax(rise)] == pytest.approx(beat, abs=0.012)


def test_a_scripted_response_reaches_its_amplitude(body: BodyScript) -> None:
    assert 230.0 in body.response_onsets
    before, peak = body.phasic([229.99, 230.0 + RESPONSE_PEAK_S])
    assert peak == pytest.approx(1.5, abs=0.6)
    assert peak > before + 1.0


def test_stress_brings_responses(body: BodyScript) -> None:
    calm = (body.response_onsets < 200.0).sum() / 200.0 * 60.0
    stressed = (body.response_onsets > 210.0).sum() / 190.0 * 60.0
    assert calm < 5.0 < 8.0 < stressed


def test_truth_of_one_time(body: BodyScript) -> None:
    truth = body.truth(252.0, start_ns=10**9)
    assert truth.stamp_ns == 253 * 10**9
    assert truth.stress == 1.0
    assert truth.counted_rate_bpm == pytest.approx(100.0, abs=2.0)
    assert truth.faults == ("ecg:lead_off",)
    early = body.truth(30.0).plain()
    assert early["rmssd"] is None
    assert early["faults"] == []


def test_equal_seeds_give_equal_bodies() -> None:
    scenario = Scenario.parse(CALM_THEN_STRESSED)
    first, second, other = BodyScript(scenario), BodyScript(scenario), BodyScript(scenario, 5)
    assert first.beats.tobytes() == second.beats.tobytes()
    assert first.beats.tobytes() != other.beats.tobytes()
    times = np.arange(0.0, 9.0, 0.01)
    assert first.pulse(times).tobytes() == second.pulse(times).tobytes()


def test_forms_of_neurokit2_have_their_beats_at_the_same_instants() -> None:
    text = "duration_s: 30\nbody: {shapes: neurokit2}"
    if importlib.util.find_spec("neurokit2") is None:
        with pytest.raises(InputError, match=r"affect_perception\[neurokit\]"):
            body_of(Scenario.parse(text))
        return
    body = body_of(Scenario.parse(text))
    for beat in body.beats[(body.beats > 1.0) & (body.beats < 29.0)]:
        near = beat + np.arange(-0.2, 0.2, 0.001)
        assert near[np.argmax(body.cardiogram(near))] == pytest.approx(beat, abs=0.005)
