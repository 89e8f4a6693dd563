"""Scenarios that put one thing at a time to the test, written as scenario files.

Speeds stay in what people do: head sweeps at about 25 degrees a second, saccades by the renderer's
own law, lids moved over half a second and more where lid opening is measured.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from affect_perception.evaluation.synthetic.scenario import scenario_path
from affect_perception.sim.scenario import Scenario

YAW_RANGE_DEG = 35.0
PITCH_RANGE_DEG = 20.0

_HEADER = """\
name: {name}
duration_s: {duration:g}
seed: 11
camera: {{rate_hz: 30.0}}
behaviour: {{sway: 0.3, fixation_jitter_deg: 0.2, blink_rate_per_min: {blinks:g}}}
timeline:
"""


def head_sweep(name: str = "head_sweep", extra: str = "") -> str:
    """Yaw from one end to the other at five heights, eyes with the head."""
    entries = [f"  - at_s: 0.0\n{extra}    head: {{yaw_deg: -35, pitch_deg: -20, over_s: 0}}\n"]
    time, side = 1.0, 1.0
    for pitch in (-20.0, -10.0, 0.0, 10.0, 20.0):
        # 0.6 s up to the next height, then 2.8 s across.
        entries.append(_turn(time, -side * YAW_RANGE_DEG, pitch, 0.6))
        entries.append(_turn(time + 0.8, side * YAW_RANGE_DEG, pitch, 2.8))
        time, side = time + 4.0, -side
    return _HEADER.format(name=name, duration=time, blinks=8) + "".join(entries)


def gaze_steps() -> str:
    """The eyes step over a grid while the head stays, then the head helps with large shifts."""
    entries = ["  - at_s: 0.0\n    head: {yaw_deg: 0, pitch_deg: 0, over_s: 0}\n"]
    time = 0.5
    # An order without pattern, so that yaw and pitch are not mixed up with time.
    grid = [
        (0, 0), (-20, 0), (15, 8), (-10, -12), (20, 0), (5, -12), (-15, 8), (10, 0), (-20, -8),
        (0, 10), (20, -8), (-5, 0), (12, -12), (-12, 4), (0, -10), (18, 6), (-18, -4), (6, 4),
    ]  # fmt: skip
    for yaw, pitch in grid:
        entries.append(f"  - at_s: {time:g}\n    gaze: {{yaw_deg: {yaw}, pitch_deg: {pitch}}}\n")
        time += 0.8
    for yaw, pitch in ((-40, 0), (35, -15), (0, 0), (30, 5), (-30, -15), (0, 0)):
        entries.append(
            f"  - at_s: {time:g}\n"
            f"    head: {{yaw_deg: {0.6 * yaw:g}, pitch_deg: {0.6 * pitch:g}, over_s: 0.4}}\n"
            f"    gaze: {{yaw_deg: {yaw}, pitch_deg: {pitch}}}\n"
        )
        time += 1.2
    return _HEADER.format(name="gaze_steps", duration=time, blinks=0) + "".join(entries)


def lid_ramps() -> str:
    """Lids open, half, quarter and shut, slowly and fast, with blinks between."""
    entries = ["  - at_s: 0.0\n    head: {yaw_deg: 0, pitch_deg: 0, over_s: 0}\n"]
    time = 3.0
    for opening, over in ((0.0, 2.0), (1.0, 2.0), (0.5, 0.5), (0.25, 0.5), (1.0, 0.3), (0.75, 0.5)):
        entries.append(
            f"  - at_s: {time:g}\n    lids: {{opening: {opening:g}, over_s: {over:g}}}\n"
        )
        time += over + 0.8
    entries.append(f"  - at_s: {time:g}\n    lids: {{opening: 1.0, over_s: 0.3}}\n")
    for _ in range(4):
        time += 1.0
        entries.append(f"  - at_s: {time:g}\n    blink: {{duration_s: 0.28}}\n")
    return _HEADER.format(name="lid_ramps", duration=time + 1.5, blinks=0) + "".join(entries)


def closure_and_nobody() -> str:
    """Two closures of the eyes, then the driver leaves and comes back."""
    return (
        _HEADER.format(name="closure_and_nobody", duration=22.0, blinks=10)
        + """\
  - at_s: 0.0
    head: {yaw_deg: 0, pitch_deg: 0, over_s: 0}
  - at_s: 5.0
    lids: {opening: 0.0, over_s: 0.2}
  - at_s: 7.5
    lids: {opening: 1.0, over_s: 0.2}
  - at_s: 10.0
    lids: {opening: 0.0, over_s: 0.2}
  - at_s: 12.5
    lids: {opening: 1.0, over_s: 0.2}
  - at_s: 15.0
    driver: {present: false, over_s: 0.8}
  - at_s: 18.5
    driver: {present: true, over_s: 0.8}
"""
    )


def _turn(time: float, yaw: float, pitch: float, over: float) -> str:
    return (
        f"  - at_s: {time:g}\n"
        f"    head: {{yaw_deg: {yaw:g}, pitch_deg: {pitch:g}, over_s: {over:g}}}\n"
        f"    gaze: {{yaw_deg: {yaw:g}, pitch_deg: {pitch:g}, over_s: {over:g}}}\n"
    )


def built_in() -> Mapping[str, Scenario]:
    """All of them by name; head sweeps also with glasses, in infrared and in little light.

    Raises:
        ConfigError: If the shipped scenarios are not installed.
    """
    texts = {
        "head_sweep": head_sweep(),
        "head_sweep_glasses": head_sweep("head_sweep_glasses", "    eyewear: {kind: glasses}\n"),
        "head_sweep_infrared": head_sweep(
            "head_sweep_infrared", "    sensor: {infrared: true, noise: 6}\n"
        ),
        "head_sweep_dark": head_sweep(
            "head_sweep_dark", "    light: {level: 0.35, over_s: 0}\n    sensor: {noise: 8}\n"
        ),
        "gaze_steps": gaze_steps(),
        "lid_ramps": lid_ramps(),
        "closure_and_nobody": closure_and_nobody(),
    }
    parsed = {name: Scenario.parse(text, name) for name, text in texts.items()}
    # Shipped as a file, because it can be replayed with a report as well.
    return MappingProxyType({**parsed, "zones": Scenario.load(scenario_path("zones"))})
