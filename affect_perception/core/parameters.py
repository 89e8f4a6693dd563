"""How a configuration dataclass carries unit, range and meaning beside each default.

`core/config/` holds the values; this module holds the mechanism: declaring a parameter,
checking a value against its declaration, and turning nested dataclasses into the flat
`part.field` names that ROS parameters, YAML files and the generated documentation share.
"""

from __future__ import annotations

import dataclasses
import difflib
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from affect_perception.core.errors import ConfigError

ParameterValue = bool | int | float | str
C = TypeVar("C")

_METADATA_KEY = "parameter"


@dataclass(frozen=True)
class Parameter:
    """Declaration of one parameter.

    Attributes:
        name: Flat name, `part.field`.
        default: Default value; its type is the parameter's type.
        unit: SI unit, or "" for a pure number; degrees only in names that end in `_deg`.
        minimum: Smallest allowed value, or None.
        maximum: Largest allowed value, or None.
        choices: Allowed strings; empty if any.
        doc: Meaning, the effect of turning it, and the source of the default.
        read_only: True if it takes effect only at configure.
    """

    name: str
    default: ParameterValue
    unit: str
    minimum: float | None
    maximum: float | None
    choices: tuple[str, ...]
    doc: str
    read_only: bool = True

    def check(self, value: object) -> ParameterValue:
        """Returns `value` in the parameter's type, or raises ConfigError naming the parameter."""
        expected = type(self.default)
        if expected is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if type(value) is not expected:
            raise ConfigError(
                f"parameter '{self.name}': expected {expected.__name__}, "
                f"got {type(value).__name__} ({value!r})"
            )
        if self.choices and value not in self.choices:
            raise ConfigError(
                f"parameter '{self.name}': {value!r} is not one of {', '.join(self.choices)}"
            )
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            self._check_range(value)
        return value

    def _check_range(self, value: float) -> None:
        low = -math.inf if self.minimum is None else self.minimum
        high = math.inf if self.maximum is None else self.maximum
        if not math.isfinite(value) or not low <= value <= high:
            allowed = f"[{low:g}, {high:g}] {self.unit}".rstrip()
            raise ConfigError(f"parameter '{self.name}': {value!r} is outside {allowed}")


def parameter(
    default: Any,
    doc: str,
    *,
    unit: str = "",
    minimum: float | None = None,
    maximum: float | None = None,
    choices: tuple[str, ...] = (),
) -> Any:
    """A dataclass field that carries its declaration (see `Parameter`)."""
    declaration = {
        "unit": unit,
        "minimum": minimum,
        "maximum": maximum,
        "choices": choices,
        "doc": " ".join(doc.split()),
    }
    return dataclasses.field(default=default, metadata={_METADATA_KEY: declaration})


def part(factory: type[C]) -> C:
    """A dataclass field that holds a nested part of the configuration with its defaults."""
    return dataclasses.field(default_factory=factory)


def describe(config_type: type, prefix: str = "") -> Iterator[Parameter]:
    """All parameters below a configuration dataclass, in order of declaration."""
    instance = config_type()
    for field in dataclasses.fields(config_type):
        value = getattr(instance, field.name)
        name = prefix + field.name
        if dataclasses.is_dataclass(value):
            yield from describe(type(value), name + ".")
        else:
            yield Parameter(name=name, default=value, **field.metadata[_METADATA_KEY])


def flatten(config: object, prefix: str = "") -> dict[str, ParameterValue]:
    """`{part.field: value}` of a configuration object."""
    flat: dict[str, ParameterValue] = {}
    for field in dataclasses.fields(cast(Any, config)):
        value = getattr(config, field.name)
        if dataclasses.is_dataclass(value):
            flat.update(flatten(value, f"{prefix}{field.name}."))
        else:
            flat[prefix + field.name] = value
    return flat


def unknown_parameter(name: str, known: Iterable[str]) -> str:
    """The sentence about an unknown name, with the nearest known one."""
    near = difflib.get_close_matches(name, list(known), n=1)
    hint = f"; did you mean '{near[0]}'?" if near else ""
    return f"unknown parameter '{name}'{hint}"


def build(config_type: type[C], values: Mapping[str, object]) -> C:
    """Builds a configuration from flat names; what is not named keeps its default.

    Args:
        config_type: The configuration dataclass.
        values: `{part.field: value}`.

    Raises:
        ConfigError: On an unknown name (with the nearest known one), a wrong type or a value out
            of range.
    """
    known = {p.name: p for p in describe(config_type)}
    for name in values:
        if name not in known:
            raise ConfigError(unknown_parameter(name, known))
    checked = {name: known[name].check(value) for name, value in values.items()}
    return _build(config_type, checked, "")


def _build(config_type: type[C], values: Mapping[str, ParameterValue], prefix: str) -> C:
    defaults = config_type()
    arguments: dict[str, Any] = {}
    for field in dataclasses.fields(cast(Any, config_type)):
        name = prefix + field.name
        default = getattr(defaults, field.name)
        if dataclasses.is_dataclass(default):
            arguments[field.name] = _build(type(default), values, name + ".")
        elif name in values:
            arguments[field.name] = values[name]
    return config_type(**arguments)


def unnest(tree: Mapping[str, object], prefix: str = "") -> dict[str, object]:
    """Turns nested mappings (as read from YAML) into flat `part.field` names."""
    flat: dict[str, object] = {}
    for key, value in tree.items():
        if not isinstance(key, str):
            raise ConfigError(f"parameter name {key!r} under '{prefix}' is not a string")
        if isinstance(value, Mapping):
            flat.update(unnest(value, f"{prefix}{key}."))
        else:
            flat[prefix + key] = value
    return flat
