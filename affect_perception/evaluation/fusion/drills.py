"""Sensors that stop, freeze, come late or lose the time, and come back: what the states say."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np

from affect_perception.core.buffers import to_ns, to_s
from affect_perception.core.config import FusionConfig, ImageQualityConfig
from affect_perception.core.config.voice import VoiceConfig
from affect_perception.core.enums import (
    Availability,
    Modality,
    ModalityReason,
    Reason,
    VoiceReason,
)
from affect_perception.core.fusion.evidence import Observation, evidence_of
from affect_perception.core.fusion.fusion import AffectFusion
from affect_perception.core.types import (
    MODALITIES,
    AffectState,
    FaceObservation,
    VoiceObservation,
)
from affect_perception.core.vision.image_quality import FROZEN
from affect_perception.sim.observed.affect_streams import AffectDriver

FROM, UNTIL, END = 10.0, 35.0, 50.0
"""When the fault begins and ends, and the drill, s."""

Arrival = tuple[int, Observation]
Fault = Callable[[Observation, Observation], Arrival | None]
"""From an observation during the fault, and the last one before it, to what arrives when."""


def _stops(_observation: Observation, _before: Observation) -> Arrival | None:
    return None


def _freezes(observation: Observation, before: Observation) -> Arrival | None:
    """The same again, with new stamps, until the path of camera or microphone finds it out."""
    stamp_ns = observation.stamp_ns
    for_s = to_s(stamp_ns - before.stamp_ns)
    none, again = Availability.UNAVAILABLE, replace(before, stamp_ns=stamp_ns)
    if isinstance(before, FaceObservation) and for_s >= ImageQualityConfig().frozen:
        why, size = (Reason.FROZEN_PICTURE,), before.image_size
        again = FaceObservation(stamp_ns, before.frame_id, none, why, size, FROZEN)
    if isinstance(before, VoiceObservation) and for_s >= VoiceConfig().frozen:
        again = VoiceObservation(stamp_ns, before.frame_id, none, (VoiceReason.FROZEN_SOUND,))
    return stamp_ns, again


def _delays(observation: Observation, _before: Observation) -> Arrival | None:
    return observation.stamp_ns + to_ns(2.0), observation


def _loses_time(observation: Observation, _before: Observation) -> Arrival | None:
    moved = replace(observation, stamp_ns=observation.stamp_ns + to_ns(3600.0))
    return observation.stamp_ns, moved


DRILLS: Mapping[str, tuple[Fault, frozenset[ModalityReason]]] = MappingProxyType(
    {
        "stops": (_stops, frozenset({ModalityReason.HELD, ModalityReason.STOPPED})),
        "freezes": (_freezes, frozenset({ModalityReason.STUCK, ModalityReason.NOT_USABLE})),
        "delays_2s": (_delays, frozenset({ModalityReason.LATE})),
        "loses_time": (_loses_time, frozenset({ModalityReason.STAMP_JUMP})),
    }
)
"""What happens to a sensor, and the words that say so."""


def run_drill(name: str, modality: Modality, seed: int = 0) -> dict[str, Any]:
    """Plays one fault of one sensor among all three.

    Returns:
        `sensor`, `fault`; `named_after_s`: from its beginning to the first state with a word for it
        (NaN if none; a body sensor that is two seconds late is within its limits and has none);
        `recovered_after_s`: from its end to the first state from which on the sensor counts fully;
        `longest_gap_s` between states; `widest_valence_std` during the fault.
    """
    fault, words = DRILLS[name]
    driver = AffectDriver(seed=seed)
    begin, end = (driver.start_ns + to_ns(at) for at in (FROM, UNTIL))
    row: list[Arrival] = []
    before: Observation | None = None
    for event in driver.events(MODALITIES, END):
        if evidence_of(event).modality is not modality:
            row.append((event.stamp_ns, event))
        elif before is None or not begin <= event.stamp_ns < end:
            before = event if event.stamp_ns < begin else before
            row.append((event.stamp_ns, event))
        elif (arrived := fault(event, before)) is not None:
            row.append(arrived)
    states = _states([event for _, event in sorted(row, key=lambda one: one[0])])
    during = [s for s in states if begin <= s.stamp_ns < end]
    named = [s for s in during if words & set(s.of(modality).reasons)]
    after = [s for s in states if s.stamp_ns >= end]
    bad = [s for s in after if s.of(modality).availability is not Availability.AVAILABLE]
    well = [s for s in after if not bad or s.stamp_ns > bad[-1].stamp_ns]
    gaps = np.diff([state.stamp_ns for state in states]) / 1e9
    return {
        "sensor": modality.word,
        "fault": name,
        "named_after_s": _since(named, begin),
        "recovered_after_s": _since(well, end),
        "longest_gap_s": round(float(gaps.max()), 3),
        "widest_valence_std": round(max(s.valence_std for s in during), 3),
    }


def _states(events: list[Observation]) -> list[AffectState]:
    """States as live: somebody watches the time."""
    fusion, states = AffectFusion(FusionConfig()), list[AffectState]()
    newest = 0
    for event in events:
        if event.stamp_ns - newest < to_ns(100.0) or not newest:
            newest = max(newest, event.stamp_ns)
            states += fusion.silence(event.stamp_ns)
        state = fusion.step(event)
        states += [state] if state is not None else []
    return states


def _since(states: list[AffectState], stamp_ns: int) -> float:
    return round((states[0].stamp_ns - stamp_ns) / 1e9, 3) if states else math.nan
