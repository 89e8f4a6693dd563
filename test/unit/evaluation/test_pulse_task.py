"""Covers how rates read from the face are scored, the scenes' scripts, and bad requests.

Leaves to others: the whole run on rendered scenes, which takes minutes (docs/scorecard.md).
"""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from affect_perception.core.enums import Availability, PulseReason
from affect_perception.core.errors import InputError
from affect_perception.core.types import PulseObservation
from affect_perception.evaluation.pulse.scenes import PulseScene, counted_rate, scenes
from affect_perception.evaluation.pulse.traces import mean_rate
from affect_perception.evaluation.pulse.watch import PulseSecond
from affect_perception.evaluation.tasks import pulse
from affect_perception.evaluation.tools import Request, Tools
from affect_perception.sim.body.script import BodyScript

pytestmark = pytest.mark.unit


def second(bpm: float, *, told: bool = True, std: float = 2.0, quality: float = 0.9) -> PulseSecond:
    rate = PulseObservation(Availability.DEGRADED, (), bpm, std, quality, 10.0)
    none = PulseObservation(
        Availability.UNAVAILABLE, (PulseReason.NOT_CLEAR,), quality=quality, window=10.0
    )
    return PulseSecond(12.0, rate if told else none, bpm, {"pos": bpm + 10.0})


def scored(scene: PulseScene, truth: float, *seconds: PulseSecond) -> list[pulse._Scored]:
    return [pulse._Scored(scene, s, truth) for s in seconds]


def test_scores_are_of_told_rates_and_coverage_of_all_seconds() -> None:
    motion = next(s for s in scenes() if s.name == "motion_75")
    empty = next(s for s in scenes() if s.name == "no_pulse")
    rows = [
        *scored(motion, 75.0, second(76.0), second(79.0, std=1.0), second(95.0, told=False)),
        *scored(motion, 75.0, second(75.0, quality=0.95)),
        *scored(empty, 70.0, second(70.0, quality=0.1, told=False), second(50.0, quality=0.85)),
    ]
    values = pulse._metrics(rows)
    assert values["hr_mae_bpm"] == pytest.approx(5.0 / 3.0)
    assert values["hr_mae_bpm_moderate_motion"] == pytest.approx(5.0 / 3.0)
    assert values["coverage"] == pytest.approx(0.75)
    assert values["coverage_no_pulse"] == pytest.approx(0.5)
    assert values["within_5_bpm"] == 1.0
    assert values["within_one_std"] == pytest.approx(2.0 / 3.0)
    assert "hr_mae_bpm_no_pulse" not in values
    simple = pulse._simple(rows[:4], "pos")
    assert simple["hr_mae_bpm"] == pytest.approx((11.0 + 14.0 + 30.0 + 10.0) / 4.0)


def test_the_scorecard_takes_the_scenes_of_its_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Request] = []
    monkeypatch.setattr(pulse, "_synthetic", lambda request, tools: asked.append(request))
    for name, split in (
        ("built-in scenarios", None),
        ("built-in scenarios", "x"),
        ("synthetic", None),
    ):
        pulse.evaluate(Request(Path(name), split, "c"), None)  # type: ignore[arg-type]
    assert [r.split for r in asked] == [",".join(pulse.BRIEF), "x", None]
    assert {*pulse.MODERATE, "no_pulse"} <= {*pulse.BRIEF} <= {s.name for s in scenes()}


def test_every_scene_has_a_script_and_a_name_of_its_own() -> None:
    found = scenes()
    assert len({s.name for s in found}) == len(found)
    assert set(pulse.MODERATE) < {s.name for s in found if s.rate_expected}
    for scene in found:
        script = scene.scenario()
        assert script.body is not None
        assert script.body.skin_pulse == scene.amplitude


def test_the_truth_is_the_rate_of_the_beats_of_the_window() -> None:
    rising = next(s for s in scenes() if s.name == "still_rising")
    body = BodyScript(rising.scenario())
    assert counted_rate(body, 0.0, 8.0) == pytest.approx(68.0, abs=6.0)
    assert counted_rate(body, 26.0, 34.0) == pytest.approx(92.0, abs=6.0)
    assert mean_rate(body.beats, 26.0, 34.0) == pytest.approx(counted_rate(body, 26.0, 34.0))


def test_unknown_scenes_and_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="scenes are"):
        pulse.evaluate(Request(Path("synthetic"), "nobody", "x"), Tools())
    with pytest.raises(InputError, match="no folder"):
        pulse.evaluate(Request(tmp_path / "none", None, "x"), Tools())
    with pytest.raises(InputError, match="no clip"):
        pulse.evaluate(Request(tmp_path, None, "x"), Tools())


def test_rows_hold_what_is_needed_to_look_at_an_error() -> None:
    row = pulse._row("motion_75", second(95.0, told=False), 75.0)
    assert math.isnan(float(str(row["bpm"])))
    assert row["bpm_kept_back"] == 95.0
    assert row["reasons"] == "not_clear"
    assert row["pos_bpm"] == 105.0
