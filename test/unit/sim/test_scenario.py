"""Scenario files: what is accepted, and that each mistake is named with file, line and key.

What the script makes of them over time is left to test_behaviour.py.
"""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from affect_perception.core.errors import ConfigError
from affect_perception.sim.behaviour import DriverScript
from affect_perception.sim.scenario import Scenario

pytestmark = pytest.mark.unit

SHIPPED = sorted((Path(__file__).parents[3] / "config" / "scenarios").glob("*.yaml"))


def parse(timeline: str, head: str = "duration_s: 10.0\n") -> Scenario:
    return Scenario.parse(f"{head}timeline:\n{timeline}", "test")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("  - {at_s: 1.0, head: {yaw: 10}}", 3, ["yaw", "did you mean 'yaw_deg'"]),
        ("  - {at_s: 1.0, haed: {yaw_deg: 1}}", 3, ["haed", "did you mean 'head'"]),
        ("  - {at_s: 1.0, head: {yaw_deg: '10'}}", 3, ["timeline[0].head.yaw_deg", "number"]),
        ("  - {at_s: 1.0, head: {yaw_deg: 200}}", 3, ["200", "[-100, 100]"]),
        ("  - {at_s: 1.0, head: {yaw_deg: .nan}}", 3, ["yaw_deg", "outside"]),
        ("  - {at_s: 1.0, head: {position_m: [0, 150, 0]}}", 3, ["position_m", "metres"]),
        ("  - {at_s: 1.0, head: {position_m: [0, 1]}}", 3, ["three finite numbers"]),
        ("  - {at_s: 5.0, blink: {}}\n  - {at_s: 4.0, blink: {}}", 4, ["sort by time"]),
        ("  - {at_s: 11.0, blink: {}}", 3, ["after the end"]),
        ("  - {at_s: 9.0, yawn: {duration_s: 5.0}}", 3, ["after the end"]),
        ("  - {at_s: 1.0}", 3, ["nothing happens"]),
        ("  - {blink: {}}", 3, ["'at_s' is missing"]),
        ("  - {at_s: 1.0, gaze: {}}", 3, ["exactly one of"]),
        ("  - {at_s: 1.0, gaze: {target: road, yaw_deg: 3}}", 3, ["exactly one of"]),
        ("  - {at_s: 1.0, lids: {opening: -0.1}}", 3, ["lids.opening", "-0.1"]),
        ("  - {at_s: 1.0, eyewear: {kind: glases}}", 3, ["did you mean 'glasses'"]),
        ("  - {at_s: 1.0, driver: {present: 1}}", 3, ["true or false"]),
        ("  - {at_s: 1.0, at_s: 2.0}", 3, ["given twice"]),
        ("  - 3", 3, ["timeline[0]", "keys and values"]),
    ],
)
def test_mistakes_are_named_with_their_place(text: str, line: int, words: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text)
    assert f"<test>:{line}" in str(caught.value)
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "empty"),
        ("- 1", "top level"),
        ("a: [", "not valid YAML"),
        ("timeline: []", "'duration_s' is missing"),
        ("duration_s: 5\nspeed: 3", "unknown key"),
        ("duration_s: 5\nseed: 1.5", "whole number"),
        ("duration_s: 5\ncamera: {look_at_m: [0.65, 0, -0.12]}", "another place"),
        ("duration_s: 5\ncamera: {rate_hz: 0}", "rate_hz"),
        ("duration_s: 5\ntargets: {road: {target: sky}}", "exactly one of"),
    ],
)
def test_mistakes_outside_the_timeline(text: str, word: str) -> None:
    with pytest.raises(ConfigError, match=word):
        Scenario.parse(text)


def test_a_missing_file_is_a_config_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nowhere"):
        Scenario.load(tmp_path / "nowhere.yaml")


def test_an_unknown_gaze_target_is_named() -> None:
    scenario = parse("  - {at_s: 1.0, gaze: {target: sky}}")
    with pytest.raises(ConfigError, match=r"<test>:3.*no gaze target 'sky'; known: road"):
        DriverScript(scenario, 1, {"road": (1.0, 0.0, 0.0)})


def test_defaults_put_the_camera_on_the_steering_column() -> None:
    camera = parse("  - {at_s: 0.0, blink: {}}").camera.camera()
    assert camera.position == pytest.approx([0.65, 0.0, -0.12])
    k = camera.intrinsics
    assert (k.width, k.height) == (640, 480)
    assert 2 * math.degrees(math.atan(320 / k.fx)) == pytest.approx(60.0)


def test_another_size_keeps_the_field_of_view() -> None:
    setup = parse("  - {at_s: 0.0, blink: {}}").camera
    small, large = setup.camera().intrinsics, setup.camera(1280, 720).intrinsics
    assert large.fx == pytest.approx(2 * small.fx)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: p.stem)
def test_shipped_scenarios_are_valid(path: Path) -> None:
    scenario = Scenario.load(path)
    assert scenario.name == path.stem
    assert scenario.timeline.labels


def test_there_are_shipped_scenarios() -> None:
    names = {path.stem for path in SHIPPED}
    assert {"demo", "head_sweep", "gaze_sweep", "lids", "hard", "attentive_rendered"} <= names
