"""Covers how weights of the covered mouth are fitted, and the drawn covers, on made faces.

Leaves the real pictures to the command itself (docs/expression.md has its figures).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from affect_perception.evaluation.synthetic.mouth_covers import KINDS, cover_mouth
from affect_perception.training.mouth_cover import (
    FALSE_ALARMS,
    FER2013,
    OPEN,
    Seen,
    fitted,
    told,
)

pytestmark = pytest.mark.unit


def made(count: int) -> list[Seen]:
    """Covers take the third number away, and nothing else; every other face is scored."""
    chance, seen = np.random.default_rng(0), []
    for place in range(count):
        kind = (OPEN, *KINDS)[place % (1 + len(KINDS))]
        values = chance.normal(1.0, 0.2, 27)
        values[2] = chance.normal(1.0 if kind == OPEN else 0.0, 0.2)
        group = FER2013 if place % 3 else "camera"
        seen.append(Seen(str(place), group, kind, values, place % 2 == 1))
    return seen


def test_the_fit_finds_what_a_cover_takes_away_at_few_false_alarms() -> None:
    seen = made(6000)
    line = fitted(seen)
    assert np.abs(line.slope).argmax() == 2
    assert line.slope[2] < 0.0
    scored = [s for s in seen if s.scored]
    assert told(line, [s for s in scored if s.kind != OPEN]) > 0.95
    assert told(line, [s for s in scored if s.kind == OPEN]) < 3.0 * FALSE_ALARMS


def test_the_worse_of_both_sets_gives_the_limit() -> None:
    seen = made(3000)
    harder = [
        replace(s, numbers=s.numbers - 0.3 * (np.arange(27) == 2))
        if s.kind == OPEN and s.group == FER2013
        else s
        for s in seen
    ]
    line = fitted(harder)
    mine = [s for s in harder if not s.scored and s.kind == OPEN]
    assert told(line, [s for s in mine if s.group == FER2013]) == pytest.approx(0.01, abs=0.01)
    assert told(line, [s for s in mine if s.group != FER2013]) < 0.005


def test_what_is_scored_is_not_fitted_to() -> None:
    seen = made(3000)
    line = fitted(seen)
    turned = [replace(s, kind=OPEN, numbers=-s.numbers) if s.scored else s for s in seen]
    assert np.array_equal(fitted(turned).slope, line.slope)
    assert fitted(turned).offset == line.offset


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_drawn_cover_hides_the_mouth_and_leaves_the_eyes(kind: str) -> None:
    picture = np.random.default_rng(1).integers(0, 255, (200, 200, 3)).astype(np.uint8)
    points = np.full((478, 2), 100.0)
    places = {234: (40, 90), 454: (160, 90), 10: (100, 20), 152: (100, 180),
              61: (80, 140), 291: (120, 140), 5: (100, 105), 4: (100, 110),
              195: (100, 100), 197: (100, 95)}  # fmt: skip
    jaw = (93, 132, 58, 172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288, 361,
           323)  # fmt: skip
    for number, angle in zip(jaw, np.linspace(np.pi, 0.0, len(jaw)), strict=True):
        points[number] = (100 + 60 * np.cos(angle), 100 + 80 * np.sin(angle))
    for number, place in places.items():
        points[number] = place
    before = picture.copy()
    hidden = []
    for seed in range(20):
        drawn = cover_mouth(kind, picture, points, seed)
        assert np.array_equal(drawn, cover_mouth(kind, picture, points, seed))
        changed = (drawn != picture).any(axis=2)
        assert not changed[:40].any()
        hidden.append(changed[135:146, 85:116].mean())
    assert np.array_equal(picture, before)
    assert np.mean(hidden) > 0.8
