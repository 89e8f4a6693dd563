"""Covers the rates of open and closed eyes, and their gaps between groups, on hand-made rows.

Leaves pictures and networks to test/data.
"""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from affect_perception.evaluation.datasets.faces import FaceSample
from affect_perception.evaluation.tasks.eyes import EyesRow, score

pytestmark = pytest.mark.unit


def row(label: bool, answer: bool | None, race: str = "", *, found: bool = True) -> EyesRow:
    """A picture with label and answer."""
    openness = math.nan if answer is None else 0.1 if answer else 0.9
    groups = {"race": race} if race else {}
    return EyesRow(FaceSample(Path("a.jpg"), label, groups), found, answer, openness)


def test_faces_not_found_count_as_missed() -> None:
    values = score([row(True, True), row(True, False), row(True, None, found=False)])
    assert values["recall_closed"] == pytest.approx(1 / 3)
    assert values["recall_closed_judged"] == pytest.approx(0.5)
    assert values["found_rate"] == pytest.approx(2 / 3)
    assert values["judged_rate"] == pytest.approx(2 / 3)
    assert "false_closed_rate" not in values


def test_gaps_between_groups() -> None:
    rows = (
        [row(False, False, "white")] * 4
        + [row(False, True, "black")]
        + [
            row(False, False, "black"),
            row(False, None, "black", found=False),
            row(False, False, "black"),
        ]
    )
    values = score(rows)
    assert values["false_closed_rate_race_black"] == pytest.approx(1 / 3)
    assert values["worst_group_gap_false_closed_rate_race"] == pytest.approx(1 / 3)
    assert values["worst_group_gap_found_rate_race"] == pytest.approx(0.25)
    assert values["n_race_white"] == 4
    assert "recall_closed" not in values
