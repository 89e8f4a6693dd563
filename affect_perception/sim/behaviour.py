"""From scenario and seed to the state of driver, cabin and camera at any time."""

from __future__ import annotations

import bisect
import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from affect_perception.sim.channels import Channel, Fixations, Key, Wander
from affect_perception.sim.geometry import (
    direction,
    direction_angles,
    minimum_jerk,
)
from affect_perception.sim.scenario import Scenario, check_targets
from affect_perception.sim.scenario_parts import Choice, GazeGoal, Moment
from affect_perception.sim.truth import TruthEvent

Array = npt.NDArray[np.float64]

CLOSED_LIDS = 0.2
"""Below 20 % opening an eye counts as closed (the P80 rule of PERCLOS, Wierwille et al. 1994)."""
FAR_M = 3.0
"""Distance at which a gaze direction without a point is looked at."""
BLINK_MEDIAN_S, BLINK_SPREAD = 0.26, 0.22
"""Blink duration, start of closing to fully open: log-normal; alert drivers' blinks last 0.2 to
0.4 s (Schleicher et al. 2008)."""
TALK_HZ = (2.5, 6.0)
"""Syllable rates of speech."""
DARK_LEVEL = 0.25
AWAY_M = 0.9


@dataclass(frozen=True)
class Moving:
    """State at one time; lengths m, angles rad, cabin frame.

    Attributes:
        head: yaw, pitch, roll, x, y, z.
        gaze_point: Point looked at.
        gaze_target: Its name or empty.
        lids: (right, left) opening.
        mouth: Opening.
        smile: Mouth corners.
        away: 0 in the seat, 1 gone.
        second: presence, x, y, z, yaw of the other person.
        light: level and side.
        sensor: noise (grey levels), blur (px), cover.
        infrared: Whether the camera sees infrared only.
        eyewear: Kind and strength of reflections.
        hand: What it covers and how far it is there, 0..1.
        blink: A blink is under way.
        eyes_closed: The lids are held shut.
        yawn: A yawn is under way.
        talking: Talks.
        label: Label of the stretch.
    """

    head: Array
    gaze_point: Array
    gaze_target: str
    lids: tuple[float, float]
    mouth: float
    smile: float
    away: float
    second: Array
    light: Array
    sensor: Array
    infrared: bool
    eyewear: tuple[str, float]
    hand: tuple[str, float]
    blink: bool
    eyes_closed: bool
    yawn: bool
    talking: bool
    label: str


class DriverScript:
    """A scenario made playable: `at(time)` is a pure function."""

    def __init__(
        self,
        scenario: Scenario,
        seed: int,
        targets: Mapping[str, tuple[float, float, float]],
    ) -> None:
        """Prepares everything random.

        Args:
            scenario: The checked scenario.
            seed: Seed of all randomness.
            targets: Named points, cabin frame, m; the scenario's own targets come first.

        Raises:
            ConfigError: If the timeline names a target that neither defines.
        """
        known: dict[str, GazeGoal] = {name: GazeGoal(point=p) for name, p in targets.items()}
        known.update(scenario.targets)
        check_targets(scenario, known)
        self._scenario, self._goals = scenario, known
        line = scenario.timeline
        streams = np.random.SeedSequence([seed, 0x5D]).spawn(6)
        rng = [np.random.default_rng(s) for s in streams]
        self._sway = Wander(rng[0], 6, 0.05, 0.9)
        self._jitter = Fixations(rng[1], scenario.duration_s, 0.45)
        self._scan = Fixations(rng[2], scenario.duration_s, 0.9)
        self._speech = Wander(rng[3], 1, *TALK_HZ)
        self._second_look = Wander(rng[4], 2, 0.03, 0.25)
        self._head = Channel((0.0,) * 6, line.head)
        self._lids = Channel((1.0, 1.0), line.lids)
        self._mouth = Channel((0.0, 0.0), line.mouth)
        self._away = Channel((0.0,), line.away)
        side = -1.0 if scenario.driver_side == "left" else 1.0
        self._second = Channel((0.0, -0.62, 0.40 * side, -0.02, -0.25 * side), line.second)
        self._light = Channel((1.0, 0.0), line.light)
        self._sensor = Channel((1.5, 0.0, 0.0), line.sensor)
        self._gaze = self._gaze_channel()
        self._moments = [*line.moments, *self._natural_blinks(rng[5])]
        self._moments.sort(key=lambda m: m.at)
        self._by_kind = {
            kind: [m for m in self._moments if m.kind == kind]
            for kind in ("blink", "yawn", "talk", "drop")
        }

    @property
    def drops(self) -> list[Moment]:
        """Stretches without frames."""
        return self._by_kind["drop"]

    def at(self, time: float) -> Moving:
        """Everything at a time in seconds, 0 to the scenario's duration."""
        line = self._scenario.timeline
        sway = self._sway.at(time) * self._scenario.behaviour.sway
        head = self._head.at(time) + sway * np.array([0.009, 0.007, 0.007, 0.002, 0.002, 0.001])
        goal = self._goal_at(time)
        lids = self._lids.at(time)
        mouth, smile = self._mouth.at(time)
        blink = self._active("blink", time)
        yawn = self._active("yawn", time)
        talk = self._active("talk", time)
        openings = lids.copy()
        if blink is not None:
            closure = _blink_closure((time - blink.at) / blink.duration) * blink.strength
            openings = openings * (1.0 - closure)
        if yawn is not None:
            opened = _plateau((time - yawn.at) / yawn.duration, 0.35, 0.65)
            mouth = max(mouth, 0.85 * yawn.strength * opened)
            openings = np.minimum(openings, 1.0 - 0.5 * yawn.strength * opened)
        if talk is not None:
            ends = _plateau((time - talk.at) / talk.duration, 0.08, 0.92)
            sound = max(0.0, 0.5 + 0.55 * float(self._speech.at(time)[0]))
            mouth = max(mouth, 0.16 * talk.strength * ends * min(sound, 1.6))
        held = self._lids.at(time)
        second = self._second.at(time).copy()
        second[4] += 0.12 * float(self._second_look.at(time)[0])
        return Moving(
            head=head,
            gaze_point=self._gaze_point(time, head, goal),
            gaze_target=goal.target,
            lids=(float(openings[0]), float(openings[1])),
            mouth=float(mouth),
            smile=float(smile),
            away=float(self._away.at(time)[0]),
            second=second,
            light=self._light.at(time),
            sensor=self._sensor.at(time),
            infrared=_word(line.infrared, time, "colour") == "infrared",
            eyewear=_choice(line.eyewear, time),
            hand=_hand(line.hand, time),
            blink=blink is not None,
            eyes_closed=bool((held <= CLOSED_LIDS).all()),
            yawn=yawn is not None,
            talking=talk is not None,
            label=_word(line.labels, time, ""),
        )

    def events(self) -> list[TruthEvent]:
        """Everything that lasts, in order of its start."""
        line, end = self._scenario.timeline, self._scenario.duration_s
        found: list[tuple[str, float, float, str]] = []
        names = {"blink": "blink", "yawn": "yawn", "talk": "talking", "drop": "frames_dropped"}
        found += [(names[m.kind], m.at, m.at + m.duration, "") for m in self._moments]
        for choice, until in _stretches(line.labels, end):
            found.append(("label", choice.at, until, choice.value))
        for choice, until in _stretches(line.eyewear, end):
            if choice.value != "none":
                found.append((choice.value, choice.at, until, ""))
        for choice, until in _stretches(line.hand, end):
            if choice.value != "none":
                found.append((f"hand_{choice.value}", choice.at, until, ""))
        found += [("nobody", a, b, "") for a, b in _spans(self._away, end, lambda v: v[0] >= 1.0)]
        shut = _spans(self._lids, end, lambda v: bool((v <= CLOSED_LIDS).all()))
        found += [("eyes_closed", a, b, "") for a, b in shut]
        other = _spans(self._second, end, lambda v: v[0] > 0.5)
        found += [("second_person", a, b, "") for a, b in other]
        dark = _spans(self._light, end, lambda v: v[0] < DARK_LEVEL)
        found += [("dark", a, b, "") for a, b in dark]
        cover = _spans(self._sensor, end, lambda v: v[2] > 0.9)
        found += [("camera_covered", a, b, "") for a, b in cover]
        found.sort(key=lambda f: (f[1], f[2], f[0]))
        return [TruthEvent(k, round(a * 1e9), round(b * 1e9), label) for k, a, b, label in found]

    def _active(self, kind: str, time: float) -> Moment | None:
        for moment in self._by_kind[kind]:
            if moment.at <= time <= moment.at + moment.duration:
                return moment
        return None

    def _resolve(self, goal: GazeGoal) -> Array:
        """Yaw, pitch and log distance of a goal as seen from the cabin origin."""
        if goal.target:
            goal = self._goals[goal.target]
        if goal.point is None:
            return np.array([goal.yaw, goal.pitch, math.log(FAR_M)])
        point = np.array(goal.point)
        yaw, pitch = direction_angles(point)
        return np.array([yaw, pitch, math.log(float(np.linalg.norm(point)))])

    def _gaze_channel(self) -> Channel:
        """Gaze moves along angles; unless told otherwise it takes the time of a saccade."""
        keys: list[Key] = []
        before = np.array([0.0, 0.0, math.log(FAR_M)])
        for key in self._scenario.timeline.gaze:
            value = self._resolve(key.goal)
            over = key.over
            if math.isnan(over):
                # Main sequence of saccades (Carpenter 1988): 21 ms + 2.2 ms per degree.
                turn = math.degrees(float(np.linalg.norm(value[:2] - before[:2])))
                over = 0.021 + 0.0022 * turn
            keys.append(Key(key.at, over, tuple(value.tolist())))
            before = value
        return Channel((0.0, 0.0, math.log(FAR_M)), keys)

    def _goal_at(self, time: float) -> GazeGoal:
        current = GazeGoal()
        for key in self._scenario.timeline.gaze:
            if key.at > time:
                break
            current = key.goal
        return current

    def _gaze_point(self, time: float, head: Array, goal: GazeGoal) -> Array:
        """The point looked at, with jitter and scanning.

        Directions are meant from the eyes, points and targets are places: only the former move
        along with the head.
        """
        yaw, pitch, distance = self._gaze.at(time)
        jitter = self._jitter.at(time) * self._scenario.behaviour.fixation_jitter_deg
        scan = self._scan.at(time) * goal.scan_deg * np.array([1.0, 0.33])
        turn = np.radians(jitter + scan)
        point = direction(yaw + turn[0], pitch + turn[1]) * math.exp(distance)
        named = self._goals[goal.target] if goal.target else goal
        return np.asarray(point + head[3:6] if named.point is None else point)

    def _natural_blinks(self, rng: np.random.Generator) -> list[Moment]:
        """Blinks nobody scripted; log-normal intervals, none with shut eyes or an empty seat."""
        rate = self._scenario.behaviour.blink_rate_per_min
        blinks: list[Moment] = []
        if rate <= 0.0:
            return blinks
        mean, spread = 60.0 / rate, 0.6
        scripted = [m for m in self._scenario.timeline.moments if m.kind in ("blink", "yawn")]
        time = float(rng.uniform(0.5, mean))
        while True:
            duration = float(BLINK_MEDIAN_S * math.exp(BLINK_SPREAD * rng.standard_normal()))
            if time + duration > self._scenario.duration_s:
                return blinks
            busy = any(m.at - 0.5 < time + duration and time < m.at + m.duration + 0.5
                       for m in scripted)  # fmt: skip
            shut = min(self._lids.at(time).min(), self._lids.target(time + duration).min()) < 0.5
            away = max(self._away.at(time)[0], self._away.at(time + duration)[0]) > 0.0
            if not busy and not shut and not away:
                blinks.append(Moment("blink", time, duration))
            gap = float(math.exp(math.log(mean) - spread**2 / 2 + spread * rng.standard_normal()))
            time += max(duration + 0.3, gap)


def _blink_closure(share: float) -> float:
    """Lid closure 0..1 over a blink: fast down, short rest, slower up (Evinger et al. 1991)."""
    if share < 0.32:
        return minimum_jerk(share / 0.32)
    if share < 0.42:
        return 1.0
    return 1.0 - minimum_jerk((share - 0.42) / 0.58)


def _plateau(share: float, rise: float, fall: float) -> float:
    """0 to 1 until `rise`, 1 until `fall`, back to 0 at the end."""
    if share < rise:
        return minimum_jerk(share / rise)
    if share < fall:
        return 1.0
    return 1.0 - minimum_jerk((share - fall) / (1.0 - fall))


def _choice(choices: list[Choice], time: float) -> tuple[str, float]:
    current = ("none", 0.0)
    for choice in choices:
        if choice.at <= time:
            current = (choice.value, choice.amount)
    return current


def _word(choices: list[Choice], time: float, default: str) -> str:
    index = bisect.bisect_right([c.at for c in choices], time)
    return choices[index - 1].value if index else default


def _hand(choices: list[Choice], time: float) -> tuple[str, float]:
    """What the hand is at and how far it is up, 0..1; it leaves as it came."""
    place, up = "none", 0.0
    for index, choice in enumerate(choices):
        if choice.at > time:
            break
        share = 1.0 if choice.over <= 0.0 else minimum_jerk((time - choice.at) / choice.over)
        if choice.value == "none":
            previous = choices[index - 1].value if index else "none"
            place, up = (previous, 1.0 - share) if share < 1.0 else ("none", 0.0)
        else:
            place, up = choice.value, share
    return place, up


def _stretches(choices: list[Choice], end: float) -> list[tuple[Choice, float]]:
    """Each choice with the time of the next one (or the end)."""
    ends = [*(c.at for c in choices[1:]), end][: len(choices)]
    return list(zip(choices, ends, strict=True))


def _spans(channel: Channel, end: float, test: object) -> list[tuple[float, float]]:
    """Stretches (10 ms grid) in which a channel passes a test."""
    times = np.arange(0.0, end + 0.005, 0.01)
    hits = np.array([bool(test(channel.at(float(t)))) for t in times])  # type: ignore[operator]
    edges = np.flatnonzero(np.diff(np.concatenate([[False], hits, [False]]).astype(int)))
    return [
        (float(times[a]), min(float(times[b - 1]) + 0.01, end))
        for a, b in zip(edges[0::2], edges[1::2], strict=True)
    ]
