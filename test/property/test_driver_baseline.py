"""The driver baseline under any sequence of looks, speeds, absences and odd numbers.

Whatever comes: offsets bounded, progress between 0 and 1, driver numbers rising, and a finite gaze
stays finite on its way to the zones. Leaves the right values to the unit tests.
"""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from observations import CABIN, gaze, head

from affect_perception.core.config import BaselineConfig
from affect_perception.core.driver_baseline.baseline import DriverBaseline
from affect_perception.core.driver_baseline.snapshot import BaselineSnapshot
from affect_perception.core.enums import GazeSource, TriState
from affect_perception.core.types import VehicleState
from affect_perception.core.vision.zones import locate

pytestmark = pytest.mark.property

ANGLE = st.floats(-1.5, 1.5) | st.sampled_from([0.0, math.nan, math.inf, -math.inf])
LOOK = st.fixed_dictionaries(
    {
        "yaw": ANGLE,
        "pitch": ANGLE,
        "std": st.floats(0.0, 0.5) | st.just(math.nan),
        "head_yaw": ANGLE,
        "head_pitch": ANGLE,
        "roll": ANGLE,
        "from_head": st.booleans(),
        "shut": st.booleans(),
        "track": st.integers(1, 3),
        "absent": st.integers(0, 80),
        "speed": st.none() | st.floats(-40.0, 80.0),
        "elapsed": st.floats(-1.0, 10.0),
        # Held so long that it is believed.
        "times": st.sampled_from([1, 5, 400]),
    }
)
CONFIG = BaselineConfig()
LIMITS = math.radians(CONFIG.ahead_limit_deg), math.radians(CONFIG.head_limit_deg)


def check(baseline: DriverBaseline, measured, number: int) -> int:
    known = baseline.calibration(0.5)
    for progress in (known.progress, known.gaze, known.head):
        assert 0.0 <= progress <= 1.0
    assert math.hypot(*known.gaze_offset) <= LIMITS[0] + 1e-9
    assert all(math.isnan(angle) or abs(angle) <= math.pi for angle in known.head_rest)
    assert known.driver_number >= number
    corrected = baseline.correct(measured)
    if all(map(math.isfinite, (measured.yaw, measured.pitch))):
        assert all(map(math.isfinite, (corrected.yaw, corrected.pitch, *corrected.direction)))
        assert math.hypot(*corrected.direction) == pytest.approx(1.0)
    zone = locate(corrected, CABIN)
    if zone.on_road is not TriState.UNKNOWN:
        assert math.isfinite(zone.probability)
    baseline.snapshot()
    return known.driver_number


@settings(max_examples=80, deadline=None)
@given(looks=st.lists(LOOK, max_size=12), restored=st.booleans())
def test_any_drive_leaves_the_baseline_sound(looks, restored):
    baseline = DriverBaseline(CONFIG, speed_timeout=2.0, camera=CABIN.camera.translation)
    if restored:
        baseline.restore(BaselineSnapshot((0.9, -1.0), (-0.9, 0.9, 1.0), 60.0, 60.0))
    stamp, number = 0, 0
    for look in looks:
        if look["speed"] is not None:
            baseline.observe_vehicle(VehicleState(stamp, look["speed"]))
        for _ in range(look["absent"]):
            stamp += 100_000_000
            baseline.nobody(stamp, 0.1, blind=False)
        source = GazeSource.HEAD if look["from_head"] else GazeSource.EYES
        angles = look["yaw"], look["pitch"]
        measured = gaze(angles if all(map(math.isfinite, angles)) else (0.0, 0.0), look["std"])
        measured = replace(measured, source=source, yaw=look["yaw"], pitch=look["pitch"])
        pose = replace(head(look["head_pitch"], look["head_yaw"]), roll=look["roll"])
        baseline.seen(stamp, look["track"])
        for _ in range(look["times"]):
            stamp += max(0, round(look["elapsed"] * 1e9))
            baseline.learn(stamp, measured, pose, look["elapsed"], shut=look["shut"])
        number = check(baseline, measured, number)
