"""Reading the eye network's outputs into units. Leaves: the weights (data tests, scorecard)."""

from __future__ import annotations

import math

import numpy as np
import pytest

from affect_perception.core.errors import InputError
from affect_perception.core.vision.eye_network import LARGEST_STD, SMALLEST_STD, EyeNetwork

pytestmark = pytest.mark.unit


TENTH = math.log(0.1)


class TinyNetwork:
    """Gives yaw = mean grey level / 1000; keeps what it was asked."""

    name = "tiny"

    def __init__(self, spread=TENTH, state=(2.0, -2.0)):
        self.spread, self.state, self.asked = spread, state, []

    def run(self, *inputs):
        (patches,) = inputs
        self.asked.append(patches.shape)
        n = len(patches)
        gaze = np.zeros((n, 4), np.float32)
        gaze[:, 0] = patches.reshape(n, -1).mean(axis=1) / 1000.0
        gaze[:, 1], gaze[:, 2:] = -0.2, self.spread
        lid = np.tile(np.array([[-0.1, math.log(0.2)]], np.float32), (n, 1))
        return gaze, lid, np.tile(np.array([self.state], np.float32), (n, 1))


def patch(level):
    return np.full((36, 60), level, np.uint8)


def test_reads_a_pair_in_one_run():
    network = TinyNetwork()
    first, second = EyeNetwork(network).read([patch(100), patch(200)])
    assert network.asked == [(2, 1, 36, 60)]
    assert (first.yaw, second.yaw) == pytest.approx((0.1, 0.2))
    assert first.pitch == pytest.approx(-0.2)
    assert first.yaw_std == pytest.approx(0.1)
    assert first.opening == 0.0
    assert first.opening_std == pytest.approx(0.2)
    assert first.closed == pytest.approx(1.0 / (1.0 + math.exp(-2.0)))
    assert first.usable == pytest.approx(1.0 / (1.0 + math.exp(2.0)))


@pytest.mark.parametrize(
    ("spread", "expected"), [(-50.0, SMALLEST_STD), (50.0, LARGEST_STD), (math.nan, LARGEST_STD)]
)
def test_absurd_spreads_are_held_within_bounds(spread, expected):
    (reading,) = EyeNetwork(TinyNetwork(spread)).read([patch(0)])
    assert reading.yaw_std == pytest.approx(expected)


def test_extreme_logits_do_not_overflow():
    (reading,) = EyeNetwork(TinyNetwork(state=(1e6, -1e6))).read([patch(0)])
    assert (reading.closed, reading.usable) == pytest.approx((1.0, 0.0))


def test_no_patches_need_no_run():
    network = TinyNetwork()
    assert EyeNetwork(network).read([]) == ()
    assert network.asked == []


@pytest.mark.parametrize("wrong", [np.zeros((36, 60), np.float32), np.zeros((60, 36), np.uint8)])
def test_another_size_or_type_is_refused(wrong):
    with pytest.raises(InputError, match="eye patches must be uint8"):
        EyeNetwork(TinyNetwork()).read([wrong])
