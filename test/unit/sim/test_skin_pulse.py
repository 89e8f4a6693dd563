"""Covers the pulse of the synthetic driver's skin: its size, colour, place; none unasked."""

from __future__ import annotations

import numpy as np
import pytest

from affect_perception.core.errors import InputError
from affect_perception.core.vision.pulse_skin import SkinSampler
from affect_perception.sim.body.script import BodyScript
from affect_perception.sim.portrait import Portrait
from affect_perception.sim.scenario import Scenario
from affect_perception.sim.skin_pulse import PULSE_DELAY_S, SkinPulse
from affect_perception.sim.synthetic_driver import SyntheticDriver

pytestmark = pytest.mark.unit

TEXT = """\
duration_s: 4.0
camera: {{width_px: 320, height_px: 320, horizontal_fov_deg: 32}}
behaviour: {{sway: 0.0, fixation_jitter_deg: 0.0, blink_rate_per_min: 0.0}}
{body}timeline:
  - {{at_s: 0.0, sensor: {{noise: {noise}, over_s: 0}}, light: {{level: 0.85, over_s: 0}}}}
"""


def driver(portrait: Portrait, body: str = "", noise: float = 0.0) -> SyntheticDriver:
    return SyntheticDriver(Scenario.parse(TEXT.format(body=body, noise=noise)), portrait)


def extremes(scenario: Scenario) -> tuple[float, float]:
    """Times of least and most blood within the second second."""
    times = np.linspace(1.0, 2.0, 200)
    blood = BodyScript(scenario).pulse(times, PULSE_DELAY_S)
    return float(times[blood.argmin()]), float(times[blood.argmax()])


def test_more_blood_darkens_green_most_and_red_least() -> None:
    pulse = SkinPulse(lambda time: time, amplitude=0.01)
    assert pulse.gain(0.5) == pytest.approx([1.0, 1.0, 1.0])
    full = pulse.gain(1.0)
    assert full[1] == pytest.approx(1.0 - 0.005)
    assert full[0] == pytest.approx(1.0 - 0.005 * 0.33 / 0.77)
    assert full[0] > full[2] > full[1]


@pytest.mark.parametrize("amplitude", [-0.1, 0.2, float("nan")])
def test_an_impossible_amplitude_is_refused(amplitude: float) -> None:
    with pytest.raises(InputError, match="amplitude"):
        SkinPulse(lambda time: 0.0, amplitude)


@pytest.mark.parametrize("amplitude", [0.006, 0.02])
def test_the_picture_shows_the_pulse_below_a_grey_level(
    portrait: Portrait, amplitude: float
) -> None:
    play = driver(portrait, f"body: {{skin_pulse: {amplitude}}}\n", noise=1.5)
    sampler = SkinSampler()
    seen = []
    for time in extremes(play.scenario):
        frames = [play.render(time + k * 1e-6) for k in range(4)]
        assert frames[0][1].landmarks is not None
        colours = [sampler.sample(f.image, t.landmarks)[1:] for f, t in frames]
        seen.append(np.mean(colours, axis=(0, 1)))
    change = (seen[0] - seen[1]) / seen[0]
    # The glossy part of the light does not pulse, so a little is missing.
    assert 0.6 * amplitude < change[1] < 1.15 * amplitude
    assert change[1] > change[2] > change[0] > 0.0


def test_nothing_but_the_skin_pulses(portrait: Portrait) -> None:
    play = driver(portrait, "body: {skin_pulse: 0.05}\n")
    low, high = (play.render(time)[0].image.astype(int) for time in extremes(play.scenario))
    changed = np.abs(low - high).max(axis=2) > 1
    _, truth = play.render(1.0)
    assert truth.landmarks is not None
    left, top = truth.landmarks.min(axis=0)
    right = truth.landmarks[:, 0].max()
    rows, columns = np.nonzero(changed)
    assert changed.sum() > 5000
    assert rows.min() >= top - 2
    assert ((columns >= left - 2) & (columns <= right + 2)).all()


def test_a_body_without_a_skin_pulse_keeps_still(portrait: Portrait) -> None:
    play = driver(portrait, "body: {skin_pulse: 0}\n")
    low, high = (play.render(time)[0].image for time in extremes(play.scenario))
    assert (low == high).all()


def test_without_a_body_nothing_is_drawn_of_it(portrait: Portrait) -> None:
    plain, living = driver(portrait), driver(portrait, "body: {skin_pulse: 0}\n")
    assert plain.scenario.body is None
    # Skin with a pulse is glossy, skin of other scenarios matt as ever.
    assert (plain.render(1.0)[0].image != living.render(1.0)[0].image).any()
