"""What an attentive driver does over hours: a seeded plan of glances, blinks, talk and traffic.

The plan says what happens and when; `attentive_drive` turns it into numbers per frame and
`attentive_scenario` into a scenario that can be rendered, so that both see the same driver.

Lengths of glances are log-normal, as glances are (ISO 15007; Green, "Visual and task demands of
driver information systems", UMTRI 1999: mirrors 0.8 to 1.1 s, instruments 0.6 to 0.8 s, radio about
1.2 s; 100-car study: glances of attentive drivers end before 2 s). From secondary texts and memory,
verified against the primary texts: no. How often is own choice within what these sources span.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from affect_perception.core.errors import InputError

Point = tuple[float, float, float]


@dataclass(frozen=True)
class GlanceHabit:
    """How somebody looks at one thing.

    Attributes:
        share: How often it is chosen, relative to the others.
        median_s: Median length.
        spread: Standard deviation of the logarithm of the length.
        longest_s: Longer ones are cut: an attentive driver looks back.
    """

    share: float
    median_s: float
    spread: float
    longest_s: float


# By zone of the shipped cabins. An attentive driver looks at mirrors most, at screens shortly.
HABITS: Mapping[str, GlanceHabit] = {
    "mirror_interior": GlanceHabit(0.26, 0.80, 0.30, 1.6),
    "mirror_driver_side": GlanceHabit(0.20, 0.90, 0.30, 1.7),
    "mirror_passenger_side": GlanceHabit(0.12, 1.00, 0.30, 1.8),
    "cluster": GlanceHabit(0.20, 0.65, 0.30, 1.3),
    "infotainment": GlanceHabit(0.09, 1.00, 0.30, 1.6),
    "window_driver_side": GlanceHabit(0.04, 0.90, 0.30, 1.5),
    "window_passenger_side": GlanceHabit(0.04, 0.90, 0.30, 1.5),
    "passenger": GlanceHabit(0.05, 0.80, 0.30, 1.4),
}
HEAD_CHECK_S = (0.7, 1.2)
"""Length of a look over the shoulder."""
ROAD = "road"
PAUSE_S = (5.0, 20.0)
"""Time between glances away (issue of the project: mirrors every 5 to 20 s)."""
LANE_CHANGE_EVERY_S = 180.0
STOP_EVERY_S = (120.0, 420.0)
STOP_S = (10.0, 60.0)
ACCELERATION = 2.0
"""m/s^2, braking and starting."""
CRUISE = (12.0, 33.0)
"""m/s."""


@dataclass(frozen=True)
class Glance:
    """A look away from the road: from `at` on, `length` seconds, at a named thing."""

    at: float
    length: float
    target: str
    over_shoulder: bool = False


@dataclass(frozen=True)
class Spell:
    """Something that lasts: talk, laugh, yawn, squint, blink, or what the camera suffers."""

    at: float
    length: float
    strength: float = 1.0

    @property
    def end(self) -> float:
        """When it is over, s."""
        return self.at + self.length


@dataclass(frozen=True)
class Plan:
    """Everything that happens in a drive, each list by time; seconds from its start.

    Attributes:
        duration_s: Length of the drive.
        speed: (time, m/s) corners of the speed, straight in between.
        glances: Looks away from the road.
        blinks: At half amplitude; strength is the depth.
        talks: Talking.
        laughs: Wide mouth and narrowed eyes.
        yawns: Strength above 0.8: with shut eyes.
        squints: Eyes narrowed by the sun; strength is the opening.
        lost: No face found.
        blinded: Eyes not to be seen (glare, reflections).
        poor: Weak light: everything less certain.
    """

    duration_s: float
    speed: Sequence[tuple[float, float]]
    glances: Sequence[Glance]
    blinks: Sequence[Spell]
    talks: Sequence[Spell] = ()
    laughs: Sequence[Spell] = ()
    yawns: Sequence[Spell] = ()
    squints: Sequence[Spell] = ()
    lost: Sequence[Spell] = ()
    blinded: Sequence[Spell] = ()
    poor: Sequence[Spell] = field(default=())


def plan_drive(seed: int, duration_s: float, *, stops: bool = True) -> Plan:
    """The plan of one drive of one driver.

    Args:
        seed: Of everything random.
        duration_s: Length, s, at least 30.
        stops: Whether the vehicle stops now and then; else it cruises all the time.

    Raises:
        InputError: If the drive is too short to hold anything.
    """
    if not duration_s >= 30.0:
        raise InputError(f"a drive of an attentive driver takes at least 30 s, got {duration_s:g}")
    streams = [np.random.default_rng(s) for s in np.random.SeedSequence([seed, 0xD1]).spawn(8)]
    speed, standing = _traffic(streams[0], duration_s, stops)
    glances = _glances(streams[1], duration_s, standing)
    blinks = _blinks(streams[2], duration_s, glances)
    mouth, light = streams[3], streams[4]
    return Plan(
        duration_s,
        speed,
        glances,
        blinks,
        talks=_spells(mouth, duration_s, 30.0, (5.0, 40.0)),
        laughs=_spells(mouth, duration_s, 6.0, (1.5, 4.0), (0.5, 1.0)),
        # Awake people yawn about once an hour (own choice; there is no rate at the wheel).
        yawns=_spells(mouth, duration_s, 1.0, (4.0, 7.0), (0.5, 1.0)),
        squints=_spells(streams[5], duration_s, 4.0, (10.0, 60.0), (0.5, 0.7)),
        # A hand or the arm on the wheel, a landmark that jumps, the end of a tunnel.
        lost=_spells(light, duration_s, 14.0, (0.1, 1.5)),
        blinded=_spells(light, duration_s, 20.0, (0.2, 4.0)),
        poor=_spells(light, duration_s, 4.0, (10.0, 90.0), (1.5, 2.5)),
    )


def _traffic(
    rng: np.random.Generator, duration: float, stops: bool
) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """Corners of the speed, and the stretches (from, to) in which the vehicle stands."""
    speed = float(rng.uniform(*CRUISE))
    corners, standing, time = [(0.0, speed)], [], 0.0
    while stops:
        time += float(rng.uniform(*STOP_EVERY_S))
        halt = time + speed / ACCELERATION
        go = halt + float(rng.uniform(*STOP_S))
        faster = float(rng.uniform(*CRUISE))
        if go + faster / ACCELERATION >= duration:
            break
        corners += [(time, speed), (halt, 0.0), (go, 0.0), (go + faster / ACCELERATION, faster)]
        standing.append((halt, go))
        speed, time = faster, go + faster / ACCELERATION
    corners.append((duration, speed))
    return corners, standing


def _glances(
    rng: np.random.Generator, duration: float, standing: Sequence[tuple[float, float]]
) -> list[Glance]:
    """Looks away while driving; at stops longer ones around, and left and right before going."""
    found: list[Glance] = []
    time = float(rng.uniform(3.0, 8.0))
    until_change = float(rng.exponential(LANE_CHANGE_EVERY_S))
    for halt, go in [*standing, (duration, duration)]:
        while time < halt - 3.0:
            if time > until_change:
                time = _lane_change(rng, found, time)
                until_change = time + float(rng.exponential(LANE_CHANGE_EVERY_S))
            else:
                time = _one_glance(rng, found, time)
            time += float(rng.uniform(*PAUSE_S))
        if go > halt:
            time = _at_a_stop(rng, found, halt, go)
    return [g for g in found if g.at + g.length < duration - 0.5]


def _one_glance(rng: np.random.Generator, found: list[Glance], time: float) -> float:
    names = list(HABITS)
    shares = np.array([HABITS[n].share for n in names])
    name = names[int(rng.choice(len(names), p=shares / shares.sum()))]
    habit = HABITS[name]
    length = habit.median_s * math.exp(habit.spread * float(rng.standard_normal()))
    found.append(Glance(time, min(length, habit.longest_s), name))
    return time + found[-1].length


def _lane_change(rng: np.random.Generator, found: list[Glance], time: float) -> float:
    """Interior mirror, side mirror, over the shoulder, with looks at the road in between."""
    side = "driver_side" if rng.random() < 0.6 else "passenger_side"
    for name, low, high, shoulder in (
        ("mirror_interior", 0.5, 0.9, False),
        (f"mirror_{side}", 0.7, 1.1, False),
        (f"window_{side}", *HEAD_CHECK_S, True),
    ):
        found.append(Glance(time, float(rng.uniform(low, high)), name, shoulder))
        time += found[-1].length + float(rng.uniform(0.6, 1.5))
    return time


def _at_a_stop(rng: np.random.Generator, found: list[Glance], halt: float, go: float) -> float:
    """Looks around while standing, all over two seconds before going; then left, right, left."""
    time = halt + float(rng.uniform(0.5, 2.0))
    while time < go - 6.0:
        name = ("window_driver_side", "window_passenger_side", "passenger", "infotainment")[
            int(rng.integers(4))
        ]
        length = min(float(rng.uniform(1.0, 7.0)), go - 2.0 - time)
        found.append(Glance(time, length, name))
        time += length + float(rng.uniform(0.5, 3.0))
    time = max(time, go - 2.0)
    for name in ("window_driver_side", "window_passenger_side"):
        found.append(Glance(time, float(rng.uniform(0.6, 1.2)), name))
        time += found[-1].length + float(rng.uniform(0.4, 0.8))
    return time + float(rng.uniform(3.0, 8.0))


def _blinks(rng: np.random.Generator, duration: float, glances: Sequence[Glance]) -> list[Spell]:
    """Ten to twenty a minute, 0.1 to 0.2 s long, and half of the larger gaze shifts.

    Rate and length: Bentivoglio et al., Mov. Disord. 12 (1997); Schleicher et al., Ergonomics 51
    (2008); blinks with gaze shifts: Evinger et al. 1994. From memory, verified: no.
    """
    mean = 60.0 / float(rng.uniform(10.0, 20.0))
    times = []
    time = float(rng.uniform(0.5, mean))
    while time < duration - 0.5:
        times.append(time)
        time += max(0.4, mean * math.exp(0.6 * float(rng.standard_normal()) - 0.18))
    times += [g.at + 0.05 for g in glances if rng.random() < 0.5]
    blinks: list[Spell] = []
    for time in sorted(times):
        length = float(np.clip(0.14 * math.exp(0.22 * rng.standard_normal()), 0.09, 0.26))
        if not blinks or time > blinks[-1].end + 0.25:
            blinks.append(Spell(time, length, float(rng.uniform(0.85, 1.0))))
    return blinks


def _spells(
    rng: np.random.Generator,
    duration: float,
    per_hour: float,
    length: tuple[float, float],
    strength: tuple[float, float] = (1.0, 1.0),
) -> list[Spell]:
    """Spells at random, lengths log-uniform: most are short."""
    low, high = (math.log(v) for v in length)
    found: list[Spell] = []
    time = float(rng.exponential(3600.0 / per_hour))
    while True:
        lasts = math.exp(float(rng.uniform(low, high)))
        if time + lasts > duration - 0.5:
            return found
        found.append(Spell(time, lasts, float(rng.uniform(*strength))))
        time += lasts + 1.0 + float(rng.exponential(3600.0 / per_hour))
