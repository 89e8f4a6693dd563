"""Strict reading of nested mappings: every key is asked for by type, and none may be left over."""

from __future__ import annotations

import math
import re
from types import TracebackType
from typing import Any

from affect_perception.core.errors import ConfigError

_SHA256 = re.compile(r"[0-9a-f]{64}")


class Section:
    """One mapping of a configuration file.

    Use it as a context manager: leaving it without an error checks that every key was read, so
    that a misspelt key is found and not ignored.
    """

    def __init__(self, place: str, content: Any) -> None:
        """Take a parsed mapping.

        Args:
            place: File and path of keys, for messages.
            content: What the parser gave.

        Raises:
            ConfigError: If it is not a mapping with names as keys.
        """
        self._place = place
        if not isinstance(content, dict) or not all(isinstance(key, str) for key in content):
            raise ConfigError(f"{place}: must be a mapping with names as keys")
        self._content: dict[str, Any] = content
        self._read: set[str] = set()

    def __enter__(self) -> Section:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        left = set(self._content) - self._read
        if kind is None and left:
            raise ConfigError(f"{self._place}: unknown key {', '.join(sorted(left))}")

    def error(self, key: str, what: str) -> ConfigError:
        """An error that names file and key."""
        return ConfigError(f"{self._place}: key '{key}': {what}")

    def names(self) -> tuple[str, ...]:
        """All keys in the order of the file."""
        return tuple(self._content)

    def has(self, key: str) -> bool:
        """True if the key is there."""
        return key in self._content

    def section(self, key: str) -> Section:
        """A nested mapping."""
        return Section(f"{self._place}: {key}", self._take(key))

    def sections(self, key: str) -> list[Section]:
        """A non-empty list of mappings."""
        items = self._take(key)
        if not isinstance(items, list) or not items:
            raise self.error(key, "must be a list with at least one entry")
        return [Section(f"{self._place}: {key}[{i}]", item) for i, item in enumerate(items)]

    def text(self, key: str) -> str:
        """A text that is not empty."""
        value = self._take(key)
        if not isinstance(value, str) or not value.strip():
            raise self.error(key, f"must be a text, found {value!r}")
        return value.strip()

    def sha256(self, key: str) -> str:
        """A SHA-256 checksum in lower-case hexadecimal digits."""
        value = self.text(key)
        if not _SHA256.fullmatch(value):
            raise self.error(key, f"must be 64 lower-case hexadecimal digits, found '{value}'")
        return value

    def choice(self, key: str, choices: tuple[str, ...]) -> str:
        """A text out of a set."""
        value = self.text(key)
        if value not in choices:
            raise self.error(key, f"must be one of {', '.join(choices)}, found '{value}'")
        return value

    def integer(self, key: str) -> int:
        """A whole number above zero."""
        value = self._take(key)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise self.error(key, f"must be a whole number above zero, found {value!r}")
        return value

    def positive(self, key: str) -> float:
        """A finite number above zero."""
        value = self._take(key)
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not number or not 0 < value < math.inf:
            raise self.error(key, f"must be a number above zero, found {value!r}")
        return float(value)

    def shape(self, key: str) -> tuple[int, ...]:
        """A tensor shape; only the first dimension may be -1 (free)."""
        value = self._take(key)
        fits = isinstance(value, list) and bool(value)
        for position, size in enumerate(value if fits else []):
            free = position == 0 and size == -1
            fits = fits and isinstance(size, int) and not isinstance(size, bool)
            fits = fits and (free or size > 0)
        if not fits:
            raise self.error(key, f"must be a list of sizes above zero, found {value!r}")
        return tuple(value)

    def interval(self, key: str) -> tuple[float, float]:
        """Two finite numbers, the second above the first."""
        value = self._take(key)
        if not isinstance(value, list) or len(value) != 2:
            raise self.error(key, f"must be two numbers, found {value!r}")
        numbers = [
            float(v)
            for v in value
            if isinstance(v, (int, float)) and not isinstance(v, bool) and math.isfinite(v)
        ]
        if len(numbers) != 2 or numbers[0] >= numbers[1]:
            raise self.error(key, f"must be two rising numbers, found {value!r}")
        return numbers[0], numbers[1]

    def _take(self, key: str) -> Any:
        self._read.add(key)
        if key not in self._content:
            raise self.error(key, "is missing")
        return self._content[key]
