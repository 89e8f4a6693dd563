"""Properties of the fusion on random streams: weights, uncertainty, order of arrival.

Leaves to others: named situations (test/unit/fusion).
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affect_perception.core.affect_classes import AFFECT_CLASSES
from affect_perception.core.buffers import to_ns
from affect_perception.core.config import FusionConfig
from affect_perception.core.enums import Modality
from affect_perception.core.fusion.affect_filter import AffectFilter, Belief
from affect_perception.core.fusion.alignment import NoObservation
from affect_perception.core.fusion.evidence import Affect, Evidence, Observation
from affect_perception.core.fusion.fusion import AffectFusion
from affect_perception.core.types import MODALITIES, AffectState
from affect_perception.core.types.affect import WEIGHTS
from affect_perception.sim.observed.affect_streams import AffectDriver, Mood

pytestmark = pytest.mark.property

MOODS = st.lists(st.sampled_from(AFFECT_CLASSES[:7]), min_size=1, max_size=4)
SUBSETS = st.lists(st.sampled_from(MODALITIES), min_size=1, max_size=3, unique=True)


def states_of(events: list[Observation]) -> list[AffectState]:
    fusion = AffectFusion(FusionConfig())
    return [state for state in map(fusion.step, events) if state is not None]


@settings(max_examples=12, deadline=None)
@given(names=MOODS, subset=SUBSETS, seed=st.integers(0, 1000))
def test_every_state_is_in_range(names: list[str], subset: list[Modality], seed: int) -> None:
    story = [Mood(2.0 * place, name) for place, name in enumerate(names)]
    for state in states_of(AffectDriver(story, seed).events(subset, 6.0)):
        for name in WEIGHTS:
            parts = [getattr(part, name) for part in state.modalities]
            assert all(0.0 <= part <= 1.0 for part in parts)
            assert sum(parts) <= 1.0 + 1e-9
        for value in (state.valence, state.arousal):
            assert math.isnan(value) or -1.0 <= value <= 1.0
        for value in (state.incongruence, state.entropy, state.cognitive_load, state.stress):
            assert math.isnan(value) or 0.0 <= value <= 1.0
        known = np.array(state.probabilities)[np.isfinite(state.probabilities)]
        assert known.size == 0 or known.sum() == pytest.approx(1.0)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_order_of_arrival_makes_no_difference_within_the_window(seed: int) -> None:
    rng = np.random.default_rng(seed)
    driver = AffectDriver(seed=seed)
    events = driver.events(MODALITIES, 4.0)
    arrival = np.array([e.stamp_ns for e in events]) + rng.uniform(0.0, 0.2e9, len(events))
    mixed = [events[place] for place in np.argsort(arrival)]
    # A state of one and the same instant, once everything has come.
    end = NoObservation(driver.start_ns + to_ns(4.2))
    found = []
    for row in (events, mixed):
        fusion = AffectFusion(FusionConfig())
        for event in row:
            fusion.step(event)
        found.append(fusion.step(end))
    one, other = found
    assert one is not None
    assert other is not None
    assert other.stamp_ns == one.stamp_ns
    assert other.valence == pytest.approx(one.valence, abs=1e-9)
    assert other.arousal_std == pytest.approx(one.arousal_std, abs=1e-9)
    assert other.probabilities == pytest.approx(one.probabilities, abs=1e-9)
    assert other.heart_rate == pytest.approx(one.heart_rate)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(
        st.tuples(
            st.floats(0.0, 20.0),
            st.floats(-1.0, 1.0),
            st.floats(0.01, 1.0),
            st.sampled_from(MODALITIES),
        ),
        min_size=1,
        max_size=30,
    ),
    left_out=st.sampled_from(MODALITIES),
)
def test_a_modality_more_never_makes_it_less_certain(
    rows: list[tuple[float, float, float, Modality]], left_out: Modality
) -> None:
    rules = AffectFilter(10.0)
    row = [
        Evidence(to_ns(at), modality, True, affect=Affect(value, value, var, var))
        for at, value, var, modality in sorted(rows, key=lambda one: one[0])
    ]
    every = rules.after(Belief.at_rest(0), row, to_ns(20.0))
    fewer = rules.after(
        Belief.at_rest(0), [e for e in row if e.modality is not left_out], to_ns(20.0)
    )
    assert every.valence.variance <= fewer.valence.variance + 1e-12
    assert 0.0 <= sum(every.valence.shares) <= 1.0 + 1e-12
