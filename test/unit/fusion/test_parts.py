"""Covers the parts of the combination: filter, product of classes, heart rate, surprise.

Leaves to others: the time line (test_alignment.py), the whole (test_fusion.py).
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from affect_perception.core.affect_classes import AFFECT_CLASSES
from affect_perception.core.buffers import to_ns
from affect_perception.core.config import FusionConfig
from affect_perception.core.enums import Modality
from affect_perception.core.fusion.affect_filter import (
    ERROR_TIME,
    AffectFilter,
    Belief,
)
from affect_perception.core.fusion.agreement import Disagreements, surprises
from affect_perception.core.fusion.class_product import (
    PRIOR_HEARD,
    PRIOR_SEEN,
    combined,
    evidence_ratio,
)
from affect_perception.core.fusion.evidence import Affect, Evidence, Rate
from affect_perception.core.fusion.held_values import (
    STATE_STD,
    aged_state,
    heart_rate,
    state_weight,
)
from affect_perception.core.fusion.rest import REST_STD, freed_from_rest
from affect_perception.core.fusion.surprise import class_surprise, contradiction, level_surprise

pytestmark = pytest.mark.unit


def measured(seconds: float, value: float, var: float, modality: Modality) -> Evidence:
    affect = Affect(value, value, var, var)
    return Evidence(to_ns(seconds), modality, True, affect=affect)


def test_at_rest_nothing_is_known_and_with_time_everything_goes_there() -> None:
    rules = AffectFilter(10.0)
    belief = rules.taken(Belief.at_rest(0), measured(0.0, 0.8, 0.01, Modality.FACE))
    assert belief.valence.mean > 0.7
    late = rules.advanced(belief, to_ns(100.0))
    assert late.valence.mean == pytest.approx(0.0, abs=1e-3)
    assert late.valence.std == pytest.approx(REST_STD[0], rel=1e-3)
    assert sum(late.valence.shares) < 1e-3


def test_a_reading_freed_from_rest_gives_the_reading_again_with_rest() -> None:
    rest = REST_STD[0]
    value, variance = freed_from_rest(0.3, 0.3, rest)
    together = 1.0 / (1.0 / variance + 1.0 / rest**2)
    assert together == pytest.approx(0.09)
    assert together * value / variance == pytest.approx(0.3)
    # One that says what rest says has next to no weight.
    assert freed_from_rest(0.1, rest, rest)[1] >= 50.0
    assert freed_from_rest(0.5, 0.5, rest)[0] == 1.0


def test_one_measurement_is_the_mean_weighted_by_precision() -> None:
    rest = REST_STD[0] ** 2
    belief = AffectFilter(10.0).taken(Belief.at_rest(0), measured(0.0, 0.6, 0.09, Modality.VOICE))
    gain = rest / (rest + 0.09)
    assert belief.valence.mean == pytest.approx(gain * 0.6)
    assert belief.valence.variance == pytest.approx(rest * 0.09 / (rest + 0.09))
    assert belief.valence.shares == (0.0, pytest.approx(gain), 0.0)


def test_the_mean_is_what_the_shares_say() -> None:
    rules, belief = AffectFilter(10.0), Belief.at_rest(0)
    values = {Modality.FACE: 0.5, Modality.VOICE: -0.5, Modality.PHYSIO: 0.2}
    rows = [measured(0.3 * i, v, 0.1, m) for i, (m, v) in enumerate(values.items())]
    belief = rules.after(belief, rows * 3, to_ns(2.0))
    mean = sum(s * v for s, v in zip(belief.valence.shares, values.values(), strict=True))
    assert belief.valence.mean == pytest.approx(mean)


def test_how_often_a_sensor_repeats_itself_makes_no_difference() -> None:
    rules = AffectFilter(10.0)
    found = []
    for rate in (5.0, 30.0, 120.0):
        rows = [measured(i / rate, 0.5, 0.2, Modality.FACE) for i in range(int(20 * rate))]
        found.append(rules.after(Belief.at_rest(0), rows, to_ns(20.0)).valence)
    for one in found[1:]:
        assert one.std == pytest.approx(found[0].std, rel=0.02)
        assert one.mean == pytest.approx(found[0].mean, rel=0.02)
    # Kalman and Bucy's steady state: 0 = -2 P / T + 2 S^2 / T - P^2 / (2 R c).
    spread, density = REST_STD[0] ** 2, 2 * 0.2 * ERROR_TIME[Modality.FACE]
    root = np.roots([1.0 / density, 0.2, -0.2 * spread]).max()
    assert found[-1].variance == pytest.approx(root, rel=0.03)


def test_age_widens() -> None:
    rules = AffectFilter(10.0)
    fresh = rules.taken(Belief.at_rest(to_ns(2.0)), measured(2.0, 0.5, 0.1, Modality.FACE))
    old = rules.taken(Belief.at_rest(to_ns(2.0)), measured(0.5, 0.5, 0.1, Modality.FACE))
    assert old.valence.variance > fresh.valence.variance
    assert old.stamp_ns == fresh.stamp_ns


def test_a_face_alone_says_what_the_face_says() -> None:
    shares = np.array([0.5, 0.1, 0.05, 0.1, 0.1, 0.05, 0.05, 0.05])
    product = combined({Modality.FACE: (shares, 1.0)})
    assert product.probabilities == pytest.approx(shares)
    assert product.weights == {Modality.FACE: 0.5}


def test_a_voice_that_knows_nothing_changes_nothing_and_contempt_is_not_its_business() -> None:
    shares = np.array([0.3, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1])
    assert evidence_ratio(PRIOR_HEARD, PRIOR_HEARD) == pytest.approx(np.zeros(8))
    both = combined({Modality.FACE: (shares, 1.0), Modality.VOICE: (PRIOR_HEARD, 1.0)})
    assert both.probabilities == pytest.approx(shares)
    alone = combined({Modality.VOICE: (PRIOR_HEARD, 1.0)})
    assert math.isnan(alone.probabilities[AFFECT_CLASSES.index("contempt")])
    assert alone.probabilities[:7] == pytest.approx(PRIOR_SEEN[:7] / PRIOR_SEEN[:7].sum())
    assert np.isnan(combined({}).probabilities).all()


def test_two_that_agree_are_surer_than_each() -> None:
    angry = np.full(8, 0.08)
    angry[4] = 0.44
    heard = np.where(np.isnan(PRIOR_HEARD), np.nan, angry / np.delete(angry, 7).sum())
    seen = combined({Modality.FACE: (angry, 1.0)}).probabilities[4]
    both = combined({Modality.FACE: (angry, 1.0), Modality.VOICE: (heard, 1.0)}).probabilities[4]
    faded = combined({Modality.FACE: (angry, 1.0), Modality.VOICE: (heard, 0.1)}).probabilities[4]
    assert seen < faded < both


def test_heart_rates_by_precision_and_doubt_where_they_differ() -> None:
    body, face = Rate(70.0, 1.0, 0.9), Rate(73.0, 3.0, 0.5)
    found = heart_rate({Modality.PHYSIO: (body, 0.0), Modality.FACE: (face, 0.0)})
    assert found.rate.value == pytest.approx(70.3)
    assert found.rate.std == pytest.approx(1 / math.sqrt(1 + 1 / 9))
    assert sum(found.weights.values()) == pytest.approx(1.0)
    assert found.rate.quality == pytest.approx(0.86)
    far = heart_rate({Modality.PHYSIO: (body, 0.0), Modality.FACE: (Rate(110.0, 3.0), 0.0)})
    assert far.rate.std > 10.0
    aged = heart_rate({Modality.PHYSIO: (body, 8.0), Modality.FACE: (face, 0.0)})
    assert aged.weights[Modality.PHYSIO] == pytest.approx(0.5)
    assert math.isnan(heart_rate({Modality.FACE: (Rate(), 0.0)}).rate.value)


def test_load_widens_with_age_up_to_not_knowing() -> None:
    assert aged_state(0.7, 0.1, 0.0) == (0.7, pytest.approx(0.1))
    assert 0.1 < aged_state(0.7, 0.1, 20.0)[1] < aged_state(0.7, 0.1, 60.0)[1] < STATE_STD
    assert aged_state(0.7, 0.1, 1e4)[1] == pytest.approx(STATE_STD)
    assert all(map(math.isnan, aged_state(math.nan, 0.1, 0.0)))
    assert state_weight(0.7, 0.0) == 1.0
    assert state_weight(math.nan, 0.0) == 0.0


def test_surprise_of_classes() -> None:
    prior = np.full(4, 0.25)
    one, other = np.array([6.0, 0, 0, 0]), np.array([0, 6.0, 0, 0])
    assert class_surprise(np.zeros(4), one, prior) == pytest.approx(0.0)
    assert class_surprise(one, one, prior) == pytest.approx(-math.log(4), abs=0.05)
    assert class_surprise(one, other, prior) > 3.0
    assert contradiction(-2.0) < contradiction(0.0) < contradiction(4.0) < 1.0


def test_surprise_of_levels_is_a_normal_tail() -> None:
    assert level_surprise(0.0, 1.0) == 0.0
    assert level_surprise(1.959964, 1.0) == pytest.approx(0.95, abs=1e-4)


def test_with_one_modality_there_is_nothing_to_compare() -> None:
    shares = np.full(8, 0.125)
    calm = Affect(0.0, -0.3, 0.1, 0.05)
    assert surprises({Modality.FACE: shares}, {Modality.FACE: calm}) == {}
    tense = Affect(-0.5, 0.9, 0.3, 0.05)
    found = surprises({Modality.FACE: shares}, {Modality.FACE: calm, Modality.PHYSIO: tense})
    assert set(found) == {Modality.FACE, Modality.PHYSIO}
    assert found[Modality.PHYSIO] > 0.8


def test_a_disagreement_is_named_after_a_while_and_until_it_ends() -> None:
    watch = Disagreements(FusionConfig(disagree=0.9, disagree_after=1.0))
    high = {Modality.FACE: 0.95, Modality.VOICE: 0.95}
    assert watch.step(high, to_ns(0.0)) == ()
    assert watch.step(high, to_ns(0.9)) == ()
    assert watch.step(high, to_ns(1.0)) == (Modality.FACE, Modality.VOICE)
    assert watch.step({Modality.FACE: 0.5, Modality.VOICE: 0.95}, to_ns(1.1)) == (Modality.VOICE,)
    assert watch.step({}, to_ns(1.2)) == ()
