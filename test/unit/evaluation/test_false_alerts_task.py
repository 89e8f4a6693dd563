"""Covers the count of false alerts, lapses found in time, the naive policy, and the whole task on a
few minutes without pictures.

Leaves hours and rendered minutes to the scorecard, and rendering to test/data.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import pytest

from affect_perception.cli.main import main
from affect_perception.core.config import PipelineConfig
from affect_perception.core.enums import AlertLevel
from affect_perception.core.errors import InputError
from affect_perception.evaluation.false_alerts import observed as fa
from affect_perception.evaluation.false_alerts.rendered import Sample, error_metrics
from affect_perception.evaluation.tasks import false_alerts as task
from affect_perception.evaluation.tools import Tools
from affect_perception.io.cabin_file import load_cabin
from affect_perception.sim.attentive_drive import Lapse, drive
from affect_perception.sim.attentive_driver import Plan, Spell

pytestmark = pytest.mark.unit

CABIN = load_cabin("sedan_lhd")
TARGETS = {zone.name: zone.centre for zone in CABIN.zones}
WARNING, INFO = AlertLevel.WARNING, AlertLevel.INFO


def outcome(*said: fa.Said, seconds: float = 1800.0) -> fa.Outcome:
    """A drive in which this was said."""
    return fa.Outcome(seconds, 1000, said, ())


def test_reasons_within_a_second_are_one_alert_and_information_is_none() -> None:
    values = fa.per_hour(
        [
            outcome(
                fa.Said(10.0, WARNING, "long_distraction"),
                fa.Said(10.4, WARNING, "phone_use"),
                fa.Said(20.0, INFO, "degraded"),
                fa.Said(30.0, WARNING, "long_distraction"),
            )
        ]
    )
    assert values["false_alerts_per_hour"] == pytest.approx(4.0)
    assert values["false_alerts_per_hour_info"] == pytest.approx(2.0)
    assert values["false_alerts_per_hour_phone_use"] == pytest.approx(2.0)


def test_a_lapse_is_found_by_a_fitting_warning_in_time() -> None:
    lapse = Lapse("long_glance", 100.0, 5.0, "infotainment")

    def delay(*said: fa.Said) -> float:
        return fa.judged([lapse], said)[0].delay_s

    assert delay(fa.Said(103.0, WARNING, "long_distraction")) == pytest.approx(3.0)
    assert math.isnan(delay(fa.Said(105.0, WARNING, "long_distraction")))
    assert math.isnan(delay(fa.Said(103.0, WARNING, "microsleep")))
    assert math.isnan(delay(fa.Said(103.0, INFO, "long_distraction")))
    assert math.isnan(delay(fa.Said(99.0, WARNING, "long_distraction")))


def play(plan: Plan, lapses: tuple[Lapse, ...] = (), rate: float = 20.0) -> fa.Outcome:
    """A plan through the pipeline."""
    return fa.watch_drive(drive(plan, TARGETS, 1, rate, lapses), CABIN, 1, PipelineConfig())


QUIET = Plan(90.0, ((0.0, 20.0), (90.0, 20.0)), (), ())


def test_nothing_is_said_of_a_driver_who_looks_ahead() -> None:
    seen = play(QUIET)
    assert seen.said == ()
    assert seen.duration_s == pytest.approx(90.0, abs=0.2)


@pytest.mark.parametrize("kind", range(len(task.LAPSES)))
def test_each_lapse_is_found_after_a_calm_minute(kind: int) -> None:
    lapse = replace(task.LAPSES[kind], at=50.0)
    _, within = fa.EXPECTED[lapse.kind]
    until_judged = replace(QUIET, duration_s=lapse.at + max(within, lapse.length) + 2.0)
    verdict = fa.judged([lapse], play(until_judged, (lapse,)).said)[0]
    assert verdict.found


def test_unseen_eyes_are_closed_to_the_naive_policy_only() -> None:
    seen = play(replace(QUIET, blinded=(Spell(40.0, 2.0),)))
    assert [s.reason for s in seen.naive if 39.0 < s.time_s < 43.0] == ["microsleep"]
    assert seen.said == ()


def test_lapses_fit_into_a_drive_and_take_turns() -> None:
    lapses = task.lapses_of(1800.0, first=2)
    assert [x.kind for x in lapses[:3]] == ["phone", "long_glance", "short_glances"]
    assert all(b.at >= a.at + a.length + 30.0 for a, b in itertools.pairwise(lapses))
    assert lapses[-1].at + lapses[-1].length < 1800.0
    assert {x.kind for x in lapses} == set(fa.EXPECTED)


def test_errors_of_sight_are_taken_apart() -> None:
    samples = [
        Sample(0, i / 10, y := (i % 9) * 5.0 - 20.0, 0.0, -0.2 * y + 1.0, 0.0, 4.0, 4.0,
               eyes_readable=True, face_found=True)
        for i in range(90)
    ]  # fmt: skip
    values = error_metrics(samples)
    assert values["rendered_gaze_gain_yaw"] == pytest.approx(0.8)
    assert values["rendered_gaze_bias_deg_yaw"] == pytest.approx(1.0)
    assert values["rendered_gaze_spread_deg_yaw"] == pytest.approx(0.0, abs=1e-9)
    assert values["rendered_eyes_readable"] == 1.0


@pytest.mark.parametrize(
    "wrong", [{"hours": 0.0}, {"rendered_minutes": -1.0}, {"seed": -1}, {"hours": math.nan}]
)
def test_options_out_of_range_are_refused(wrong: dict) -> None:
    with pytest.raises(InputError, match="--"):
        task.Options(**wrong)


def test_a_few_minutes_are_the_same_every_time() -> None:
    options = task.Options(hours=0.02, rendered_minutes=0.0)
    config = PipelineConfig()
    first, second = (task.play_calm(options, config, CABIN, Tools()) for _ in range(2))
    assert first == second
    assert first[0].states > 1000


def test_options_of_one_task_are_refused_by_others(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "synthetic", "--hours", "1"]) == 2
    assert "--hours does not belong to 'evaluate synthetic'" in capsys.readouterr().err
