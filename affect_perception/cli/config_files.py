"""Makes the parameter YAML, its JSON schema and the parameter page from core/config/."""

from __future__ import annotations

import dataclasses
import json
import textwrap
from collections.abc import Iterator
from typing import Any

from affect_perception.core.config import NODE_CONFIGS
from affect_perception.core.parameters import Parameter, ParameterValue, describe

YAML_PATH = "config/affect_perception.yaml"
SCHEMA_PATH = "config/affect_perception.schema.json"
PAGE_PATH = "docs/parameters.md"

_COMMAND = "affect-perception config write"
_WIDTH = 100
_JSON_TYPES = {bool: "boolean", int: "integer", float: "number", str: "string"}


def generated_files() -> dict[str, str]:
    """`{path below the repository: content}` of everything that is generated."""
    return {YAML_PATH: make_yaml(), SCHEMA_PATH: make_schema(), PAGE_PATH: make_page()}


def make_yaml() -> str:
    """The parameter file with every parameter at its default."""
    lines = [
        f"# yaml-language-server: $schema={SCHEMA_PATH.rpartition('/')[2]}",
        "# All parameters at their defaults, for a copy of your own; a parameter that is left out",
        f"# keeps its default. Made from core/config/ by: {_COMMAND}",
    ]
    for node in NODE_CONFIGS:
        # The stars match a node in any namespace.
        lines += ["", f"/**/{node}:", "  ros__parameters:"]
        lines += _yaml_lines(node)
    return "\n".join(lines) + "\n"


def _yaml_lines(node: str) -> Iterator[str]:
    part = ""
    for parameter in _parameters(node):
        parent, _, name = parameter.name.rpartition(".")
        if parent != part:
            part = parent
            yield from ("", f"    {part}:")
        indent = " " * (6 if parent else 4)
        bounds = f"{_bounds(parameter)} {parameter.unit}".strip()
        note = f"{parameter.doc} ({bounds})" if bounds else parameter.doc
        for line in textwrap.wrap(note, _WIDTH - len(indent) - 2):
            yield f"{indent}# {line}"
        yield f"{indent}{name}: {_yaml_value(parameter.default)}"


def make_schema() -> str:
    """A JSON schema (draft 7) of the parameter file, for editors."""
    sections: dict[str, Any] = {}
    for node in NODE_CONFIGS:
        sections[rf"^(/?\*\*/|/)?([^/*]+/)*{node}$"] = {
            "type": "object",
            "required": ["ros__parameters"],
            "additionalProperties": False,
            "properties": {"ros__parameters": _schema_of(node)},
        }
    schema = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Parameters of the affect_perception nodes",
        "description": f"Made from core/config/ by: {_COMMAND}",
        "type": "object",
        "patternProperties": sections,
    }
    return json.dumps(schema, indent=2) + "\n"


def _schema_of(node: str) -> dict[str, Any]:
    root = _object_schema()
    root["properties"]["use_sim_time"] = {"type": "boolean", "description": "Every ROS node's own."}
    for parameter in _parameters(node):
        parent, _, name = parameter.name.rpartition(".")
        target = root
        for part in parent.split(".") if parent else ():
            target = target["properties"].setdefault(part, _object_schema())
        target["properties"][name] = _value_schema(parameter)
    return root


def _object_schema() -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "properties": {}}


def _value_schema(parameter: Parameter) -> dict[str, Any]:
    unit = f" Unit: {parameter.unit}." if parameter.unit else ""
    schema: dict[str, Any] = {
        "type": _JSON_TYPES[type(parameter.default)],
        "default": parameter.default,
        "description": parameter.doc + unit,
    }
    if parameter.choices:
        schema["enum"] = list(parameter.choices)
    if parameter.minimum is not None:
        schema["minimum"] = parameter.minimum
    if parameter.maximum is not None:
        schema["maximum"] = parameter.maximum
    return schema


def make_page() -> str:
    """The page docs/parameters.md."""
    lines = [
        "# Parameters",
        "",
        f"Made from `affect_perception/core/config/` by `{_COMMAND}`; do not edit.",
        "",
        "`config/affect_perception.yaml` holds all of them at their defaults. One file serves",
        "`ros2 launch`, `affect-perception run --params FILE` and `affect-perception replay",
        "--params FILE`. Parameters take effect when a node is configured. An unknown name, a",
        "wrong type or a value out of range stops the node there; log and `/diagnostics` name it.",
        "`affect-perception config check FILE` tells beforehand.",
    ]
    for node in NODE_CONFIGS:
        lines += ["", f"## {node}"]
        part: str | None = None
        for parameter in _parameters(node):
            parent = parameter.name.rpartition(".")[0]
            if parent != part:
                part = parent
                lines += ["", f"### {parent}", ""] if parent else [""]
                lines += [*_about(node, parent), *_TABLE_HEAD]
            lines.append(_row(parameter))
    return "\n".join(lines) + "\n"


_TABLE_HEAD = ("| name | default | unit | range | meaning |", "|---|---|---|---|---|")


def _about(node: str, part: str) -> list[str]:
    """First sentence of the class that holds a part, as introduction of its table."""
    for config_type in NODE_CONFIGS[node]:
        found: Any = config_type()
        for name in part.split(".") if part else ():
            found = getattr(found, name, None)
        if dataclasses.is_dataclass(found):
            first = (type(found).__doc__ or "").strip().split("\n\n")[0]
            return [" ".join(first.split()), ""]
    return []


def _row(parameter: Parameter) -> str:
    cells = (
        f"`{parameter.name}`",
        f"`{_yaml_value(parameter.default)}`",
        parameter.unit,
        _bounds(parameter),
        parameter.doc,
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _bounds(parameter: Parameter) -> str:
    """Range or choices; empty if anything goes."""
    if parameter.choices:
        return ", ".join(parameter.choices)
    low, high = parameter.minimum, parameter.maximum
    if low is None and high is None:
        return ""
    if high is None:
        return f"at least {low:g}"
    if low is None:
        return f"at most {high:g}"
    return f"{low:g} to {high:g}"


def _yaml_value(value: ParameterValue) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value)
    return repr(value)


def _parameters(node: str) -> Iterator[Parameter]:
    """All parameters of a node: first those without a part, then part by part."""
    found = [p for config_type in NODE_CONFIGS[node] for p in describe(config_type)]
    return iter(sorted(found, key=lambda p: "." in p.name))
