"""What other modalities tell the attention monitor: age, order, rules of own profiles, yawns.

Leaves to test/property/test_context.py that shipped profiles say the same with and without it, and
to test/ros/test_context_input.py how it arrives.
"""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from affect_states import full_affect
from observations import CABIN, observe
from profiles import profile

from affect_perception.core.attention.context import ContextKeeper, context_measures
from affect_perception.core.attention.monitor import AttentionMonitor
from affect_perception.core.attention.profile import NormValue, Profile, Rule
from affect_perception.core.config import AttentionConfig, ContextConfig, DrowsinessConfig
from affect_perception.core.drowsiness.yawn import YawnDetector
from affect_perception.core.enums import AlertLevel, AlertReason, TriState
from affect_perception.core.errors import InputError
from affect_perception.core.types import DriverContext

pytestmark = pytest.mark.unit

ON = ContextConfig(enabled=True)
MS = 1_000_000


def keeper(config: ContextConfig = ON) -> ContextKeeper:
    return ContextKeeper(config)


def told(stamp_ms: int, stress: float = 0.5) -> DriverContext:
    return DriverContext(stamp_ms * MS, TriState.YES, 0.25, stress)


def test_a_picture_uses_the_newest_context_that_is_older_than_the_delay() -> None:
    kept = keeper()
    for stamp in range(1000, 2000, 100):
        kept.observe(told(stamp, stamp / 2000))
    assert kept.at(1650 * MS).stamp_ns == 1400 * MS
    assert kept.at(1700 * MS).stamp_ns == 1500 * MS
    assert kept.at(1700 * MS).stress == 0.75


def test_what_arrives_within_the_delay_counts_the_same_however_late() -> None:
    soon, late = keeper(), keeper()
    found = []
    for picture in range(1000, 3000, 33):
        for kept, transport in ((soon, 0), (late, 180)):
            for stamp in range(0, 3000, 100):
                if picture - 33 < stamp + transport <= picture:
                    kept.observe(told(stamp, stamp / 3000))
        found.append((soon.at(picture * MS), late.at(picture * MS)))
    known = [(a, b) for a, b in found[10:] if not math.isnan(a.stress)]
    assert len(known) > 40
    assert all(a == b for a, b in known)


@pytest.mark.parametrize("picture", [1100, 2001, 60_000], ids=["newer", "old", "very old"])
def test_a_context_that_is_too_new_or_too_old_is_unknown(picture: int) -> None:
    kept = keeper()
    kept.observe(told(1000))
    context = kept.at(picture * MS)
    assert context.talking is TriState.UNKNOWN
    assert all(math.isnan(value) for value in context_measures(context).values())


def test_after_a_jump_back_what_was_kept_is_forgotten() -> None:
    kept = keeper()
    kept.observe(told(500_000, 0.9))
    kept.observe(told(1000, 0.1))
    assert kept.at(1300 * MS).stress == 0.1


def test_nothing_is_known_while_it_is_off() -> None:
    kept = keeper(ContextConfig())
    kept.observe(told(1000))
    assert kept.at(1300 * MS).talking is TriState.UNKNOWN


def test_measures_and_values_out_of_range() -> None:
    measures = context_measures(told(0, 0.75))
    assert measures == {
        "cognitive_load": 0.25,
        "cognitive_ease": 0.75,
        "stress": 0.75,
        "calm": 0.25,
    }
    state = full_affect()
    context = DriverContext.of(state)
    assert (context.stamp_ns, context.talking) == (state.stamp_ns, state.talking)
    assert (context.cognitive_load, context.stress) == (state.cognitive_load, state.stress)
    for wrong in (-0.1, 1.1, math.inf):
        with pytest.raises(InputError, match="stress"):
            DriverContext(0, stress=wrong)


def number(value: float) -> NormValue:
    return NormValue(value, "", "a test")


def stressed(*, while_driving: bool) -> Profile:
    rule = Rule(
        AlertReason.STRESS,
        AlertLevel.INFO,
        "stress",
        number(0.8),
        "calm",
        number(0.4),
        while_driving=while_driving,
    )
    return replace(profile(), name="own", rules=(*profile().rules, rule))


@pytest.mark.parametrize("while_driving", [True, False])
def test_a_rule_of_an_own_profile_speaks_of_stress_and_ends(while_driving: bool) -> None:
    watching = AttentionMonitor(
        AttentionConfig(), CABIN, stressed(while_driving=while_driving), context=ON
    )
    told_at: list[float] = []
    for index in range(10 * 28):
        now = index / 10
        if now < 15.0:
            # High from 3 s, in between from 6 s, low from 8 s, high from 10 s, silent from 15 s.
            stress = 0.9 if 3 <= now < 6 or now >= 10 else 0.5 if now >= 8 or now < 3 else 0.7
            stress = 0.65 if 6 <= now < 8 else stress
            watching.observe_context(DriverContext(round(now * 1e9), stress=stress))
        state = watching.step(observe(now))
        if AlertReason.STRESS in state.alert_reasons:
            told_at.append(now)
            assert state.alert_level is AlertLevel.INFO
    first = [t for t in told_at if t < 9.5]
    assert first[0] == pytest.approx(3.2, abs=0.11)
    assert first[-1] == pytest.approx(8.2, abs=0.11)
    second = [t for t in told_at if t > 9.5]
    assert second[0] == pytest.approx(10.2, abs=0.11)
    # Unknown from 15.9 s on; forgotten after release_unseen, also by a rule that always applies.
    forgotten = 15.9 + profile().release_unseen.value
    assert second[-1] == pytest.approx(forgotten, abs=0.2)


def opened(wide_s: float, talking_from: float, talking_to: float) -> YawnDetector:
    """A slow, high opening that is wide for about so long, while somebody talks."""
    config = DrowsinessConfig()
    detector = YawnDetector(config, 0.25)
    for index in range(30 * 10):
        now = index / 30
        share = min((now - 1.0) / 1.0, 1.0, (1.76 + wide_s - now) / 0.5)
        talking = talking_from <= now < talking_to
        detector.update(round(now * 1e9), max(0.02, 0.8 * share), talking=talking)
    return detector


@pytest.mark.parametrize(
    ("wide_s", "talk", "count"),
    [
        (2.3, (99.0, 99.0), 1),
        (2.3, (0.0, 10.0), 0),
        (2.3, (2.5, 2.7), 0),
        (2.3, (0.0, 1.2), 1),
        (2.9, (0.0, 10.0), 1),
        (2.9, (2.5, 2.7), 1),
    ],
    ids=["silent", "talk", "a word", "a word before", "long", "long, a word"],
)
def test_talk_asks_for_a_longer_opening_and_no_more(
    wide_s: float, talk: tuple[float, float], count: int
) -> None:
    assert opened(wide_s, *talk).count == count


def test_who_begins_to_talk_after_a_yawn_was_told_does_not_take_it_back() -> None:
    detector = opened(2.3, 3.7, 10.0)
    assert detector.count == 1
    assert detector.duration == pytest.approx(2.3, abs=0.1)
