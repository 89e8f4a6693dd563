"""Covers which reasons the two eyes give, and that eyes not seen are never said to be closed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from affect_perception.core.enums import GazeSource, Reason
from affect_perception.core.types import EyeObservation
from affect_perception.core.vision.face_reasons import eye_reasons

pytestmark = pytest.mark.unit

OPEN = EyeObservation(True, "", 0.65, 1.0, 0.1, (300.0, 200.0), 6.0, 0.7)
SHUT = replace(OPEN, openness=0.05)


def reasons(left, right, source=GazeSource.EYES):
    return eye_reasons(left, right, source, 0.25)


def test_open_eyes_need_no_reason():
    assert reasons(OPEN, OPEN) == []


@pytest.mark.parametrize(
    ("cause", "named"), [("glare", Reason.GLARE), ("covered", Reason.FACE_OCCLUDED)]
)
def test_glare_and_cover_are_named_even_of_one_eye(cause, named):
    assert reasons(EyeObservation.unusable(cause), OPEN) == [Reason.LEFT_EYE_UNUSABLE, named]
    assert reasons(OPEN, EyeObservation.unusable(cause)) == [Reason.RIGHT_EYE_UNUSABLE, named]


def test_eyes_not_seen_are_not_closed():
    unseen = EyeObservation.unusable("lowered")
    assert Reason.EYES_CLOSED not in reasons(unseen, unseen, GazeSource.HEAD)
    assert Reason.EYES_UNUSABLE in reasons(unseen, unseen, GazeSource.HEAD)


def test_closed_needs_every_usable_eye_shut():
    assert Reason.EYES_CLOSED in reasons(SHUT, SHUT, GazeSource.HEAD)
    assert Reason.EYES_CLOSED in reasons(SHUT, EyeObservation.unusable("glare"), GazeSource.HEAD)
    assert Reason.EYES_CLOSED not in reasons(SHUT, OPEN, GazeSource.EYES)
