"""Covers modalities that are late, come in bursts or are behind, and are fresh again.

Leaves to others: any mixture of that (test/property/test_fusion_recovery.py), how messages wait for
each other in the node (test/ros/test_state_fusion_node.py).
"""

from __future__ import annotations

import pytest
from arrivals import Stretch, arrivals, at_once, late, played

from affect_perception.core.enums import Availability, Modality, ModalityReason
from affect_perception.core.types import MODALITIES, AffectState
from affect_perception.sim.observed.affect_streams import AffectDriver

pytestmark = pytest.mark.unit

DRIVER = AffectDriver()
FACE, VOICE, PHYSIO = Modality.FACE, Modality.VOICE, Modality.PHYSIO
BACK = 2.0
"""Within which a modality that is fresh again must count, s."""


def states_of(
    stretches: dict[Modality, list[Stretch]], seconds: float
) -> list[tuple[float, AffectState]]:
    return played(DRIVER, arrivals(DRIVER, stretches, seconds), seconds)


def counts_from(states: list[tuple[float, AffectState]], modality: Modality, begin: float) -> float:
    """From when on, after a time, a modality counts fully for as long as is looked."""
    after = [(time, state) for time, state in states if time >= begin]
    full = [s.of(modality).availability is Availability.AVAILABLE for _, s in after]
    assert full[-1], after[-1][1].of(modality)
    first = max((place + 1 for place, is_full in enumerate(full) if not is_full), default=0)
    return after[first][0]


@pytest.mark.parametrize("delay", [0.5, 2.0, 14.0])
@pytest.mark.parametrize("behind", MODALITIES, ids=lambda m: m.word)
def test_one_that_is_late_from_the_start_keeps_no_other_from_counting(
    behind: Modality, delay: float
) -> None:
    stretches = {name: [Stretch(8.0, late(delay))] if name is behind else [] for name in MODALITIES}
    states = states_of(stretches, 8.0 + delay + 4.0)
    for name in MODALITIES:
        begin = 8.0 + delay if name is behind else 1.0
        assert counts_from(states, name, begin) <= begin + BACK


@pytest.mark.parametrize("behind", MODALITIES, ids=lambda m: m.word)
def test_time_is_not_that_of_the_one_that_was_heard_first_and_is_behind(behind: Modality) -> None:
    """For 14 s nothing arrives at all; then the first is one whose queue holds all that time."""
    stretches = {
        name: [Stretch(24.0, late(14.0))] if name is behind else [Stretch(14.5, lambda _: ())]
        for name in MODALITIES
    }
    states = states_of(stretches, 23.0)
    for name in MODALITIES:
        if name is not behind:
            assert counts_from(states, name, 14.5) <= 14.5 + BACK
    assert states[-1][1].of(behind).reasons == (ModalityReason.LATE,)


@pytest.mark.parametrize(("behind", "fresh"), [(FACE, VOICE), (VOICE, FACE), (FACE, PHYSIO)])
def test_of_two_the_one_that_is_fresh_counts(behind: Modality, fresh: Modality) -> None:
    stretches = {behind: [Stretch(60.0, late(14.0))], fresh: [Stretch(14.5, lambda _: ())]}
    states = states_of(stretches, 30.0)
    assert counts_from(states, fresh, 14.5) <= 14.5 + BACK + 0.1
    assert states[-1][1].of(behind).reasons == (ModalityReason.LATE,)


@pytest.mark.parametrize("bursting", [(FACE,), (VOICE,), (PHYSIO,), MODALITIES])
def test_a_burst_of_fourteen_seconds_at_the_start(bursting: tuple[Modality, ...]) -> None:
    stretches = {
        name: [Stretch(14.0, at_once(14.0) if name in bursting else lambda _: ())]
        for name in MODALITIES
    }
    states = states_of(stretches, 18.0)
    for name in MODALITIES:
        assert counts_from(states, name, 14.0) <= 14.0 + BACK


@pytest.mark.parametrize("delay", [1.0, 2.0, 3.0, 3.5])
def test_a_face_that_is_behind_for_a_while(delay: float) -> None:
    stretches = {name: [Stretch(10.0, late(delay))] if name is FACE else [] for name in MODALITIES}
    states = states_of(stretches, 20.0)
    for name in (VOICE, PHYSIO):
        assert counts_from(states, name, 1.0) <= 1.1
    during = [state.of(FACE).reasons for time, state in states if 6.0 < time < 9.0]
    assert set(during) == {(ModalityReason.LATE,)}
    assert counts_from(states, FACE, 10.0 + delay) <= 10.0 + delay + BACK
