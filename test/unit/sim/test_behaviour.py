"""The script over time: movements, blinks, yawns, gaze, events, randomness. No pictures."""

from __future__ import annotations

import math

import numpy as np
import pytest

from affect_perception.sim.behaviour import DriverScript
from affect_perception.sim.channels import Channel, Key
from affect_perception.sim.geometry import direction_angles
from affect_perception.sim.scenario import Scenario

pytestmark = pytest.mark.unit

STILL = "behaviour: {sway: 0.0, fixation_jitter_deg: 0.0, blink_rate_per_min: 0.0}\n"


def script(timeline: str, duration: float = 20.0, seed: int = 1, top: str = STILL) -> DriverScript:
    text = f"duration_s: {duration}\n{top}timeline:\n{timeline}"
    return DriverScript(Scenario.parse(text), seed, {"mirror": (0.45, -0.4, 0.1)})


def test_a_channel_moves_smoothly_and_holds() -> None:
    channel = Channel((0.0,), [Key(1.0, 2.0, (10.0,))])
    times = np.linspace(0.0, 5.0, 501)
    values = np.array([channel.at(float(t))[0] for t in times])
    assert values[times <= 1.0] == pytest.approx(0.0)
    assert values[times >= 3.0] == pytest.approx(10.0)
    assert channel.at(2.0)[0] == pytest.approx(5.0)
    assert (np.diff(values) >= 0.0).all()


def test_an_interrupted_movement_goes_on_from_where_it_is() -> None:
    channel = Channel((0.0,), [Key(0.0, 2.0, (10.0,)), Key(1.0, 1.0, (0.0,))])
    before, after = channel.at(1.0 - 1e-9)[0], channel.at(1.0)[0]
    assert before == pytest.approx(5.0, abs=1e-3)
    assert after == pytest.approx(before, abs=1e-3)
    assert channel.at(2.0)[0] == pytest.approx(0.0)


def test_nan_leaves_a_component_alone() -> None:
    channel = Channel((1.0, 2.0), [Key(0.0, 1.0, (5.0, math.nan)), Key(2.0, 1.0, (math.nan, 7.0))])
    assert channel.at(9.0) == pytest.approx([5.0, 7.0])


def test_head_angles_reach_what_is_written() -> None:
    state = script("  - {at_s: 1.0, head: {yaw_deg: 30, pitch_deg: -10, roll_deg: 5}}").at(5.0)
    assert np.degrees(state.head[:3]) == pytest.approx([30.0, -10.0, 5.0])


def test_gaze_to_a_target_takes_the_time_of_a_saccade() -> None:
    play = script("  - {at_s: 1.0, gaze: {target: mirror}}")
    yaw = -math.degrees(math.atan2(0.4, 0.45))
    duration = 0.021 + 0.0022 * math.hypot(yaw, math.degrees(math.asin(0.1 / 0.6103)))
    early = math.degrees(direction_angles(play.at(1.0 + 0.5 * duration).gaze_point)[0])
    late = play.at(1.0 + duration + 0.01)
    assert early == pytest.approx(yaw / 2, abs=3.0)
    assert late.gaze_point == pytest.approx([0.45, -0.4, 0.1])
    assert late.gaze_target == "mirror"


def test_a_gaze_direction_moves_along_with_the_head_and_a_point_does_not() -> None:
    text = "  - {{at_s: 0.0, head: {{position_m: [0, 0.1, 0], over_s: 0}}, gaze: {{{}}}}}"
    assert script(text.format("yaw_deg: 0")).at(5.0).gaze_point[1] == pytest.approx(0.1)
    assert script(text.format("point_m: [1, 0, 0]")).at(5.0).gaze_point[1] == pytest.approx(0.0)


def test_a_blink_closes_fully_and_opens_again() -> None:
    play = script("  - {at_s: 1.0, blink: {duration_s: 0.3}}")
    lids = np.array([play.at(t).lids[0] for t in np.arange(0.9, 1.5, 0.005)])
    assert lids.min() == pytest.approx(0.0, abs=1e-6)
    assert lids[0] == lids[-1] == 1.0
    assert play.at(1.1).blink
    assert not play.at(1.31).blink
    assert not play.at(1.1).eyes_closed


def test_closing_is_faster_than_opening() -> None:
    play = script("  - {at_s: 1.0, blink: {duration_s: 0.3}}")
    times = np.arange(1.0, 1.3, 0.001)
    lids = np.array([play.at(float(t)).lids[0] for t in times])
    half_down, half_up = times[lids < 0.5][[0, -1]]
    assert half_down - 1.0 < 1.3 - half_up


def test_held_lids_are_closed_eyes() -> None:
    play = script("  - {at_s: 1.0, lids: {opening: 0.0, over_s: 0.2}}")
    assert play.at(2.0).eyes_closed
    assert not script("  - {at_s: 1.0, lids: {right: 0.0, over_s: 0.2}}").at(2.0).eyes_closed


def test_a_yawn_opens_the_mouth_and_narrows_the_eyes() -> None:
    state = script("  - {at_s: 1.0, yawn: {duration_s: 4.0}}").at(3.0)
    assert state.yawn
    assert state.mouth == pytest.approx(0.85)
    assert state.lids[0] == pytest.approx(0.5)


def test_talking_moves_the_mouth() -> None:
    play = script("  - {at_s: 1.0, talk: {duration_s: 4.0}}")
    mouth = np.array([play.at(t).mouth for t in np.arange(1.5, 4.5, 0.02)])
    assert mouth.std() > 0.02
    assert play.at(6.0).mouth == 0.0


@pytest.mark.parametrize("rate", [6.0, 15.0, 25.0])
def test_natural_blinks_come_at_about_the_given_rate(rate: float) -> None:
    top = f"behaviour: {{blink_rate_per_min: {rate}}}\n"
    play = script("  - {at_s: 0.0, label: attentive}", duration=1200.0, top=top)
    count = sum(event.kind == "blink" for event in play.events())
    assert count / 20.0 == pytest.approx(rate, rel=0.25)


def test_nobody_blinks_with_closed_eyes() -> None:
    top = "behaviour: {blink_rate_per_min: 40.0}\n"
    play = script("  - {at_s: 5.0, lids: {opening: 0.0}}", duration=60.0, top=top)
    starts = [e.start_ns * 1e-9 for e in play.events() if e.kind == "blink"]
    assert starts
    assert max(starts) < 6.0


def test_nobody_blinks_in_an_empty_seat() -> None:
    top = "behaviour: {blink_rate_per_min: 40.0}\n"
    play = script("  - {at_s: 5.0, driver: {present: false}}", duration=60.0, top=top)
    assert all(e.end_ns <= 5e9 for e in play.events() if e.kind == "blink")


def test_events_cover_what_the_states_say() -> None:
    play = script(
        "  - {at_s: 0.0, label: attentive}\n"
        "  - {at_s: 2.0, label: away, driver: {present: false, over_s: 1.0}}\n"
        "  - {at_s: 6.0, label: back, driver: {present: true, over_s: 1.0}}\n"
        "  - {at_s: 8.0, eyewear: {kind: glasses}, hand: {over: mouth}}\n"
        "  - {at_s: 9.0, eyewear: {kind: none}, hand: {over: none}}\n"
        "  - {at_s: 9.0, light: {level: 0.1, over_s: 0}}\n"
        "  - {at_s: 10.0, sensor: {cover: 1.0, over_s: 0.0}}\n",
        duration=12.0,
    )
    events = {(e.kind, e.label): (e.start_ns * 1e-9, e.end_ns * 1e-9) for e in play.events()}
    assert events["label", "attentive"] == (0.0, 2.0)
    assert events["label", "back"] == (6.0, 12.0)
    assert events["nobody", ""] == pytest.approx((3.0, 6.0), abs=0.02)
    assert events["glasses", ""] == (8.0, 9.0)
    assert events["hand_mouth", ""] == (8.0, 9.0)
    assert events["dark", ""] == pytest.approx((9.0, 12.0), abs=0.02)
    assert events["camera_covered", ""] == pytest.approx((10.0, 12.0), abs=0.02)


def test_the_same_seed_gives_the_same_person_and_another_does_not() -> None:
    top = "behaviour: {sway: 1.0}\n"
    line = "  - {at_s: 0.0, gaze: {yaw_deg: 0, scan_deg: 3}}"
    one, two, other = (script(line, seed=s, top=top) for s in (4, 4, 5))
    times = np.arange(0.0, 20.0, 0.37)
    heads = [np.array([p.at(float(t)).head for t in times]) for p in (one, two, other)]
    assert (heads[0] == heads[1]).all()
    assert (heads[0] != heads[2]).any()
    assert one.events() == two.events() != other.events()


def test_the_state_does_not_depend_on_what_was_asked_before() -> None:
    line = "  - {at_s: 1.0, head: {yaw_deg: 20}, gaze: {target: mirror, scan_deg: 2}}"
    play = script(line, top="")
    forward = [play.at(t) for t in (0.5, 1.2, 3.0, 7.0)]
    backward = [play.at(t) for t in (7.0, 3.0, 1.2, 0.5)][::-1]
    for a, b in zip(forward, backward, strict=True):
        assert (a.head == b.head).all()
        assert (a.gaze_point == b.gaze_point).all()
        assert a.lids == b.lids
