"""What other modalities say changes nothing that a shipped profile decides.

Leaves what it does to rules of own profiles and to yawns to test/unit/attention/test_context.py.
"""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from observations import CABIN, PHONE, ROAD, observe
from profiles import profile

from affect_perception.core.attention.monitor import AttentionMonitor
from affect_perception.core.config import AttentionConfig, ContextConfig
from affect_perception.core.enums import TriState
from affect_perception.core.types import AttentionState, DriverContext, FaceObservation
from affect_perception.io.profile_file import shipped_profiles

pytestmark = pytest.mark.property

shares = st.one_of(st.floats(0.0, 1.0), st.just(math.nan))
contexts = st.lists(
    st.tuples(st.floats(-2.0, 2.0), st.sampled_from(TriState), shares, shares), max_size=30
)
phases = st.lists(
    st.tuples(
        st.integers(1, 40), st.sampled_from([ROAD, PHONE]), st.floats(0.0, 1.0), st.floats(0.0, 1.0)
    ),
    min_size=1,
    max_size=4,
)


def faces(script: list) -> list[FaceObservation]:
    looks = [phase[1:] for phase in script for _ in range(phase[0])]
    return [
        observe(100.0 + index / 10, look, lids, mouth=mouth)
        for index, (look, lids, mouth) in enumerate(looks)
    ]


def states(
    name: str, seen: list[FaceObservation], told: list, context: ContextConfig
) -> list[AttentionState]:
    monitor = AttentionMonitor(AttentionConfig(), CABIN, profile(name), context=context)
    found = []
    for index, face in enumerate(seen):
        if told:
            late, talking, load, stress = told[index % len(told)]
            stamp_ns = face.stamp_ns - round(late * 1e9)
            monitor.observe_context(DriverContext(stamp_ns, talking, load, stress))
        found.append(monitor.step(face))
    return found


def without_yawns(state: AttentionState) -> str:
    return repr(replace(state, yawn=False, yawn_count=0, yawn_duration=0.0))


@settings(deadline=None, max_examples=10)
@given(st.sampled_from(sorted(shipped_profiles())), phases, contexts)
def test_shipped_profiles_give_the_same_states_but_for_yawns(name, script, told):
    seen = faces(script)
    alone = states(name, seen, [], ContextConfig())
    off = states(name, seen, told, ContextConfig())
    assert [repr(state) for state in off] == [repr(state) for state in alone]
    listening = states(name, seen, told, ContextConfig(enabled=True))
    assert [without_yawns(s) for s in listening] == [without_yawns(s) for s in alone]
    # Who listens may tell a yawn later or not at all, and never one more.
    assert all(a.yawn_count <= b.yawn_count for a, b in zip(listening, alone, strict=True))
