"""Covers the fusion as a whole on scripted observations: every subset, sensors that fail, order.

Leaves to others: its parts (test_parts.py, test_alignment.py), invariants on random streams
(test/property), topics (test/ros), how well it does on people (test/data).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import combinations, pairwise

import numpy as np
import pytest

from affect_perception.core.affect_classes import AFFECT_CLASSES
from affect_perception.core.buffers import to_ns
from affect_perception.core.config import FusionConfig
from affect_perception.core.enums import (
    Availability,
    FusionReason,
    Modality,
    ModalityReason,
    VoiceReason,
)
from affect_perception.core.fusion.alignment import NoObservation
from affect_perception.core.fusion.evidence import Observation
from affect_perception.core.fusion.fusion import AffectFusion
from affect_perception.core.types import (
    MODALITIES,
    AffectState,
    FaceObservation,
    PhysioObservation,
    VoiceObservation,
)
from affect_perception.core.types.affect import WEIGHTS
from affect_perception.sim.observed.affect_streams import STORY, AffectDriver, Mood

pytestmark = pytest.mark.unit

SUBSETS = [subset for size in (1, 2, 3) for subset in combinations(MODALITIES, size)]
DRIVER = AffectDriver()
START = DRIVER.start_ns


def run(events: Iterable[Observation], config: FusionConfig | None = None) -> list[AffectState]:
    fusion = AffectFusion(config or FusionConfig())
    states = []
    for event in events:
        states += fusion.silence(event.stamp_ns)
        state = fusion.step(event)
        states += [state] if state is not None else []
    return states


@functools.cache
def run_of(subset: tuple[Modality, ...]) -> Sequence[AffectState]:
    """The states of twelve seconds with these sensors alone."""
    return tuple(run(DRIVER.events(subset, 12.0)))


def seconds(state: AffectState) -> float:
    return (state.stamp_ns - START) / 1e9


@pytest.mark.parametrize("subset", SUBSETS, ids=lambda s: "+".join(m.word for m in s))
def test_every_subset_gives_ten_valid_states_a_second(subset: tuple[Modality, ...]) -> None:
    states = run_of(subset)
    gaps = np.diff([state.stamp_ns for state in states]) / 1e9
    assert gaps.mean() == pytest.approx(0.1, abs=0.002)
    assert gaps.max() < 0.15
    last = states[-1]
    assert last.availability == (
        Availability.AVAILABLE if len(subset) == 3 else Availability.DEGRADED
    )
    for name in MODALITIES:
        part = last.of(name)
        if name in subset:
            assert part.availability == Availability.AVAILABLE
            assert part.weight_valence > 0.0
        else:
            assert part.reasons == (ModalityReason.NO_DATA,)
            assert all(getattr(part, weight) == 0.0 for weight in WEIGHTS)
    for value in (last.valence, last.valence_std, last.arousal, last.arousal_std):
        assert math.isfinite(value)
    assert math.isfinite(last.cognitive_load) == (Modality.PHYSIO in subset)
    known = any(name is not Modality.PHYSIO for name in subset)
    assert (np.nansum(last.probabilities) == pytest.approx(1.0)) == known


def test_more_sensors_are_surer() -> None:
    found = {subset: run_of(subset)[-1] for subset in SUBSETS}
    for subset, more in ((a, b) for a in SUBSETS for b in SUBSETS if set(a) < set(b)):
        assert found[more].valence_std < found[subset].valence_std, (subset, more)
        assert found[more].arousal_std < found[subset].arousal_std, (subset, more)


def test_each_stretch_of_the_story_is_found() -> None:
    states = run(DRIVER.events(MODALITIES, 100.0))
    for mood, end in zip(STORY[:4], (20.0, 40.0, 60.0, 80.0), strict=True):
        late = [s for s in states if end - 10.0 <= seconds(s) < end]
        top = [AFFECT_CLASSES[int(np.nanargmax(s.probabilities))] for s in late]
        assert np.mean([name == mood.shown for name in top]) > 0.9, mood
        assert late[-1].cognitive_load == pytest.approx(mood.load)
        assert late[-1].heart_rate == pytest.approx(mood.heart_rate, abs=4.0)


def test_nothing_at_all_is_unavailable_with_a_reason() -> None:
    state = AffectFusion(FusionConfig()).step(NoObservation(START))
    assert state is not None
    assert state.availability == Availability.UNAVAILABLE
    assert state.degradation_reasons[0] is FusionReason.NO_MODALITY
    assert all(math.isnan(v) for v in (state.valence, state.heart_rate, state.cognitive_load))
    assert np.isnan(state.probabilities).all()


def _stopped(events: Iterable[Observation]) -> list[Observation]:
    return [e for e in events if not isinstance(e, VoiceObservation) or e.stamp_ns < _cut()]


def _frozen(events: Iterable[Observation]) -> list[Observation]:
    """As the voice's pipeline tells a microphone that repeats itself."""
    why = (VoiceReason.FROZEN_SOUND,)
    return [
        VoiceObservation(e.stamp_ns, e.frame_id, Availability.UNAVAILABLE, why)
        if isinstance(e, VoiceObservation) and e.stamp_ns > _cut()
        else e
        for e in events
    ]


def _delayed(events: Iterable[Observation]) -> list[Observation]:
    """Two seconds late from the cut on: what was seen comes later than what was said then."""
    arrival = [
        (e.stamp_ns + to_ns(2.0) * (isinstance(e, VoiceObservation) and e.stamp_ns > _cut()), e)
        for e in events
    ]
    return [event for _, event in sorted(arrival, key=lambda pair: pair[0])]


def _jumped(events: Iterable[Observation]) -> list[Observation]:
    return [
        replace(e, stamp_ns=e.stamp_ns + to_ns(3600.0))
        if isinstance(e, VoiceObservation) and e.stamp_ns > _cut()
        else e
        for e in events
    ]


def _cut() -> int:
    return START + to_ns(8.0)


@pytest.mark.parametrize(
    ("fault", "reason", "level"),
    [
        (_stopped, ModalityReason.STOPPED, Availability.UNAVAILABLE),
        (_frozen, ModalityReason.NOT_USABLE, Availability.UNAVAILABLE),
        (_delayed, ModalityReason.LATE, Availability.DEGRADED),
        (_jumped, ModalityReason.STAMP_JUMP, Availability.UNAVAILABLE),
    ],
)
def test_a_modality_that_fails_is_named_and_states_go_on(
    fault: Callable[[Iterable[Observation]], list[Observation]],
    reason: ModalityReason,
    level: Availability,
) -> None:
    events = fault(DRIVER.events(MODALITIES, 14.0))
    fusion, states = AffectFusion(FusionConfig()), []
    for event in events:
        state = fusion.step(event)
        states += [state] if state is not None else []
    gaps = np.diff([state.stamp_ns for state in states]) / 1e9
    assert gaps.max() < 0.15
    voice = states[-1].of(Modality.VOICE)
    assert reason in voice.reasons
    assert voice.availability == level
    # Over a whole sentence and its pause: what is late may come into a pause.
    healthy = run(DRIVER.events(MODALITIES, 14.0))
    assert _width(states) >= _width(healthy)
    assert FusionReason.STAMP_JUMP not in states[-1].degradation_reasons


def _width(states: list[AffectState]) -> float:
    return float(np.mean([s.valence_std for s in states if 9.0 <= seconds(s) < 14.0]))


def test_when_everything_stops_the_state_fades_and_returns() -> None:
    fusion = AffectFusion(FusionConfig())
    events = DRIVER.events(MODALITIES, 30.0)
    for event in (e for e in events if e.stamp_ns < START + to_ns(5.0)):
        fusion.step(event)
    states = [fusion.step(NoObservation(START + to_ns(5.0 + 0.1 * step))) for step in range(120)]
    found = [state for state in states if state is not None]
    assert len(found) >= 115
    widths = [s.valence_std for s in found if math.isfinite(s.valence_std)]
    assert all(b >= a for a, b in pairwise(widths))
    assert found[-1].availability == Availability.UNAVAILABLE
    after = [e for e in events if e.stamp_ns >= START + to_ns(17.5)]
    returned = next(s for s in map(fusion.step, after) if s is not None)
    assert returned.availability >= Availability.DEGRADED


def test_a_clock_that_jumps_starts_afresh_and_says_so_once() -> None:
    first = DRIVER.events(MODALITIES, 5.0)
    later = AffectDriver(start_ns=START - to_ns(1000.0)).events(MODALITIES, 5.0)
    states = run([*first, *later])
    said = [FusionReason.STAMP_JUMP in s.degradation_reasons for s in states]
    assert sum(said) == 1
    assert states[-1].availability == Availability.AVAILABLE
    assert states[-1].stamp_ns < START


def test_a_smile_with_an_angry_voice_is_a_disagreement() -> None:
    states = run(DRIVER.events((Modality.FACE, Modality.VOICE), 100.0))
    agree = [s.incongruence for s in states if 45.0 < seconds(s) < 60.0]
    clash = [s for s in states if 85.0 < seconds(s) < 100.0]
    assert np.nanmedian([s.incongruence for s in clash]) > np.nanmedian(agree) + 0.3
    assert not any(s.disagreeing for s in states if 45.0 < seconds(s) < 60.0)


def test_another_driver_starts_from_rest() -> None:
    events = AffectDriver([Mood(0.0, "anger")]).events((Modality.FACE,), 6.0)
    half = len(events) // 2
    changed = [
        replace(e, calibration=replace(e.calibration, driver_number=2))
        for e in events[half : half + 4]
        if isinstance(e, FaceObservation)
    ]
    before = run(events[:half])[-1]
    after = run([*events[:half], *changed])[-1]
    assert (before.driver_number, after.driver_number) == (1, 2)
    assert after.valence_std > before.valence_std


def test_the_same_events_give_the_same_states() -> None:
    events = DRIVER.events(MODALITIES, 8.0)
    assert repr(run(events)) == repr(run(events))


def test_a_body_without_a_baseline_tells_the_heart_rate_and_no_feeling() -> None:
    bare = [
        replace(e, load=type(e.load)())
        for e in DRIVER.events((Modality.PHYSIO,), 5.0)
        if isinstance(e, PhysioObservation)
    ]
    last = run(bare)[-1]
    assert last.heart_rate == pytest.approx(70.0, abs=4.0)
    assert math.isnan(last.valence)
    assert math.isnan(last.cognitive_load)
    assert last.availability == Availability.DEGRADED
