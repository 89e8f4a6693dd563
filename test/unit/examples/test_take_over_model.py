"""Covers the arithmetic of the take-over readiness and what becomes of stale, missing and unknown.

The node around it is tested in test/ros/test_take_over_readiness.py. That its times fit drivers is
tested nowhere: docs/planners.md says so.
"""

from __future__ import annotations

import importlib.util
import math
import re
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

pytestmark = pytest.mark.unit

ROOT = Path(__file__).resolve().parents[3]
NOW = 100_000_000_000


def _model() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "take_over_model", ROOT / "examples" / "take_over_model.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


model = _model()


def constants(name: str) -> dict[str, int]:
    text = (ROOT / "msg" / f"{name}.msg").read_text()
    return {key: int(value) for key, value in re.findall(r"^uint8 (\w+)=(\d+)", text, re.MULTILINE)}


def message(name: str, age_s: float, **fields: Any) -> Any:
    sec, nanosec = divmod(NOW - round(age_s * 1e9), 10**9)
    header = SimpleNamespace(stamp=SimpleNamespace(sec=sec, nanosec=nanosec))
    return SimpleNamespace(header=header, **constants(name), **fields)


def attention(age_s: float = 0.05, **changes: Any) -> Any:
    """An alert driver who watches the road."""
    values = constants("AttentionState")
    fields = {
        "availability": values["AVAILABILITY_AVAILABLE"],
        "degradation_reasons": [],
        "drowsiness": values["DROWSINESS_ALERT"],
        "distraction": values["DISTRACTION_NONE"],
        "eyes_on_road": values["TRISTATE_YES"],
        "attention_buffer": 2.0,
        "calibration_progress": 1.0,
    }
    return message("AttentionState", age_s, **(fields | changes))


def affect(age_s: float = 0.05, load: float = 0.2) -> Any:
    return message("AffectState", age_s, cognitive_load=load)


def found(state: Any, feeling: Any = None) -> Any:
    return model.readiness(state, feeling or affect(), NOW)


def test_who_watches_the_road_is_ready() -> None:
    result = found(attention())
    assert result.availability == attention().AVAILABILITY_AVAILABLE
    assert (result.reasons, result.causes) == ([], [])
    assert result.time_to_regain == 0.0
    assert result.time_to_regain_std == pytest.approx(1.45)
    assert result.confidence == 1.0
    assert result.stamp_ns == model.stamp_ns(attention())


def test_a_look_away_costs_the_reaction_and_what_the_buffer_lacks() -> None:
    result = found(attention(eyes_on_road=attention().TRISTATE_NO, attention_buffer=0.5))
    assert result.time_to_regain == pytest.approx(0.7 + 1.5 + 0.1)
    assert result.causes == ["eyes_off_road"]


def test_eyes_that_have_come_back_need_the_buffer_only() -> None:
    assert found(attention(attention_buffer=1.5)).time_to_regain == pytest.approx(0.6)


def test_a_phone_is_put_away_first() -> None:
    state = attention(
        eyes_on_road=attention().TRISTATE_NO,
        attention_buffer=0.0,
        distraction=attention().DISTRACTION_PHONE_USE,
    )
    result = found(state)
    assert result.time_to_regain == pytest.approx(0.7 + 2.1 + 1.33)
    assert result.causes == ["eyes_off_road", "phone_use"]


@pytest.mark.parametrize("level", ["DROWSINESS_MICROSLEEP", "DROWSINESS_SLEEP"])
def test_who_sleeps_has_no_buffer_and_wakes_first(level: str) -> None:
    asleep = attention(drowsiness=getattr(attention(), level), attention_buffer=math.nan)
    result = found(asleep)
    assert result.time_to_regain == pytest.approx(0.7 + 2.1 + 3.0)
    assert result.causes == ["eyes_off_road", "asleep"]


def test_drowsiness_and_load_widen_the_time_only() -> None:
    drowsy = found(attention(drowsiness=attention().DROWSINESS_DROWSY), affect(load=0.9))
    assert drowsy.time_to_regain == 0.0
    assert drowsy.time_to_regain_std == pytest.approx(math.hypot(1.45, 1.0, 0.5))
    assert drowsy.causes == ["drowsy", "high_load"]


def test_unknown_load_widens_it_too_and_is_no_cause() -> None:
    result = found(attention(), affect(load=math.nan))
    assert result.time_to_regain_std == pytest.approx(math.hypot(1.45, 0.5))
    assert result.causes == []


@pytest.mark.parametrize(
    ("feeling", "reason"), [(None, "no_affect_state"), (affect(3.0), "stale_affect_state")]
)
def test_without_affect_it_is_degraded(feeling: Any, reason: str) -> None:
    result = model.readiness(attention(), feeling, NOW)
    assert result.availability == attention().AVAILABILITY_DEGRADED
    assert result.reasons == [reason]
    assert result.time_to_regain == 0.0
    assert result.confidence == 0.5


def test_nothing_received_is_unknown() -> None:
    result = model.readiness(None, affect(), NOW)
    assert (result.availability, result.stamp_ns) == (0, 0)
    assert result.reasons == ["no_attention_state"]
    assert math.isnan(result.time_to_regain)


@pytest.mark.parametrize("age_s", [0.6, 100.0, -0.6])
def test_a_state_of_another_time_says_nothing(age_s: float) -> None:
    result = found(attention(age_s))
    assert result.availability == attention().AVAILABILITY_UNAVAILABLE
    assert result.reasons == ["stale_attention_state"]
    assert math.isnan(result.time_to_regain)
    assert math.isnan(result.time_to_regain_std)
    assert result.confidence == 0.0


@pytest.mark.parametrize("level", ["AVAILABILITY_UNKNOWN", "AVAILABILITY_UNAVAILABLE"])
def test_unavailable_keeps_the_reasons(level: str) -> None:
    state = attention(availability=getattr(attention(), level), degradation_reasons=["no_frame"])
    result = found(state)
    assert result.availability == attention().AVAILABILITY_UNAVAILABLE
    assert result.reasons == ["no_frame"]
    assert math.isnan(result.time_to_regain)


def test_an_unknown_buffer_is_no_full_one() -> None:
    result = found(attention(attention_buffer=math.nan, degradation_reasons=["no_face"]))
    assert result.availability == attention().AVAILABILITY_UNAVAILABLE
    assert result.reasons == ["no_face", "attention_unknown"]
    assert math.isnan(result.time_to_regain)


def test_unknown_eyes_count_as_off_the_road() -> None:
    result = found(attention(eyes_on_road=attention().TRISTATE_UNKNOWN))
    assert result.causes == ["eyes_off_road"]
    assert result.time_to_regain == pytest.approx(0.7)


@pytest.mark.parametrize(("progress", "expected"), [(0.0, 0.5), (0.5, 0.75), (math.nan, 0.5)])
def test_a_driver_who_is_not_known_yet_is_trusted_less(progress: float, expected: float) -> None:
    assert found(attention(calibration_progress=progress)).confidence == pytest.approx(expected)


def test_every_reason_is_in_the_message() -> None:
    text = (ROOT / "msg" / "TakeOverReadiness.msg").read_text()
    source = (ROOT / "examples" / "take_over_model.py").read_text()
    words = set(re.findall(r'"((?:no|stale|attention)_\w+)"', source))
    assert len(words) == 5
    assert all(word in text for word in words)
    assert set(constants("TakeOverReadiness")) == {
        name for name in constants("AttentionState") if name.startswith("AVAILABILITY")
    }
