"""YAML files that come with the package or are given by path: finding, reading, checking keys."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Set
from pathlib import Path
from typing import TypeVar

import yaml

from affect_perception.core.errors import ConfigError
from affect_perception.share import share_folders

_T = TypeVar("_T")


def shipped_files(folder: str) -> dict[str, Path]:
    """Name (without .yaml) and path of every file of a shipped folder such as config/cabins."""
    found: dict[str, Path] = {}
    for share in share_folders():
        for path in sorted((share / folder).glob("*.yaml")):
            found.setdefault(path.stem, path)
    return found


def load_file(
    kind: str, folder: str, name_or_path: str | Path, parse: Callable[[object], _T]
) -> _T:
    """Reads a file.

    Args:
        kind: What it holds ("cabin"), for messages.
        folder: Where the shipped ones are.
        name_or_path: Name of a shipped one, or path of a YAML file.
        parse: Turns its content into the object; its errors get the path in front.

    Raises:
        ConfigError: If there is no such file, or it is wrong; names the file and the key.
    """
    text = str(name_or_path)
    is_path = text.endswith((".yaml", ".yml")) or os.sep in text
    path = Path(text) if is_path else shipped_files(folder).get(text)
    if path is None or not path.is_file():
        known = ", ".join(sorted(shipped_files(folder))) or "none found"
        raise ConfigError(f"no {kind} '{text}': give the path of a YAML file, or one of: {known}")
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not a YAML file: {error}") from error
    try:
        return parse(content)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error


def mapping(
    content: object,
    where: str,
    required: Set[str] = frozenset(),
    optional: Set[str] = frozenset(),
) -> Mapping[str, object]:
    """The content as keys and values, with all required keys and no unknown one.

    Raises:
        ConfigError: Naming `where` and the key.
    """
    if not isinstance(content, Mapping):
        raise ConfigError(f"{where}: expected keys and values, got {type(content).__name__}")
    known = required | optional
    unknown = sorted(str(key) for key in content if key not in known)
    if unknown:
        raise ConfigError(f"{where}: unknown key '{unknown[0]}'; known: {', '.join(sorted(known))}")
    missing = sorted(required - set(content))
    if missing:
        raise ConfigError(f"{where}: key '{missing[0]}' is missing")
    return content


def text(value: object, where: str) -> str:
    """The value as text that is not blank.

    Raises:
        ConfigError: If it is none.
    """
    if not isinstance(value, str) or not value.strip():
        raise ConfigError(f"{where}: expected text, got {value!r}")
    return value
