"""Recipes: what a training does, as frozen dataclasses, and as YAML under config/training.

A recipe in a file may leave out keys: the dataclass has the defaults. It may not hold others.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from affect_perception.core.errors import ConfigError
from affect_perception.io.shipped_yaml import load_file

FOLDER = "config/training"

T = TypeVar("T")


def load_recipe(cls: type[T], name_or_path: str | Path) -> T:
    """Reads a recipe.

    Args:
        cls: Frozen dataclass: fields of bool, int, float, str, tuples of one of these, None, or
            such dataclasses. Its `__post_init__` checks ranges and raises ConfigError.
        name_or_path: Name of a recipe under config/training, or path of a YAML file.

    Raises:
        ConfigError: If there is no such file, or a key is unknown or its value wrong.
    """
    return load_file("recipe", FOLDER, name_or_path, lambda content: parse_recipe(cls, content))


def parse_recipe(cls: type[T], content: object, where: str = "recipe") -> T:
    """The recipe that a YAML content describes.

    Raises:
        ConfigError: Naming the key.
    """
    if content is None:
        content = {}
    if not isinstance(content, Mapping):
        raise ConfigError(f"{where}: expected keys and values, got {type(content).__name__}")
    known = typing.get_type_hints(cls)
    unknown = sorted(str(key) for key in content if key not in known)
    if unknown:
        raise ConfigError(f"{where}: unknown key '{unknown[0]}'; known: {', '.join(known)}")
    values = {key: _value(known[key], content[key], f"{where}.{key}") for key in content}
    try:
        return cls(**values)
    except TypeError as error:
        raise ConfigError(f"{where}: {error}") from error


def recipe_content(recipe: Any) -> dict[str, Any]:
    """The recipe as keys and values, as a YAML file or a checkpoint holds it."""
    return {field.name: _plain(getattr(recipe, field.name)) for field in dataclasses.fields(recipe)}


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return recipe_content(value)
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return value


def _value(kind: Any, value: object, where: str) -> Any:
    if dataclasses.is_dataclass(kind):
        return parse_recipe(typing.cast(type[Any], kind), value, where)
    arguments = typing.get_args(kind)
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        if value is None and type(None) in arguments:
            return None
        return _value(next(a for a in arguments if a is not type(None)), value, where)
    if typing.get_origin(kind) is tuple:
        if not isinstance(value, Sequence) or isinstance(value, str):
            raise ConfigError(f"{where}: expected a list, got {value!r}")
        if arguments[-1] is not Ellipsis and len(value) != len(arguments):
            raise ConfigError(f"{where}: expected {len(arguments)} values, got {len(value)}")
        return tuple(_value(arguments[0], one, f"{where}[{i}]") for i, one in enumerate(value))
    return _scalar(kind, value, where)


def _scalar(kind: type, value: object, where: str) -> Any:
    # A bool is an int to Python, and 1 is a fine float to people.
    if kind is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if kind is not float and isinstance(value, kind) and isinstance(value, bool) == (kind is bool):
        return value
    raise ConfigError(f"{where}: expected {kind.__name__}, got {value!r}")
