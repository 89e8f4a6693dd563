"""YAML read with the line of every value, so that an error can name file, line and key."""

from __future__ import annotations

import difflib
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml

from affect_perception.core.errors import ConfigError

D = TypeVar("D")


@dataclass(frozen=True)
class Source:
    """Where a value stands: `file:line` and its dotted key."""

    file: str
    line: int
    key: str

    def error(self, message: str) -> ConfigError:
        """A ConfigError that names the place."""
        where = f"{self.file}:{self.line}"
        return ConfigError(f"{where}: {self.key}: {message}" if self.key else f"{where}: {message}")

    def child(self, key: str, line: int) -> Source:
        """The place of a value below this one."""
        return Source(self.file, line, f"{self.key}.{key}" if self.key else key)


class Section:
    """A YAML mapping of which each key must be asked for; what is left over is an error."""

    def __init__(self, entries: dict[str, tuple[Any, Source]], source: Source) -> None:
        self._entries = entries
        self._asked: set[str] = set()
        self.source = source

    def has(self, key: str) -> bool:
        """Whether the key is given."""
        return key in self._entries

    def take(self, key: str) -> tuple[Any, Source] | None:
        """The raw value and its place, or None if not given."""
        self._asked.add(key)
        return self._entries.get(key)

    def number(
        self, key: str, default: float | None, low: float = -math.inf, high: float = math.inf
    ) -> float:
        """A finite number within [low, high]; without a default the key is required."""
        found = self.take(key)
        if found is None:
            return self._or_missing(key, default)
        value, source = found
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise source.error(f"expected a number, got {_shown(value)}")
        if not math.isfinite(value) or not low <= value <= high:
            raise source.error(f"{value:g} is outside [{low:g}, {high:g}]")
        return float(value)

    def integer(self, key: str, default: int, low: int, high: int) -> int:
        """A whole number within [low, high]."""
        value = self.number(key, float(default), low, high)
        if value != int(value):
            raise self._place(key).error(f"expected a whole number, got {value:g}")
        return int(value)

    def flag(self, key: str, default: bool) -> bool:
        """True or false."""
        found = self.take(key)
        if found is None:
            return default
        value, source = found
        if not isinstance(value, bool):
            raise source.error(f"expected true or false, got {_shown(value)}")
        return value

    def text(self, key: str, default: str | None, choices: tuple[str, ...] = ()) -> str:
        """A string, one of `choices` if given; without a default the key is required."""
        found = self.take(key)
        if found is None:
            return self._or_missing(key, default)
        value, source = found
        if not isinstance(value, str):
            raise source.error(f"expected text, got {_shown(value)}")
        if choices and value not in choices:
            raise source.error(f"'{value}' is none of {', '.join(choices)}{_near(value, choices)}")
        return value

    def vector(self, key: str, default: tuple[float, ...] | None) -> tuple[float, ...]:
        """Three finite numbers, metres."""
        found = self.take(key)
        if found is None:
            return self._or_missing(key, default)
        value, source = found
        numbers = value if isinstance(value, list) else []
        plain = [v for v, _ in numbers if isinstance(v, (int, float)) and not isinstance(v, bool)]
        if len(plain) != 3 or len(numbers) != 3 or not all(math.isfinite(v) for v in plain):
            raise source.error("expected three finite numbers, for instance [0.1, 0.0, -0.2]")
        if max(abs(v) for v in plain) > 20.0:
            raise source.error("a place is more than 20 m away; metres are expected")
        return tuple(float(v) for v in plain)

    def _or_missing(self, key: str, default: D | None) -> D:
        if default is None:
            raise self.source.error(f"the key '{key}' is missing")
        return default

    def section(self, key: str) -> Section | None:
        """A mapping below this one, or None if not given."""
        found = self.take(key)
        if found is None:
            return None
        value, source = found
        if not isinstance(value, Section):
            raise source.error(f"expected keys and values, got {_shown(value)}")
        return value

    def sections(self, key: str) -> list[Section]:
        """A list of mappings; empty if not given."""
        found = self.take(key)
        if found is None:
            return []
        value, source = found
        if not isinstance(value, list):
            raise source.error(f"expected a list, got {_shown(value)}")
        for item, place in value:
            if not isinstance(item, Section):
                raise place.error(f"expected keys and values, got {_shown(item)}")
        return [item for item, _ in value]

    def names(self) -> list[str]:
        """All keys, in file order."""
        return list(self._entries)

    def close(self) -> None:
        """Raises ConfigError for the first key that nobody asked for."""
        for key, (_, source) in self._entries.items():
            if key not in self._asked:
                allowed = sorted(self._asked)
                raise source.error(
                    f"unknown key{_near(key, tuple(allowed))}; allowed here: {', '.join(allowed)}"
                )

    def _place(self, key: str) -> Source:
        return self._entries[key][1] if key in self._entries else self.source


def load_yaml(path: Path) -> Section:
    """Reads a YAML file whose top level is a mapping.

    Raises:
        ConfigError: If the file cannot be read, is not YAML, repeats a key or is no mapping.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read {path}: {error}") from error
    return parse_yaml(text, str(path))


def parse_yaml(text: str, name: str) -> Section:
    """As `load_yaml`, from text; `name` stands for the file in errors."""
    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            raise ConfigError(f"{name}: the file is empty")
        value = _convert(loader, node, Source(name, 1, ""))
    except yaml.YAMLError as error:
        raise ConfigError(f"{name}: not valid YAML: {error}") from error
    finally:
        loader.dispose()
    if not isinstance(value, Section):
        raise ConfigError(f"{name}: expected keys and values at the top level")
    return value


def _convert(loader: yaml.SafeLoader, node: yaml.Node, source: Source) -> Any:
    if isinstance(node, yaml.MappingNode):
        entries: dict[str, tuple[Any, Source]] = {}
        for key_node, value_node in node.value:
            key, line = str(key_node.value), key_node.start_mark.line + 1
            place = source.child(key, line)
            if key in entries:
                raise place.error("the key is given twice")
            entries[key] = (_convert(loader, value_node, place), place)
        return Section(entries, source)
    if isinstance(node, yaml.SequenceNode):
        items = []
        for index, item in enumerate(node.value):
            line = item.start_mark.line + 1
            place = Source(source.file, line, f"{source.key}[{index}]")
            items.append((_convert(loader, item, place), place))
        return items
    return loader.construct_object(node)


def _shown(value: Any) -> str:
    if isinstance(value, Section):
        return "keys and values"
    if isinstance(value, list):
        return "a list"
    return repr(value)


def _near(word: str, choices: tuple[str, ...]) -> str:
    close = difflib.get_close_matches(word, choices, n=1, cutoff=0.5)
    return f" (did you mean '{close[0]}'?)" if close else ""
