"""The whole face path reads the scripted heart of the synthetic driver, whose head moves.

Short, at 15 pictures a second; `evaluate pulse` has longer scenes and more of them.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from affect_perception.evaluation.pulse.scenes import counted_rate, scenes
from affect_perception.evaluation.pulse.watch import watch
from affect_perception.evaluation.tools import Tools
from affect_perception.io.cabin_file import load_cabin
from affect_perception.sim.body.script import BodyScript
from affect_perception.sim.portrait import Portrait

pytestmark = pytest.mark.golden


def test_the_rate_of_the_scripted_beats_is_read(portrait: Portrait, face_models: Path) -> None:
    whole = next(scene for scene in scenes() if scene.name == "motion_75")
    short = [(at, text) for at, text in whole.entries if at < 11.0]
    scene = replace(whole, seconds=12.0, rate_hz=15.0, entries=short)
    driver = scene.driver(portrait)
    body = BodyScript(driver.scenario)
    frames = (frame for frame, _ in driver.frames())
    seconds, count = watch(frames, Tools(), load_cabin("sedan_lhd"))
    assert count == 180
    told = [s for s in seconds if s.given]
    assert len(told) >= 3
    for second in told:
        begin = second.time_s - second.told.window
        assert abs(second.told.heart_rate - counted_rate(body, begin, second.time_s)) < 4.0
