"""Parameters: declaration, checking, nesting; and what every parameter of the package must have.

Leaves the generated YAML, schema and documentation to the tests of the generator.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass

import pytest

from affect_perception.core import config as configuration
from affect_perception.core.config import AttentionConfig, DrowsinessConfig, PipelineConfig
from affect_perception.core.errors import ConfigError
from affect_perception.core.parameters import build, describe, flatten, parameter, part, unnest

pytestmark = pytest.mark.unit


@dataclass(frozen=True)
class Inner:
    size: float = parameter(1.5, "Size.", unit="m", minimum=0.5, maximum=3.0)
    colour: str = parameter("red", "Colour.", choices=("red", "blue"))


@dataclass(frozen=True)
class Outer:
    count: int = parameter(3, "How   many,\n over two lines.", minimum=1)
    on: bool = parameter(False, "Whether.")
    inner: Inner = part(Inner)


def test_describe_lists_flat_names_in_order_with_their_declaration():
    described = list(describe(Outer))
    assert [p.name for p in described] == ["count", "on", "inner.size", "inner.colour"]
    size = described[2]
    assert (size.default, size.unit, size.minimum, size.maximum) == (1.5, "m", 0.5, 3.0)
    assert described[0].doc == "How many, over two lines."


def test_build_and_flatten_are_inverse():
    values = {"count": 5, "on": True, "inner.size": 2.0, "inner.colour": "blue"}
    built = build(Outer, values)
    assert built == Outer(5, True, Inner(2.0, "blue"))
    assert flatten(built) == values


def test_what_is_not_named_keeps_its_default():
    assert build(Outer, {}) == Outer()
    assert build(Outer, {"inner.size": 1}).inner.size == 1.0


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("inner.sise", 1.0, "unknown parameter 'inner.sise'; did you mean 'inner.size'"),
        ("weather", 1.0, "unknown parameter 'weather'"),
        ("count", 0, r"parameter 'count': 0 is outside \[1, inf\]"),
        ("count", 2.0, "parameter 'count': expected int, got float"),
        ("count", True, "expected int, got bool"),
        ("on", 1, "expected bool, got int"),
        ("on", "true", "expected bool, got str"),
        ("inner.size", 3.01, r"outside \[0.5, 3\] m"),
        ("inner.size", math.nan, "outside"),
        ("inner.size", True, "expected float, got bool"),
        ("inner.size", "1", "expected float, got str"),
        ("inner.size", None, "got NoneType"),
        ("inner.colour", "green", "'green' is not one of red, blue"),
        ("inner", {"size": 1.0}, "unknown parameter 'inner'"),
    ],
)
def test_a_wrong_value_stops_with_the_name(name, value, message):
    with pytest.raises(ConfigError, match=message):
        build(Outer, {name: value})


def test_unnest_turns_yaml_into_flat_names():
    assert unnest({"count": 1, "inner": {"size": 2.0}}) == {"count": 1, "inner.size": 2.0}
    with pytest.raises(ConfigError, match="not a string"):
        unnest({"inner": {3: 1}})


def config_classes():
    named = (getattr(configuration, name) for name in configuration.__all__)
    return [value for value in named if dataclasses.is_dataclass(value)]


@pytest.mark.parametrize("config_type", config_classes(), ids=lambda c: c.__name__)
def test_every_parameter_is_valid_and_explained(config_type):
    assert config_type.__doc__
    for declared in describe(config_type):
        assert declared.check(declared.default) == declared.default
        assert len(declared.doc) > 3, declared.name
        if isinstance(declared.default, float):
            assert declared.minimum is not None, f"{declared.name} has no lower end"
            assert declared.maximum is not None, f"{declared.name} has no upper end"
        assert declared.name.endswith("_deg") == (declared.unit == "deg"), declared.name


def test_thresholds_with_hysteresis_are_in_order():
    attention = AttentionConfig()
    assert attention.on_road_leave < attention.on_road_enter
    assert attention.closed_below < attention.open_above
    drowsiness = DrowsinessConfig()
    assert drowsiness.perclos_min_usable <= drowsiness.perclos_window
    assert drowsiness.perclos_alert < drowsiness.perclos_drowsy


def test_the_pipeline_configuration_can_be_built_from_flat_names():
    config = build(PipelineConfig, {"attention.hold": 0.4})
    assert config.attention.hold == 0.4
    assert config.camera == PipelineConfig().camera
