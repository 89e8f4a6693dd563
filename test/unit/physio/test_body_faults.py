"""What the pipeline says of scripted sensors that fail: a few cases, their judging, the table.

Leaves: all cases (`evaluate body_faults`), real signals (test/data).
"""

from __future__ import annotations

import functools
import math

import numpy as np
import pytest

from affect_perception.evaluation.physio.fault_cases import CASES, Answer, Case, answer
from affect_perception.evaluation.tasks.body_faults import fault_table

pytestmark = pytest.mark.unit

BY_NAME = {case.name: case for case in CASES}


@functools.cache
def answer_of(name: str) -> Answer:
    return answer(BY_NAME[name], seed=5)


@pytest.mark.parametrize(
    ("name", "reason", "back_s"),
    [
        ("ecg_lead_off", "lead_off", 5.0),
        ("ecg_lead_off_untold", "flat", 5.0),
        ("eda_lead_off_untold", "lead_off", 5.0),
        ("ecg_clock_forward", "signal_gap", 2.0),
        ("ppg_not_a_number", "not_a_number", 12.0),
        ("eda_lead_off", "lead_off", 5.0),
        ("respiration_lead_off", "lead_off", 35.0),
    ],
)
def test_a_fault_is_told_nothing_wrong_is_said_and_the_figure_comes_back(
    name: str, reason: str, back_s: float
) -> None:
    found = answer_of(name)
    assert reason in found.reasons
    assert found.wrong_s == 0.0
    assert found.back_s < back_s


@pytest.mark.parametrize(
    "name", ["ecg_mains_hum_50", "ecg_reordered", "ecg_duplicated", "ecg_drift", "ecg_motion"]
)
def test_what_does_no_harm_changes_nothing(name: str) -> None:
    found = answer_of(name)
    assert (found.known_share, found.wrong_s) == (1.0, 0.0)
    assert found.error < 1.0


def test_a_rate_that_is_wrong_in_the_header_is_told_and_learned() -> None:
    found = answer_of("ecg_rate_2_percent")
    assert "rate_wrong" in found.reasons
    assert found.error < 1.0


def test_in_a_gap_there_is_no_observation() -> None:
    found = answer_of("ecg_gap")
    assert math.isnan(found.known_share)
    assert "| no observation |" in fault_table([found])


def test_a_signal_that_lies_is_found_out_by_the_script() -> None:
    # The judge itself: a level that is off by more than the tolerance counts as wrong.
    found = answer(Case("eda_far_off", "eda", "kind: drift, strength: 20"), seed=5)
    assert found.wrong_s > 5.0
    assert found.error > 0.5


def test_the_table_has_a_row_for_each_case_that_was_played() -> None:
    rows = fault_table([answer_of("ecg_duplicated")]).splitlines()
    assert len(rows) == 3
    assert rows[2].startswith("| ecg | duplicated | nothing | 100 % | 0.")


def test_cases_have_names_of_their_own() -> None:
    assert len(BY_NAME) == len(CASES)
    assert np.isin([case.sensor for case in CASES], ["ecg", "ppg", "eda", "respiration"]).all()
