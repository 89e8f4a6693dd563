"""Core affect states -> real messages -> core states.

Which values stand in the fields is tested in test/unit/io; here, that ROS takes them and that
nothing is lost on the way.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import pytest

pytest.importorskip("rclpy")

from affect_states import full_affect, unknown_affect

from affect_perception.core import enums
from affect_perception.core.errors import InputError
from affect_perception.core.types import AffectState
from affect_perception.msg import AffectState as AffectStateMessage
from affect_perception.msg import ModalityState as ModalityStateMessage
from affect_perception.ros.affect_convert import affect_from_message, affect_to_message

pytestmark = pytest.mark.ros


@pytest.mark.parametrize("state", [full_affect(), unknown_affect()])
def test_there_and_back(state: AffectState) -> None:
    message = affect_to_message(AffectStateMessage(), ModalityStateMessage, state, 0.04)
    assert message.latency == pytest.approx(0.04)
    _assert_same(affect_from_message(message), state)


def _assert_same(found: Any, expected: Any) -> None:
    if dataclasses.is_dataclass(expected):
        for field in dataclasses.fields(expected):  # type: ignore[arg-type]
            _assert_same(getattr(found, field.name), getattr(expected, field.name))
    elif isinstance(expected, tuple):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            _assert_same(one, other)
    elif isinstance(expected, float) and math.isnan(expected):
        assert math.isnan(found)
    elif isinstance(expected, float):
        assert found == pytest.approx(expected, rel=1e-6)
    else:
        assert found == expected


def test_an_unknown_word_is_a_named_error() -> None:
    message = affect_to_message(AffectStateMessage(), ModalityStateMessage, full_affect(), 0.0)
    message.modalities[0].reasons = ["asleep"]
    with pytest.raises(InputError, match="asleep"):
        affect_from_message(message)
    message.modalities[0].reasons = []
    message.disagreeing = ["hand"]
    with pytest.raises(InputError, match="HAND"):
        affect_from_message(message)


def test_constants_of_the_messages_are_those_of_the_enumerations() -> None:
    for message, prefix, numbers in (
        (ModalityStateMessage, "MODALITY", enums.Modality),
        (ModalityStateMessage, "AVAILABILITY", enums.Availability),
        (AffectStateMessage, "AVAILABILITY", enums.Availability),
        (AffectStateMessage, "TRISTATE", enums.TriState),
    ):
        for member in numbers:
            assert getattr(message, f"{prefix}_{member.name}") == member
