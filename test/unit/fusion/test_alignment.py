"""Covers how observations come onto one time line: age, order, repeats, stuck, late, jumps.

Leaves to others: what the state makes of it (test_fusion.py), ROS (test/ros).
"""

from __future__ import annotations

import math

import pytest

from affect_perception.core.buffers import to_ns
from affect_perception.core.config import FusionConfig, ModalityConfig
from affect_perception.core.config.fusion import PhysioModalityConfig, VoiceModalityConfig
from affect_perception.core.enums import Availability, Modality, ModalityReason, TriState
from affect_perception.core.fusion.alignment import Alignment, Verdict
from affect_perception.core.fusion.evidence import Evidence
from affect_perception.core.fusion.inbox import Drop, Inbox, availability_of

pytestmark = pytest.mark.unit

START = 1_700_000_000 * 10**9


def at(
    seconds: float,
    modality: Modality = Modality.FACE,
    mark: tuple[float, ...] | None = None,
    **more: object,
) -> Evidence:
    stamp = START + to_ns(seconds)
    return Evidence(stamp, modality, True, mark=mark or (seconds,), **more)  # type: ignore[arg-type]


def verdicts(alignment: Alignment, *row: Evidence) -> list[Verdict]:
    return [alignment.receive(evidence) for evidence in row]


def test_time_is_the_newest_stamp_and_older_ones_are_taken_until_their_limit() -> None:
    alignment = Alignment(FusionConfig())
    taken = verdicts(alignment, at(10.0), at(9.9, Modality.VOICE), at(8.0, Modality.PHYSIO))
    assert taken == [Verdict.TAKEN] * 3
    assert alignment.now_ns == START + to_ns(10.0)
    assert verdicts(alignment, at(6.9, Modality.VOICE)) == [Verdict.DROPPED]
    voice = alignment.inboxes[Modality.VOICE]
    assert voice.dropped == {Drop.STAMP_JUMP: 1}  # behind its own stamps and behind the time
    assert voice.jumped
    assert verdicts(alignment, at(10.1, Modality.VOICE)) == [Verdict.TAKEN]
    assert not voice.jumped


def test_one_that_is_always_late_is_late_and_not_of_another_time() -> None:
    alignment = Alignment(FusionConfig())
    for step in range(40):
        alignment.receive(at(step * 0.1))
        alignment.receive(at(step * 0.1 - 5.0, Modality.VOICE))
    voice = alignment.inboxes[Modality.VOICE]
    assert voice.dropped == {Drop.TOO_OLD: 40}
    assert voice.reasons(alignment.now_ns or 0) == (ModalityReason.LATE,)


def test_a_stamp_that_was_there_is_repeated() -> None:
    alignment = Alignment(FusionConfig())
    assert verdicts(alignment, at(1.0), at(1.0)) == [Verdict.TAKEN, Verdict.DROPPED]
    assert alignment.inboxes[Modality.FACE].dropped == {Drop.REPEATED: 1}


def test_one_clock_that_jumps_alone_is_left_out_until_it_is_back() -> None:
    alignment = Alignment(FusionConfig())
    verdicts(alignment, at(0.0), at(0.0, Modality.VOICE))
    for step in range(1, 100):
        assert alignment.receive(at(3600.0 + step * 0.1)) is Verdict.DROPPED
        assert alignment.receive(at(step * 0.1, Modality.VOICE)) is Verdict.TAKEN
    face = alignment.inboxes[Modality.FACE]
    assert face.reasons(alignment.now_ns or 0) == (ModalityReason.STAMP_JUMP,)
    assert alignment.receive(at(10.0)) is Verdict.TAKEN
    assert face.reasons(alignment.now_ns or 0) == ()


@pytest.mark.parametrize("jump", [3600.0, -3600.0])
def test_when_all_that_is_live_jumps_time_has_jumped(jump: float) -> None:
    alignment = Alignment(FusionConfig())
    verdicts(alignment, at(0.0), at(0.0, Modality.VOICE), at(0.5), at(0.5, Modality.VOICE))
    found = verdicts(alignment, at(jump), at(jump + 0.03), at(jump, Modality.VOICE))
    assert found == [Verdict.DROPPED, Verdict.DROPPED, Verdict.RESTARTED]
    assert alignment.now_ns == START + to_ns(jump)
    assert alignment.receive(at(jump + 0.06)) is Verdict.TAKEN


def test_a_jump_is_believed_when_what_has_not_jumped_is_silent() -> None:
    alignment = Alignment(FusionConfig())
    verdicts(alignment, at(0.0), at(0.0, Modality.VOICE))
    found = [alignment.receive(at(100.0 + step * 0.1)) for step in range(22)]
    assert found.index(Verdict.RESTARTED) == 15
    # A modality alone is believed at once.
    alone = Alignment(FusionConfig())
    assert verdicts(alone, at(0.0), at(100.0)) == [Verdict.TAKEN, Verdict.RESTARTED]


def test_what_is_not_in_use_is_not_taken() -> None:
    alignment = Alignment(FusionConfig(face=ModalityConfig(use=False)))
    assert alignment.receive(at(0.0)) is Verdict.DROPPED
    face = alignment.inboxes[Modality.FACE]
    assert face.reasons(START) == (ModalityReason.OFF,)
    assert availability_of((ModalityReason.OFF,), held=False) == Availability.UNAVAILABLE


def test_the_same_again_and_again_is_stuck_and_life_brings_it_back() -> None:
    inbox = Inbox(Modality.PHYSIO, PhysioModalityConfig(stuck=1.0))
    for step in range(20):
        evidence = at(step * 0.1, Modality.PHYSIO, mark=(0.5, math.nan))
        inbox.take(evidence, evidence.stamp_ns)
        assert inbox.stuck == (step >= 10)
    assert inbox.reasons(START + to_ns(1.9)) == (ModalityReason.STUCK,)
    inbox.take(at(2.0, Modality.PHYSIO, mark=(0.51, math.nan)), START + to_ns(2.0))
    assert not inbox.stuck


def test_nothing_known_is_not_stuck() -> None:
    inbox = Inbox(Modality.PHYSIO, PhysioModalityConfig(stuck=1.0))
    for step in range(100):
        inbox.take(at(step * 0.1, Modality.PHYSIO, mark=(math.nan, -math.inf)), START)
    assert not inbox.stuck


def test_reasons_from_fresh_to_stopped() -> None:
    inbox = Inbox(Modality.FACE, ModalityConfig(late=0.5, age_limit=3.0))
    assert inbox.reasons(START) == (ModalityReason.NO_DATA,)
    inbox.take(at(0.0), START)
    assert inbox.reasons(START + to_ns(0.4)) == ()
    assert inbox.reasons(START + to_ns(1.0)) == (ModalityReason.HELD,)
    assert inbox.reasons(START + to_ns(3.1)) == (ModalityReason.STOPPED,)
    inbox.take(at(4.0), START + to_ns(5.0))
    assert inbox.reasons(START + to_ns(5.0)) == (ModalityReason.LATE,)


def test_a_voice_that_is_silent_is_there() -> None:
    inbox = Inbox(Modality.VOICE, VoiceModalityConfig())
    inbox.take(at(0.0, Modality.VOICE, talking=TriState.NO), START)
    reasons = inbox.reasons(START)
    assert reasons == (ModalityReason.NOT_TALKING,)
    assert availability_of(reasons, held=True) == Availability.AVAILABLE


def test_the_rate_is_that_of_the_last_seconds() -> None:
    inbox = Inbox(Modality.FACE, ModalityConfig())
    assert math.isnan(inbox.rate(START))
    for step in range(300):
        stamp = START + to_ns(step / 30.0)
        inbox.take(at(step / 30.0), stamp)
    assert inbox.rate(stamp) == pytest.approx(30.0, abs=0.2)
    assert math.isnan(inbox.rate(stamp + to_ns(20.0)))
