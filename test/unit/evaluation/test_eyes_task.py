"""Covers the rates of open and closed eyes on hand-made rows.

Leaves pictures and networks to test/data.
"""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from affect_perception.evaluation.datasets.faces import FaceSample
from affect_perception.evaluation.tasks.eyes import EyesRow, score

pytestmark = pytest.mark.unit


def row(label: bool, answer: bool | None, *, found: bool = True) -> EyesRow:
    """A picture with label and answer."""
    openness = math.nan if answer is None else 0.1 if answer else 0.9
    return EyesRow(FaceSample(Path("a.jpg"), label), found, answer, openness)


def test_faces_not_found_count_as_missed() -> None:
    values = score([row(True, True), row(True, False), row(True, None, found=False)])
    assert values["recall_closed"] == pytest.approx(1 / 3)
    assert values["recall_closed_judged"] == pytest.approx(0.5)
    assert values["found_rate"] == pytest.approx(2 / 3)
    assert values["judged_rate"] == pytest.approx(2 / 3)
    assert "false_closed_rate" not in values


def test_open_eyes_taken_for_closed_are_of_those_judged() -> None:
    rows = [row(False, False)] * 6 + [row(False, True), row(False, None, found=False)]
    values = score(rows)
    assert values["false_closed_rate"] == pytest.approx(1 / 7)
    assert values["judged_rate"] == pytest.approx(7 / 8)
    assert "recall_closed" not in values
