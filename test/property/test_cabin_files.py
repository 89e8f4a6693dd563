"""Cabin files with anything in them: a cabin or a ConfigError, and never another exception.

Leaves what is right and wrong in particular to test/unit/attention/test_cabin.py.
"""

from __future__ import annotations

import copy
import math

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from affect_perception.core.cabin import CabinGeometry
from affect_perception.core.errors import ConfigError
from affect_perception.io.cabin_file import parse_cabin, shipped_cabins

pytestmark = pytest.mark.property

SEDAN = yaml.safe_load(shipped_cabins()["sedan_lhd"].read_text(encoding="utf-8"))


def places(content, path=()):
    """Every place in nested lists and mappings."""
    yield path
    if isinstance(content, dict):
        for key in content:
            yield from places(content[key], (*path, key))
    elif isinstance(content, list):
        for index in range(len(content)):
            yield from places(content[index], (*path, index))


PLACES = [place for place in places(SEDAN) if place]
anything = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**12), 10**12),
    st.floats(allow_nan=True, allow_infinity=True),
    st.text(max_size=5),
    st.sampled_from(["windscreen", "phone", "road", "left", "elsewhere", "unknown"]),
    st.lists(st.floats(-2.0, 2.0), max_size=4),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


@given(place=st.sampled_from(PLACES), value=anything)
def test_one_wrong_value_anywhere_gives_a_cabin_or_a_config_error(place, value):
    content = copy.deepcopy(SEDAN)
    inner = content
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    try:
        cabin = parse_cabin(content)
    except ConfigError:
        return
    assert isinstance(cabin, CabinGeometry)


@given(content=anything)
def test_no_cabin_at_all_is_a_named_error(content):
    with pytest.raises(ConfigError):
        parse_cabin(content)


@given(x=st.floats(-1.0, 1.0), y=st.floats(-1.0, 1.0), z=st.floats(-1.0, 1.0))
def test_a_camera_that_is_accepted_has_the_eyes_before_its_lens(x, y, z):
    content = copy.deepcopy(SEDAN)
    content["camera"] = {"position": [x, y, z], "look_at": [0.0, 0.0, 0.0]}
    try:
        camera = parse_cabin(content).camera
    except ConfigError:
        # Refused: behind the eyes, too near, or straight above.
        assert x <= 0.0 or math.hypot(x, y, z) < 0.15 or math.hypot(x, y) < 0.01
        return
    assert x > 0.0
    assert camera.inverse().translation[2] == pytest.approx(math.hypot(x, y, z))
