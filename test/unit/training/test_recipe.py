"""Covers reading recipes: defaults, nesting, types, unknown keys. Needs no torch."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from affect_perception.core.errors import ConfigError
from affect_perception.training.recipe import load_recipe, parse_recipe, recipe_content

pytestmark = pytest.mark.unit


@dataclass(frozen=True)
class Inner:
    rate: float = 0.1
    widths: tuple[int, ...] = (1, 2)
    pair: tuple[float, float] = (0.0, 1.0)


@dataclass(frozen=True)
class Recipe:
    steps: int = 5
    name: str = "x"
    fast: bool = False
    limit: float | None = None
    inner: Inner = field(default_factory=Inner)

    def __post_init__(self) -> None:
        if self.steps < 1:
            raise ConfigError("steps must be above 0")


def test_what_is_left_out_has_its_default() -> None:
    assert parse_recipe(Recipe, None) == Recipe()
    found = parse_recipe(Recipe, {"inner": {"widths": [3], "rate": 1}, "limit": 2})
    assert found == Recipe(limit=2.0, inner=Inner(rate=1.0, widths=(3,)))
    assert isinstance(found.inner.rate, float)
    assert parse_recipe(Recipe, recipe_content(found)) == found
    assert parse_recipe(Recipe, {"limit": None}).limit is None


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"step": 3}, "recipe: unknown key 'step'; known: steps, name"),
        ({"inner": {"depth": 1}}, r"recipe\.inner: unknown key 'depth'"),
        ({"steps": 1.5}, r"recipe\.steps: expected int, got 1\.5"),
        ({"steps": True}, r"recipe\.steps: expected int, got True"),
        ({"fast": 1}, r"recipe\.fast: expected bool, got 1"),
        ({"name": 3}, r"recipe\.name: expected str"),
        ({"limit": "much"}, r"recipe\.limit: expected float"),
        ({"inner": {"widths": 3}}, r"recipe\.inner\.widths: expected a list"),
        ({"inner": {"widths": [1, "b"]}}, r"recipe\.inner\.widths\[1\]: expected int"),
        ({"inner": {"pair": [1.0]}}, r"recipe\.inner\.pair: expected 2 values, got 1"),
        ({"inner": [1]}, r"recipe\.inner: expected keys and values, got list"),
        ({"steps": 0}, "steps must be above 0"),
    ],
)
def test_what_is_wrong_is_named(content: object, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse_recipe(Recipe, content)


def test_files_are_found_and_named(tmp_path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "mine.yaml"
    path.write_text("steps: 7\n")
    assert load_recipe(Recipe, path).steps == 7
    path.write_text("stops: 7\n")
    with pytest.raises(ConfigError, match=r"mine\.yaml: recipe: unknown key 'stops'"):
        load_recipe(Recipe, path)
    with pytest.raises(ConfigError, match=r"no recipe 'nothing'.*expression_light"):
        load_recipe(Recipe, "nothing")
