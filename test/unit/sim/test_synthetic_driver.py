"""The synthetic driver as a whole: repeatable frames, stamps, truth, and what the camera does."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from affect_perception.sim import landmarks as lm
from affect_perception.sim.head_model import build_head
from affect_perception.sim.portrait import Portrait
from affect_perception.sim.scenario import Scenario
from affect_perception.sim.synthetic_driver import SyntheticDriver

pytestmark = pytest.mark.unit

STILL = "behaviour: {sway: 0.0, fixation_jitter_deg: 0.0, blink_rate_per_min: 0.0}\n"


def driver(
    portrait: Portrait, timeline: str, top: str = STILL, seed: int | None = None, start_ns: int = 0
) -> SyntheticDriver:
    text = f"duration_s: 6.0\ncamera: {{width_px: 320, height_px: 240}}\n{top}timeline:\n{timeline}"
    return SyntheticDriver(Scenario.parse(text), portrait, seed=seed, start_ns=start_ns)


def grey_of_eyes(driver: SyntheticDriver, time: float) -> float:
    frame, truth = driver.render(time)
    assert truth.landmarks is not None
    u, v = np.round(truth.landmarks[lm.LEFT_EYE.iris[0]]).astype(int)
    return float(frame.image[v - 1 : v + 2, u - 1 : u + 2].mean())


def test_equal_arguments_give_equal_bytes(portrait: Portrait) -> None:
    line = "  - {at_s: 0.0, head: {yaw_deg: 20}, blink: {}, second_person: {present: true}}"
    one = driver(portrait, line, top="")
    build_head.cache_clear()
    two = driver(portrait, line, top="")
    for time in (0.1, 0.7, 2.0):
        a, b = one.render(time), two.render(time)
        assert a[0].image.tobytes() == b[0].image.tobytes()
        assert a[1] == b[1] or json.dumps(a[1].plain()) == json.dumps(b[1].plain())


def test_a_frame_does_not_depend_on_the_frames_before(portrait: Portrait) -> None:
    line = "  - {at_s: 0.0, head: {yaw_deg: -20, position_m: [0.02, 0.03, 0.0]}}"
    one, two = (driver(portrait, line, top="") for _ in range(2))
    forward = [one.render(t)[0].image for t in (0.2, 1.0, 3.0)]
    backward = [two.render(t)[0].image for t in (3.0, 1.0, 0.2)][::-1]
    assert all((a == b).all() for a, b in zip(forward, backward, strict=True))


def test_another_seed_gives_another_picture(portrait: Portrait) -> None:
    line = "  - {at_s: 0.0, label: attentive}"
    images = [driver(portrait, line, top="", seed=s).render(1.0)[0].image for s in (1, 2)]
    assert (images[0] != images[1]).any()


def test_frames_are_those_of_render(portrait: Portrait) -> None:
    play = driver(portrait, "  - {at_s: 0.0, label: attentive}", start_ns=5_000_000_000)
    first, truth = next(play.frames())
    assert first.stamp_ns == truth.stamp_ns == 5_000_000_000
    assert (first.image == play.render(0.0)[0].image).all()
    assert first.intrinsics is not None
    assert first.intrinsics.width == 320
    assert play.events[0].start_ns == 5_000_000_000


def test_stamps_rise_and_lost_frames_are_missing(portrait: Portrait) -> None:
    play = driver(
        portrait,
        "  - {at_s: 1.0, drop_frames: {duration_s: 2.0}}",
        top="seed: 3\n",
    )
    stamps = np.array(play.stamps()) * 1e-9
    assert (np.diff(stamps) > 0.0).all()
    assert len(stamps) == pytest.approx(120, abs=2)
    assert not ((stamps >= 1.0) & (stamps < 3.0)).any()


def test_an_irregular_camera_still_has_rising_stamps(portrait: Portrait) -> None:
    text = (
        "duration_s: 4.0\ncamera: {jitter_s: 0.02, drop_probability: 0.3, width_px: 320, "
        "height_px: 240}\n"
    )
    play = SyntheticDriver(Scenario.parse(text), portrait)
    steps = np.diff(play.stamps())
    assert (steps > 0).all()
    assert steps.std() > 5e6
    assert len(steps) < 110


def test_truth_says_what_the_script_says(portrait: Portrait) -> None:
    line = (
        "  - {at_s: 0.0, label: look, head: {yaw_deg: 20, pitch_deg: -5, over_s: 0}}\n"
        "  - {at_s: 0.0, gaze: {yaw_deg: 25, pitch_deg: -8}}\n"
        "  - {at_s: 0.0, lids: {right: 0.4, left: 0.9, over_s: 0}}"
    )
    _, truth = driver(portrait, line).render(2.0)
    assert truth.present
    assert truth.label == "look"
    assert math.degrees(truth.head_yaw) == pytest.approx(20.0)
    assert math.degrees(truth.head_pitch) == pytest.approx(-5.0)
    assert math.degrees(truth.gaze_yaw) == pytest.approx(25.0, abs=0.2)
    assert math.degrees(truth.gaze_pitch) == pytest.approx(-8.0, abs=0.2)
    assert (truth.lid_opening_right, truth.lid_opening_left) == (0.4, 0.9)


def test_nobody_leaves_an_empty_seat_and_no_numbers(portrait: Portrait) -> None:
    clean = "  - {at_s: 0.0, sensor: {noise: 0.0, over_s: 0}}\n"
    play = driver(portrait, clean + "  - {at_s: 1.0, driver: {present: false}}")
    before, _ = play.render(0.5)
    after, truth = play.render(4.0)
    assert not truth.present
    assert truth.landmarks is None
    assert math.isnan(truth.head_yaw)
    assert math.isnan(truth.lid_opening_left)
    assert truth.plain()["head_yaw"] is None
    face = before.image[90:160, 130:190].astype(int)
    assert np.abs(face - after.image[90:160, 130:190]).mean() > 40.0
    # No face is left behind: the empty seat is grey and its headrest dark.
    seat = after.image[90:160, 130:190].astype(int)
    assert (seat[..., 0] - seat[..., 2]).max() < 15
    assert seat[10:25, 20:40].mean() < 80.0


def test_closed_lids_hide_the_iris(portrait: Portrait) -> None:
    open_eye = grey_of_eyes(driver(portrait, "  - {at_s: 0.0, label: a}"), 1.0)
    shut = grey_of_eyes(driver(portrait, "  - {at_s: 0.0, lids: {opening: 0, over_s: 0}}"), 1.0)
    assert shut > open_eye + 25.0


@pytest.mark.parametrize("kind", ["mouth", "right_eye", "left_eye", "eyes"])
def test_a_hand_covers_its_place(portrait: Portrait, kind: str) -> None:
    play = driver(portrait, f"  - {{at_s: 1.0, hand: {{over: {kind}}}}}")
    before, early = play.render(0.5)
    after, late = play.render(3.0)
    assert (early.occlusion, late.occlusion) == ("none", kind)
    point = {"mouth": 13, "right_eye": 468, "left_eye": 473, "eyes": 168}[kind]
    assert late.landmarks is not None
    u, v = np.round(late.landmarks[point]).astype(int)
    window = (slice(v - 4, v + 5), slice(u - 4, u + 5))
    assert np.abs(before.image[window].astype(int) - after.image[window]).mean() > 4.0


def test_sunglasses_are_dark_and_glasses_let_the_eye_through(portrait: Portrait) -> None:
    dark = grey_of_eyes(driver(portrait, "  - {at_s: 0.0, eyewear: {kind: sunglasses}}"), 1.0)
    assert dark < 60.0
    _, truth = driver(portrait, "  - {at_s: 0.0, eyewear: {kind: glasses}}").render(1.0)
    assert truth.eyewear == "glasses"


def test_infrared_is_grey_and_independent_of_daylight(portrait: Portrait) -> None:
    play = driver(portrait, "  - {at_s: 0.0, sensor: {infrared: true}, light: {level: 0.0}}")
    frame, truth = play.render(2.0)
    assert frame.image.ndim == 2
    assert truth.infrared
    assert frame.image[110:130, 150:170].mean() > 80.0


def test_darkness_glare_and_cover(portrait: Portrait) -> None:
    means = {}
    for name, keys in {
        "day": "light: {level: 1.0}",
        "night": "light: {level: 0.05, over_s: 0}",
        "glare": "light: {level: 3.0, over_s: 0}",
        "cover": "sensor: {cover: 1.0, over_s: 0}",
    }.items():
        frame, _ = driver(portrait, f"  - {{at_s: 0.0, {keys}}}").render(2.0)
        means[name] = float(frame.image.mean())
    assert means["night"] < 12.0 < means["day"] < 200.0 < means["glare"]
    assert means["cover"] < 12.0


def test_noise_has_the_given_size(portrait: Portrait) -> None:
    clean = driver(portrait, "  - {at_s: 0.0, sensor: {noise: 0.0, over_s: 0}}").render(1.0)[0]
    noisy = driver(portrait, "  - {at_s: 0.0, sensor: {noise: 6.0, over_s: 0}}").render(1.0)[0]
    difference = noisy.image.astype(float) - clean.image
    assert difference.std() == pytest.approx(6.0, rel=0.05)
    assert abs(difference.mean()) < 0.1


def test_a_second_person_is_drawn_and_told(portrait: Portrait) -> None:
    play = driver(portrait, "  - {at_s: 1.0, second_person: {present: true}}")
    assert not play.render(0.5)[1].second_person
    _frame, truth = play.render(4.0)
    assert truth.second_person
    x, y, width, height = truth.second_box
    assert x + width < 160.0
    assert y > 0.0
    assert width > 15.0
    assert height > 20.0
    assert truth.present


def test_the_driver_on_the_right_leaves_to_the_right(portrait: Portrait) -> None:
    line = "  - {at_s: 1.0, driver: {present: false, over_s: 2.0}}"
    places = {}
    for side in ("left", "right"):
        _, truth = driver(portrait, line, top=STILL + f"driver_side: {side}\n").render(1.7)
        places[side] = truth.head_position[1]
    assert places["left"] > 0.05
    assert places["right"] < -0.05


def test_plain_truth_is_json(portrait: Portrait) -> None:
    _, truth = driver(portrait, "  - {at_s: 0.0, label: attentive}").render(1.0)
    fields = json.loads(json.dumps(truth.plain(), allow_nan=False))
    assert fields["label"] == "attentive"
    assert "landmarks" not in fields
