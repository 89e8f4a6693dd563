"""Covers the slow part of the driver network in the load monitor: its window, gaps, reset.

Leaves: how good the weights are (docs/driver_network.md).
"""

from __future__ import annotations

import numpy as np
import pytest

from affect_perception.core.buffers import to_ns
from affect_perception.core.config.load import LoadConfig
from affect_perception.core.enums import Availability, LoadReason
from affect_perception.core.errors import ModelContractError
from affect_perception.core.load.driver_normal import DriverView
from affect_perception.core.load.driver_window import HISTORY, WIDTH, DriverWindow, token_rows
from affect_perception.core.load.model import LARGEST
from affect_perception.core.load.monitor import LoadMonitor
from affect_perception.core.load.tokens import LEARNED, LoadToken

pytestmark = pytest.mark.unit

VIEWS = 4


class Window:
    """Says what it was told to; keeps the windows."""

    name = "window"

    def __init__(self, answer=(0.1, 0.7, 0.2)):
        self.answer = answer
        self.bodies = []

    def run(self, body, eyes, voice):
        assert body.dtype == eyes.dtype == voice.dtype == np.float32
        assert (body.shape, eyes.shape, voice.shape) == (
            (1, HISTORY, WIDTH),
            (1, 20, 10),
            (1, 20, 2),
        )
        assert not eyes.any() and not voice.any()  # noqa: PT018
        self.bodies.append(body[0].copy())
        said = np.array([self.answer], np.float32)
        return said, said * (1.0 - said)


def view(value=1.0):
    return DriverView(np.full((VIEWS, len(LEARNED)), value), np.full(len(LEARNED), 300.0))


def test_tokens_stand_in_their_places_newest_last():
    network = Window()
    window = DriverWindow(network)
    for second, value in ((0, 1.0), (10, 2.0), (30, 3.0)):
        window.judge(to_ns(second), view(value))
    newest = network.bodies[-1][:, 0].tolist()
    # Second 20 never came: its place stays empty.
    assert newest == [0.0, 0.0, 1.0, 2.0, 0.0, 3.0]


def test_what_is_too_old_falls_out_also_after_a_gap():
    network = Window()
    window = DriverWindow(network)
    for second in (0, 10, 20, 200):
        window.judge(to_ns(second), view())
    assert np.flatnonzero(network.bodies[-1][:, 0]).tolist() == [HISTORY - 1]


def test_unknown_quantities_are_zero_and_marked():
    values = np.full((VIEWS, len(LEARNED)), 9.0)
    values[:, 0] = np.nan
    (row,) = token_rows(values.reshape(1, -1))
    assert row.shape == (WIDTH,)
    assert row[0] == 0.0
    assert row[1] == LARGEST
    assert row[-len(LEARNED) :].tolist() == [0.0] + [1.0] * (len(LEARNED) - 1)


def test_load_and_stress_are_the_second_and_third_answer():
    judged = DriverWindow(Window()).judge(to_ns(1), view())
    assert (judged.load, judged.stress) == pytest.approx((0.7, 0.2))
    assert judged.channels == ("heart_rate", "hrv", "skin")
    assert judged.known_s == 300.0


def test_nothing_known_is_not_judged_but_leaves_its_place():
    network = Window()
    window = DriverWindow(network)
    assert window.judge(to_ns(0), view(np.nan)) is None
    assert network.bodies == []
    window.judge(to_ns(10), view())
    assert not network.bodies[-1][HISTORY - 2].any()


def test_another_form_of_answers_is_an_error():
    with pytest.raises(ModelContractError, match="window"):
        DriverWindow(Window((0.5, 0.5))).judge(to_ns(0), view())


def token(second):
    return LoadToken(
        to_ns(second), heart_rate_bpm=70.0, rmssd_s=0.04, sdnn_s=0.05, skin_level_us=1.0,
        skin_spread_us=0.02, skin_slope_per_min=0.0, skin_phasic_us=0.01, skin_rising_share=0.3,
    )  # fmt: skip


def test_the_monitor_follows_it_and_forgets_with_the_driver():
    network = Window()
    monitor = LoadMonitor(LoadConfig(), None, network)
    found = [monitor.step(token(10 * i)) for i in range(40)][-1]
    assert found.availability is Availability.AVAILABLE
    assert (found.load, found.stress) == pytest.approx((0.7, 0.2))
    monitor.forget_driver()
    found = monitor.step(token(500))
    assert LoadReason.BASELINE_SHORT in found.reasons
    assert not network.bodies[-1][: HISTORY - 1].any()
