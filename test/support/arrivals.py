"""What a scripted driver's sensors say, and when it arrives: late, in bursts, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from affect_perception.core.buffers import to_ns, to_s
from affect_perception.core.config import FusionConfig
from affect_perception.core.enums import Modality
from affect_perception.core.fusion.alignment import NoObservation
from affect_perception.core.fusion.evidence import Observation
from affect_perception.core.fusion.fusion import AffectFusion
from affect_perception.core.types import AffectState
from affect_perception.ros.passed_time import PassedTime
from affect_perception.sim.observed.affect_streams import AffectDriver

TICK = 0.05
"""How often somebody looks at the clock, s: as the node's timer."""

Way = Callable[[float], Sequence[float]]
"""From when something was observed to when it arrives (none, once or several times), s."""


def on_time(at: float) -> Sequence[float]:
    """Arrives as it is observed."""
    return (at,)


def late(delay: float) -> Way:
    """Arrives so many seconds late."""
    return lambda at: (at + delay,)


def at_once(when: float) -> Way:
    """All that was observed before a time arrives then."""
    return lambda at: (max(at, when),)


@dataclass(frozen=True)
class Stretch:
    """How the observations of a time arrive.

    Attributes:
        until: End of the time in which they are observed, s.
        way: How they arrive.
    """

    until: float
    way: Way


@lru_cache
def observed(driver: AffectDriver, modality: Modality, seconds: float) -> Sequence[Observation]:
    """What one sensor of a driver says; the same however it arrives."""
    return tuple(driver.observations(modality, seconds))


def arrivals(
    driver: AffectDriver, stretches: Mapping[Modality, Sequence[Stretch]], seconds: float
) -> list[tuple[float, Observation]]:
    """Times of arrival, s, rising, and what arrives; after the last stretch all is on time."""
    rows = []
    for modality, parts in stretches.items():
        for event in observed(driver, modality, seconds):
            at = to_s(event.stamp_ns - driver.start_ns)
            way = next((part.way for part in parts if at < part.until), on_time)
            rows += [(time, event) for time in way(at)]
    return sorted(rows, key=lambda row: row[0])


def played(
    driver: AffectDriver, rows: Iterable[tuple[float, Observation]], seconds: float
) -> list[tuple[float, AffectState]]:
    """What the fusion says, and when, while a timer looks at the clock as that of the node does."""
    fusion, passed = AffectFusion(FusionConfig()), PassedTime(FusionConfig().stamp_jump)
    ticks = ((step * TICK, None) for step in range(1, int(seconds / TICK) + 1))
    states = []
    for time, event in sorted([*rows, *ticks], key=lambda row: row[0]):
        if time > seconds:
            break
        clock = driver.start_ns + to_ns(time)
        if event is None:
            state = fusion.step(NoObservation(passed.stamp_at(clock)))
        else:
            state = fusion.step(event)
            passed.observe(fusion.newest_ns, clock)
        states += [(time, state)] if state is not None else []
    return states
