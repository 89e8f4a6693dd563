"""The scenario file: what a synthetic driver does, when, and how the camera sees it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import numpy as np

from affect_perception.sim.body.parts import BodySetup
from affect_perception.sim.channels import Key
from affect_perception.sim.scenario_body import (
    read_body,
    read_body_key,
    read_fault,
    read_response,
)
from affect_perception.sim.scenario_parts import (
    Behaviour,
    CameraSetup,
    Choice,
    GazeGoal,
    GazeKey,
    Moment,
    Timeline,
)
from affect_perception.sim.yaml_source import Section, load_yaml, parse_yaml

NAN = math.nan

EYEWEAR = ("none", "glasses", "sunglasses")
HANDS = ("none", "mouth", "right_eye", "left_eye", "eyes")
SIDES = ("left", "right")


@dataclass(frozen=True)
class Scenario:
    """A checked scenario.

    Attributes:
        name: Short name.
        duration_s: Length.
        seed: Seed of everything random unless the caller gives another.
        driver_side: Where the driver sits.
        camera: The camera.
        behaviour: Unscripted behaviour.
        targets: Named gaze goals of the file itself.
        timeline: What happens.
        source: The file.
        description: One sentence.
        body: The body and its sensors; None where the file has no section `body`.
    """

    name: str
    duration_s: float
    seed: int
    driver_side: str
    camera: CameraSetup
    behaviour: Behaviour
    timeline: Timeline
    source: str
    targets: Mapping[str, GazeGoal] = field(default_factory=lambda: MappingProxyType({}))
    description: str = ""
    body: BodySetup | None = None

    @classmethod
    def load(cls, path: str | Path) -> Scenario:
        """Reads and checks a scenario file.

        Raises:
            ConfigError: With file, line and key of the first thing that is wrong.
        """
        return _scenario(load_yaml(Path(path)), Path(path).stem)

    @classmethod
    def parse(cls, text: str, name: str = "scenario") -> Scenario:
        """As `load`, from text."""
        return _scenario(parse_yaml(text, f"<{name}>"), name)


def _scenario(top: Section, stem: str) -> Scenario:
    duration = top.number("duration_s", None, 0.05, 24 * 3600.0)
    entries = top.sections("timeline")
    body = read_body(top.section("body"))
    scenario = Scenario(
        name=top.text("name", stem),
        description=top.text("description", ""),
        duration_s=duration,
        seed=top.integer("seed", 1, 0, 2**31 - 1),
        driver_side=top.text("driver_side", "left", SIDES),
        camera=_camera(top.section("camera")),
        behaviour=_behaviour(top.section("behaviour")),
        targets=MappingProxyType(_targets(top.section("targets"))),
        timeline=_timeline(entries, duration, wears_sensors=body is not None),
        body=body,
        source=top.source.file,
    )
    top.close()
    return scenario


def _camera(section: Section | None) -> CameraSetup:
    default = CameraSetup()
    if section is None:
        return default
    setup = CameraSetup(
        width_px=section.integer("width_px", default.width_px, 64, 7680),
        height_px=section.integer("height_px", default.height_px, 48, 4320),
        horizontal_fov_deg=section.number(
            "horizontal_fov_deg", default.horizontal_fov_deg, 10.0, 150.0
        ),
        position_m=section.vector("position_m", default.position_m),
        look_at_m=section.vector("look_at_m", default.look_at_m),
        roll_deg=section.number("roll_deg", 0.0, -180.0, 180.0),
        rate_hz=section.number("rate_hz", default.rate_hz, 0.1, 240.0),
        jitter_s=section.number("jitter_s", 0.0, 0.0, 1.0),
        drop_probability=section.number("drop_probability", 0.0, 0.0, 0.95),
    )
    sight = np.subtract(setup.look_at_m, setup.position_m)
    if np.linalg.norm(sight) < 0.01 or np.linalg.norm(sight[:2]) < 0.01:
        raise section.source.error("the camera must look at another place, and not straight up")
    section.close()
    return setup


def _behaviour(section: Section | None) -> Behaviour:
    default = Behaviour()
    if section is None:
        return default
    behaviour = Behaviour(
        sway=section.number("sway", default.sway, 0.0, 10.0),
        fixation_jitter_deg=section.number(
            "fixation_jitter_deg", default.fixation_jitter_deg, 0.0, 5.0
        ),
        blink_rate_per_min=section.number(
            "blink_rate_per_min", default.blink_rate_per_min, 0.0, 60.0
        ),
    )
    section.close()
    return behaviour


def _targets(section: Section | None) -> dict[str, GazeGoal]:
    if section is None:
        return {}
    targets = {}
    for name in section.names():
        goal = section.section(name)
        assert goal is not None
        targets[name] = _goal(goal, named=False)
        goal.close()
    section.close()
    return targets


def _goal(section: Section, named: bool) -> GazeGoal:
    """One gaze goal: exactly one of target, point_m, or yaw_deg with pitch_deg."""
    ways = [
        way
        for way, given in (
            ("target", named and section.has("target")),
            ("point_m", section.has("point_m")),
            ("yaw_deg/pitch_deg", section.has("yaw_deg") or section.has("pitch_deg")),
        )
        if given
    ]
    if len(ways) != 1:
        choices = "target, point_m, yaw_deg/pitch_deg" if named else "point_m, yaw_deg/pitch_deg"
        raise section.source.error(f"give exactly one of: {choices}")
    scan = section.number("scan_deg", 0.0, 0.0, 30.0)
    if ways == ["target"]:
        return GazeGoal(target=section.text("target", None), scan_deg=scan)
    if ways == ["point_m"]:
        return GazeGoal(point=section.vector("point_m", None), scan_deg=scan)
    yaw = math.radians(section.number("yaw_deg", 0.0, -120.0, 120.0))
    pitch = math.radians(section.number("pitch_deg", 0.0, -80.0, 80.0))
    return GazeGoal(yaw=yaw, pitch=pitch, scan_deg=scan)


class _Collector:
    """Gathers the keys of a timeline entry by entry."""

    def __init__(self, duration: float, wears_sensors: bool) -> None:
        self.duration = duration
        self.wears_sensors = wears_sensors
        empty: dict[str, list] = {name: [] for name in Timeline.__annotations__}  # type: ignore[type-arg]
        self.lists = empty
        self.handlers: dict[str, Callable[[Section, float], None]] = {
            "head": self._head,
            "gaze": self._gaze,
            "lids": self._lids,
            "mouth": self._mouth,
            "driver": self._driver,
            "second_person": self._second,
            "light": self._light,
            "sensor": self._sensor,
            "eyewear": self._eyewear,
            "hand": self._hand,
            "blink": self._blink,
            "yawn": self._yawn,
            "talk": self._talk,
            "drop_frames": self._drop,
            "body": self._body,
            "skin_response": self._response,
            "sensor_fault": self._fault,
        }

    def add(self, entry: Section, at: float) -> None:
        """One entry of the timeline."""
        label = entry.text("label", "")
        if label:
            self.lists["labels"].append(Choice(at, label))
        something = bool(label)
        for name, handle in self.handlers.items():
            section = entry.section(name)
            if section is not None:
                handle(section, at)
                section.close()
                something = True
        entry.close()
        if not something:
            raise entry.source.error("nothing happens in this entry")

    def _head(self, s: Section, at: float) -> None:
        angles = [
            math.radians(s.number(key, NAN, -limit, limit))
            for key, limit in (("yaw_deg", 100.0), ("pitch_deg", 60.0), ("roll_deg", 60.0))
        ]
        place = s.vector("position_m", (NAN, NAN, NAN))
        over = s.number("over_s", 0.6, 0.0, 600.0)
        self.lists["head"].append(Key(at, over, (*angles, *place)))

    def _gaze(self, s: Section, at: float) -> None:
        goal = _goal(s, named=True)
        over = s.number("over_s", NAN, 0.0, 600.0)
        self.lists["gaze"].append(GazeKey(at, over, goal, s.source))

    def _lids(self, s: Section, at: float) -> None:
        both = s.number("opening", NAN, 0.0, 1.3)
        value = (s.number("right", both, 0.0, 1.3), s.number("left", both, 0.0, 1.3))
        self.lists["lids"].append(Key(at, s.number("over_s", 0.3, 0.0, 600.0), value))

    def _mouth(self, s: Section, at: float) -> None:
        value = (
            s.number("opening", NAN, 0.0, 1.0),
            s.number("smile", NAN, 0.0, 1.0),
        )
        self.lists["mouth"].append(Key(at, s.number("over_s", 0.3, 0.0, 600.0), value))

    def _driver(self, s: Section, at: float) -> None:
        present = s.flag("present", True)
        over = s.number("over_s", 1.2, 0.0, 60.0)
        self.lists["away"].append(Key(at, over, (0.0 if present else 1.0,)))

    def _second(self, s: Section, at: float) -> None:
        present = 1.0 if s.flag("present", True) else 0.0
        place = s.vector("position_m", (NAN, NAN, NAN))
        yaw = math.radians(s.number("yaw_deg", NAN, -100.0, 100.0))
        over = s.number("over_s", 0.8, 0.0, 60.0)
        self.lists["second"].append(Key(at, over, (present, *place, yaw)))

    def _light(self, s: Section, at: float) -> None:
        value = (
            s.number("level", NAN, 0.0, 5.0),
            s.number("side", NAN, -1.0, 1.0),
        )
        self.lists["light"].append(Key(at, s.number("over_s", 0.5, 0.0, 600.0), value))

    def _sensor(self, s: Section, at: float) -> None:
        value = (
            s.number("noise", NAN, 0.0, 60.0),
            s.number("blur_px", NAN, 0.0, 30.0),
            s.number("cover", NAN, 0.0, 1.0),
        )
        if s.has("infrared"):
            word = "infrared" if s.flag("infrared", False) else "colour"
            self.lists["infrared"].append(Choice(at, word))
        self.lists["sensor"].append(Key(at, s.number("over_s", 0.2, 0.0, 600.0), value))

    def _eyewear(self, s: Section, at: float) -> None:
        word = s.text("kind", None, EYEWEAR)
        glare = s.number("reflection", 0.25, 0.0, 1.0)
        self.lists["eyewear"].append(Choice(at, word, 0.0, glare))

    def _hand(self, s: Section, at: float) -> None:
        word = s.text("over", None, HANDS)
        self.lists["hand"].append(Choice(at, word, s.number("over_s", 0.6, 0.0, 30.0)))

    def _moment(self, s: Section, at: float, kind: str, default: float, high: float) -> None:
        duration = s.number("duration_s", default, 0.02, high)
        if at + duration > self.duration + 1e-9:
            raise s.source.error(f"lasts until {at + duration:g} s, after the end of the scenario")
        strength = s.number("strength", 1.0, 0.0, 1.0)
        self.lists["moments"].append(Moment(kind, at, duration, strength))

    def _blink(self, s: Section, at: float) -> None:
        self._moment(s, at, "blink", 0.28, 2.0)

    def _yawn(self, s: Section, at: float) -> None:
        self._moment(s, at, "yawn", 5.0, 15.0)

    def _talk(self, s: Section, at: float) -> None:
        self._moment(s, at, "talk", 3.0, 600.0)

    def _drop(self, s: Section, at: float) -> None:
        self._moment(s, at, "drop", 0.5, 600.0)

    def _body(self, s: Section, at: float) -> None:
        self._needs_body(s)
        self.lists["body"].append(read_body_key(s, at))

    def _response(self, s: Section, at: float) -> None:
        self._needs_body(s)
        self.lists["responses"].append(read_response(s, at))

    def _fault(self, s: Section, at: float) -> None:
        self._needs_body(s)
        self.lists["faults"].append(read_fault(s, at, self.duration))

    def _needs_body(self, s: Section) -> None:
        if not self.wears_sensors:
            raise s.source.error("needs the section 'body' at the top level (body: {} will do)")


def _timeline(entries: list[Section], duration: float, *, wears_sensors: bool) -> Timeline:
    collector = _Collector(duration, wears_sensors)
    before = 0.0
    for entry in entries:
        at = entry.number("at_s", None, 0.0)
        if at < before:
            raise entry.source.error(f"at_s {at:g} comes after {before:g}; sort by time")
        if at > duration:
            raise entry.source.error(f"at_s {at:g} is after the end of the scenario ({duration:g})")
        before = at
        collector.add(entry, at)
    return Timeline(**collector.lists)


def check_targets(scenario: Scenario, known: Mapping[str, object]) -> None:
    """Raises ConfigError if the timeline names a gaze target that nobody defines."""
    for key in scenario.timeline.gaze:
        name = key.goal.target
        if name and name not in known:
            raise key.source.error(f"no gaze target '{name}'; known: {', '.join(sorted(known))}")
