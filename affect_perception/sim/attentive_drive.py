"""From the plan of a drive to what is true at each picture: gaze, head, lids, mouth, speed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.ndimage import uniform_filter1d
from scipy.signal import lfilter

from affect_perception.core.errors import InputError
from affect_perception.sim.attentive_driver import ROAD, Plan, Point, Spell

Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

GRID_HZ = 100.0
SACCADE_S = 0.06
HEAD_TIME_S = 0.12
"""Time constant of the head, twice in a row: it arrives 0.3 to 0.4 s after the eyes set out."""
HEAD_SHARE = (0.35, 0.7)
"""Share of a gaze shift that the head makes along; differs from person to person."""
EYE_REACH_DEG = 45.0
"""The eyes turn no further in the head; beyond, the head must follow."""
ROAD_SCAN_DEG = (4.0, 1.5)
"""Standard deviation of fixations on the road, yaw and pitch: 70 to 80 % of the gaze of attentive
drivers lies within 8 degrees of the road centre (Victor et al. 2005, verified: no)."""
ROAD_PITCH_DEG = -1.0
OVER_SHOULDER_DEG = 100.0
SPEECH_HZ = 4.0


@dataclass(frozen=True)
class Lapse:
    """Something that an attentive driver does not do, put into a drive to be found.

    Attributes:
        kind: long_glance, phone, short_glances, microsleep, sleep.
        at: Beginning, s.
        length: s.
        target: What is looked at; empty for closed eyes.
        off_s: Length of each look of short_glances.
        on_s: Looks at the road between them.
    """

    kind: str
    at: float
    length: float
    target: str = ""
    off_s: float = 1.8
    on_s: float = 0.9


@dataclass(frozen=True)
class Drive:
    """What is true at each picture; arrays of equal length, angles rad, cabin frame.

    Attributes:
        stamps_ns: Stamps of the pictures.
        gaze: (n, 2) yaw and pitch.
        head: (n, 2) yaw and pitch.
        lids: 0 shut, 1 the driver's usual opening.
        mouth: Opening over width.
        speed: m/s.
        face_found: Whether the detector has the face.
        eyes_seen: Whether the eyes can be seen.
        doubt: Factor of all uncertainties, 1 in good light.
    """

    stamps_ns: npt.NDArray[np.int64]
    gaze: Array
    head: Array
    lids: Array
    mouth: Array
    speed: Array
    face_found: Flags
    eyes_seen: Flags
    doubt: Array


def drive(
    plan: Plan,
    targets: Mapping[str, Point],
    seed: int,
    rate_hz: float = 30.0,
    lapses: Sequence[Lapse] = (),
) -> Drive:
    """Samples a plan at the pictures of a camera.

    Args:
        plan: What happens.
        targets: Centres of the zones of a cabin, m, seen from the eyes at the cabin's origin.
        seed: Of jitter, scanning, sway and speech.
        rate_hz: Pictures per second, 5 to 120.
        lapses: Put over what the plan says.

    Raises:
        InputError: If the rate is out of range or a target is unknown.
    """
    if not 5.0 <= rate_hz <= 120.0:
        raise InputError(f"a camera of 5 to 120 pictures per second is simulated, not {rate_hz:g}")
    wanted = {g.target for g in plan.glances} | {x.target for x in lapses if x.target}
    unknown = sorted(wanted - set(targets) - {ROAD})
    if unknown:
        raise InputError(f"no such zone in the cabin: {', '.join(unknown)}")
    rng = [np.random.default_rng(s) for s in np.random.SeedSequence([seed, 0xD2]).spawn(6)]
    times = np.arange(0.0, plan.duration_s, 1.0 / GRID_HZ)
    goal, head_goal = _goals(rng[0], plan, times, targets, lapses)
    gaze = np.stack([_moved(goal[:, i]) for i in (0, 1)], axis=1)
    head = _head(rng[1], times, head_goal, gaze)
    lids = _lids(plan, times, gaze, lapses)
    mouth = _mouth(rng[2], plan, times)
    doubt = np.ones(len(times))
    for spell in plan.poor:
        doubt[_during(times, spell.at, spell.end)] = spell.strength
    stamps = _stamps(rng[3], plan.duration_s, rate_hz)
    at = np.minimum((stamps * 1e-9 * GRID_HZ).astype(np.int64), len(times) - 1)
    corners = np.array(plan.speed)
    return Drive(
        stamps_ns=stamps,
        gaze=gaze[at],
        head=head[at],
        lids=lids[at],
        mouth=mouth[at],
        speed=np.interp(stamps * 1e-9, corners[:, 0], corners[:, 1]),
        face_found=~_any(times, plan.lost)[at],
        eyes_seen=~_any(times, plan.blinded)[at],
        doubt=doubt[at],
    )


def _goals(
    rng: np.random.Generator,
    plan: Plan,
    times: Array,
    targets: Mapping[str, Point],
    lapses: Sequence[Lapse],
) -> tuple[Array, Array]:
    """Where the gaze rests and where the head wants to be, (n, 2) rad each."""
    lasts = rng.lognormal(math.log(0.5), 0.5, size=int(plan.duration_s / 0.3) + 8)
    starts = np.searchsorted(np.cumsum(lasts), times)
    scan = np.radians(rng.standard_normal((len(lasts) + 1, 2)) * ROAD_SCAN_DEG)
    goal = scan[starts] + np.array([0.0, math.radians(ROAD_PITCH_DEG)])
    share = float(rng.uniform(*HEAD_SHARE))
    head = 0.2 * goal
    for glance in plan.glances:
        inside = _during(times, glance.at, glance.at + glance.length)
        direction = _direction(targets[glance.target])
        if glance.over_shoulder:
            direction = np.array([math.copysign(math.radians(OVER_SHOULDER_DEG), direction[0]), 0])
        _look(goal, head, inside, direction, share)
    for lapse in lapses:
        if lapse.target:
            for begin, end in _looks(lapse):
                inside = _during(times, begin, end)
                _look(goal, head, inside, _direction(targets[lapse.target]), share)
            # Between the looks the road: no other glance may fall there.
        else:
            inside = _during(times, lapse.at, lapse.at + lapse.length)
            goal[inside] = (0.0, math.radians(ROAD_PITCH_DEG))
            head[inside] = (0.0, 0.0)
    return goal, head


def _looks(lapse: Lapse) -> list[tuple[float, float]]:
    """The looks of a lapse: one, or many short ones."""
    if lapse.kind != "short_glances":
        return [(lapse.at, lapse.at + lapse.length)]
    starts = np.arange(lapse.at, lapse.at + lapse.length, lapse.off_s + lapse.on_s)
    return [(float(t), float(t) + lapse.off_s) for t in starts]


def _look(goal: Array, head: Array, inside: slice, direction: Array, share: float) -> None:
    goal[inside] = direction
    reach = math.radians(EYE_REACH_DEG)
    yaw = max(share * abs(direction[0]), abs(direction[0]) - reach)
    head[inside] = (math.copysign(yaw, direction[0]), share * direction[1])


def _direction(point: Point) -> Array:
    x, y, z = point
    return np.array([math.atan2(y, x), math.atan2(z, math.hypot(x, y))])


def _moved(goal: Array) -> Array:
    """Gaze shifts take the time of a saccade."""
    return np.asarray(uniform_filter1d(goal, max(1, round(SACCADE_S * GRID_HZ))), np.float64)


def _head(rng: np.random.Generator, times: Array, goal: Array, gaze: Array) -> Array:
    """The head follows late, sways a little, and its rest shifts with the posture."""
    keep = math.exp(-1.0 / (HEAD_TIME_S * GRID_HZ))
    head = goal.copy()
    for _ in range(2):
        head = lfilter([1.0 - keep], [1.0, -keep], head, axis=0)
    slow = math.exp(-1.0 / (1.5 * GRID_HZ))
    sway = lfilter(
        [math.sqrt(1.0 - slow**2)], [1.0, -slow], rng.standard_normal(gaze.shape), axis=0
    )
    posture = np.radians(rng.normal(0.0, 2.0, size=(int(times[-1] // 300.0) + 1, 2)))
    return np.asarray(
        head + np.radians(0.8) * sway + posture[(times // 300.0).astype(int)], np.float64
    )


def _lids(plan: Plan, times: Array, gaze: Array, lapses: Sequence[Lapse]) -> Array:
    """Lids follow a look down, narrow in sun and laughter, sink in yawns and shut in blinks."""
    # About 1 % of the opening per degree below the road; what the eye estimator leaves of it.
    lids = 1.0 - 0.012 * np.clip(-np.degrees(gaze[:, 1]) - 5.0, 0.0, 40.0)
    for squint in plan.squints:
        inside = _during(times, squint.at, squint.end)
        lids[inside] = np.minimum(lids[inside], squint.strength)
    for laugh in plan.laughs:
        inside = _during(times, laugh.at, laugh.end)
        lids[inside] = np.minimum(lids[inside], 0.75 - 0.25 * laugh.strength)
    for yawn in plan.yawns:
        lowest = 0.1 if yawn.strength > 0.8 else 0.45
        _dip(lids, times, Spell(yawn.at + 0.3 * yawn.length, 0.4 * yawn.length), lowest, 0.3)
    for blink in plan.blinks:
        _dip(lids, times, blink, 1.0 - blink.strength, 0.06)
    for lapse in lapses:
        if not lapse.target:
            _dip(lids, times, Spell(lapse.at, lapse.length), 0.0, 0.1)
    return np.asarray(lids, np.float64)


def _dip(lids: Array, times: Array, spell: Spell, lowest: float, edge_s: float) -> None:
    """Lowers the lids to `lowest`; the spell is the width at half depth, edges last `edge_s`."""
    begin, end = spell.at - edge_s / 2.0, spell.end + edge_s / 2.0
    inside = _during(times, begin, end)
    t = times[inside]
    depth = np.clip(np.minimum(t - begin, end - t) / edge_s, 0.0, 1.0)
    lids[inside] = lids[inside] * (1.0 - depth) + np.minimum(lids[inside], lowest) * depth


def _mouth(rng: np.random.Generator, plan: Plan, times: Array) -> Array:
    mouth = np.full(len(times), 0.03)
    keep = math.exp(-2.0 * math.pi * SPEECH_HZ / GRID_HZ)
    sound = lfilter([math.sqrt(1.0 - keep**2)], [1.0, -keep], rng.standard_normal(len(times)))
    for talk in plan.talks:
        inside = _during(times, talk.at, talk.end)
        mouth[inside] = np.clip(0.10 + 0.10 * sound[inside], 0.0, 0.45)
    for laugh in plan.laughs:
        mouth[_during(times, laugh.at, laugh.end)] = 0.25 + 0.25 * laugh.strength
    for yawn in plan.yawns:
        inside = _during(times, yawn.at, yawn.end)
        share = (times[inside] - yawn.at) / yawn.length
        mouth[inside] = (0.6 + 0.3 * yawn.strength) * np.clip(
            np.minimum(share / 0.35, (1.0 - share) / 0.3), 0.0, 1.0
        )
    return mouth


def _stamps(rng: np.random.Generator, duration: float, rate: float) -> npt.NDArray[np.int64]:
    """Stamps with a tenth of a period of jitter, and a few gaps."""
    count = int(duration * rate)
    times = np.arange(count) / rate + rng.normal(0.0, 0.1 / rate, count).clip(
        -0.3 / rate, 0.3 / rate
    )
    keep = np.ones(count, bool)
    for start in rng.uniform(0.0, duration, size=rng.poisson(5.0 * duration / 3600.0)):
        keep &= ~((times >= start) & (times < start + rng.uniform(0.1, 0.6)))
    stamps = np.round(np.maximum(times[keep], 0.0) * 1e9).astype(np.int64)
    return np.unique(stamps)


def _during(times: Array, begin: float, end: float) -> slice:
    """Indices of a stretch of the grid."""
    low, high = (round(np.clip(t, 0.0, len(times) / GRID_HZ) * GRID_HZ) for t in (begin, end))
    return slice(int(low), int(high))


def _any(times: Array, spells: Sequence[Spell]) -> Flags:
    flags = np.zeros(len(times), bool)
    for spell in spells:
        flags[_during(times, spell.at, spell.end)] = True
    return flags


def without_looks(plan: Plan, lapses: Sequence[Lapse], around_s: float = 4.0) -> Plan:
    """The plan without glances, closures and drop-outs near lapses, so that these stand alone."""
    spans = [(x.at - around_s, x.at + x.length + around_s) for x in lapses]

    def clear(at: float, length: float) -> bool:
        return not any(a <= at + length and at <= b for a, b in spans)

    def kept(spells: Sequence[Spell]) -> list[Spell]:
        return [s for s in spells if clear(s.at, s.length)]

    return replace(
        plan,
        glances=[g for g in plan.glances if clear(g.at, g.length)],
        yawns=kept(plan.yawns),
        lost=kept(plan.lost),
        blinded=kept(plan.blinded),
        poor=kept(plan.poor),
    )
