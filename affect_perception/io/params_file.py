"""Reads the parameter YAML that launch uses, without ROS.

    face_perception:            # node name, or /** for all nodes
      ros__parameters:
        cabin: sedan_rhd
        camera:
          horizontal_fov_deg: 50.0

One file serves `ros2 launch`, `affect-perception run` and `affect-perception replay`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from affect_perception.core.config import (
    NODE_CONFIGS,
    FusionNodeConfig,
    FusionPipelineConfig,
    NodeConfig,
    PhysioNodeConfig,
    PhysioPipelineConfig,
    PipelineConfig,
    VoiceNodeConfig,
    VoicePipelineConfig,
)
from affect_perception.core.errors import ConfigError
from affect_perception.core.parameters import build, describe, unknown_parameter, unnest

NODE_NAME = "face_perception"
VOICE_NODE_NAME = "voice_perception"
PHYSIO_NODE_NAME = "physio_perception"
FUSION_NODE_NAME = "state_fusion"
HMI_NODE_NAME = "hmi"

_PARAMETERS = "ros__parameters"
_ROS_OWN = re.compile(r"use_sim_time|start_type_description_service|qos_overrides(\..*)?")


def load_params(
    path: Path | str, node_name: str = NODE_NAME, *, optional: bool = False
) -> dict[str, object]:
    """Reads the parameters of one node.

    Entries whose key matches the node (its name with or without namespaces, `*`, `**`) are applied
    in the order of the file, so that a later one wins, as in rcl. Parameters that every ROS node
    has (use_sim_time, ...) are left out.

    Args:
        path: YAML file.
        node_name: Name of the node, without namespace.
        optional: A file without an entry for the node is no error; nothing is set then.

    Returns:
        `{flat name: value}`, unchecked: hand it to `core.parameters.build` or `split_params`.

    Raises:
        ConfigError: If the file cannot be read, is no YAML, or has another layout.
    """
    tree = _read_yaml(Path(path))
    values: dict[str, object] = {}
    matched = False
    for key, entry in tree.items():
        if not isinstance(entry, Mapping) or not isinstance(entry.get(_PARAMETERS, {}), Mapping):
            raise ConfigError(f"{path}: '{key}' should hold '{_PARAMETERS}:' with names below it")
        if _PARAMETERS not in entry:
            raise ConfigError(
                f"{path}: '{key}' has no '{_PARAMETERS}:'; the layout is "
                f"'{node_name}: {{{_PARAMETERS}: {{part: {{name: value}}}}}}'"
            )
        if _matches(str(key), node_name):
            matched = True
            values.update(unnest(entry[_PARAMETERS]))
    if not matched and not optional:
        raise ConfigError(f"{path}: no entry for '{node_name}' or '/**', only {', '.join(tree)}")
    return {name: value for name, value in values.items() if not _ROS_OWN.fullmatch(name)}


def split_params(
    values: Mapping[str, object], source: Path | str | None = None
) -> tuple[PipelineConfig, NodeConfig]:
    """Builds both configurations from the flat names of one node.

    Names that only a neighbour has (camera, sim_camera, ...) are left out: they come through `/**`.

    Args:
        values: `{flat name: value}`.
        source: The file they come from, which an error then names.

    Raises:
        ConfigError: On an unknown name, a wrong type or a value out of range.
    """
    node, pipeline = _split(NODE_NAME, values, source)
    return pipeline, node


def split_voice_params(
    values: Mapping[str, object], source: Path | str | None = None
) -> tuple[VoicePipelineConfig, VoiceNodeConfig]:
    """As `split_params`, for the node voice_perception."""
    node, pipeline = _split(VOICE_NODE_NAME, values, source)
    return pipeline, node


def split_fusion_params(
    values: Mapping[str, object], source: Path | str | None = None
) -> tuple[FusionPipelineConfig, FusionNodeConfig]:
    """As `split_params`, for the node state_fusion."""
    node, pipeline = _split(FUSION_NODE_NAME, values, source)
    return pipeline, node


def split_physio_params(
    values: Mapping[str, object], source: Path | str | None = None
) -> tuple[PhysioPipelineConfig, PhysioNodeConfig]:
    """As `split_params`, for the node physio_perception."""
    node, pipeline = _split(PHYSIO_NODE_NAME, values, source)
    return pipeline, node


def check_params(
    node_name: str, path: Path | str | None, own: Mapping[str, object] | None = None
) -> None:
    """Says what is wrong with the parameters of a node, before anything starts.

    Args:
        node_name: One of `NODE_CONFIGS`.
        path: A file, which need not have an entry for the node; None for no file.
        own: `{flat name: value}` that go before those of the file.

    Raises:
        ConfigError: As `load_params` and `split_params`.
    """
    values = load_params(path, node_name, optional=True) if path else {}
    _split(node_name, values | dict(own or {}), path)


def _split(
    node_name: str, values: Mapping[str, object], source: Path | str | None
) -> tuple[Any, ...]:
    try:
        return _built(NODE_CONFIGS[node_name], values)
    except ConfigError as error:
        if source is None:
            raise
        raise ConfigError(f"{source}: {error}") from error


def _built(configs: tuple[type, ...], values: Mapping[str, object]) -> tuple[Any, ...]:
    """Each configuration from the values that are its own."""
    own = {config: _names(config) for config in configs}
    known = set[str]().union(*own.values())
    foreign = {name for types in NODE_CONFIGS.values() for t in types for name in _names(t)}
    for name in values:
        if name not in known | foreign:
            raise ConfigError(unknown_parameter(name, known))
    return tuple(
        build(config, {name: value for name, value in values.items() if name in names})
        for config, names in own.items()
    )


def _names(config_type: type) -> set[str]:
    return {parameter.name for parameter in describe(config_type)}


def _matches(key: str, node_name: str) -> bool:
    last = key.rstrip("/").rpartition("/")[2]
    return last in (node_name, "*", "**")


def _read_yaml(path: Path) -> Mapping[str, object]:
    try:
        tree = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(f"parameter file {path} does not exist") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"parameter file {path} cannot be read: {error}") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"parameter file {path} is not valid YAML: {error}") from error
    if not isinstance(tree, Mapping) or not tree:
        raise ConfigError(f"parameter file {path} holds no parameters")
    return tree
