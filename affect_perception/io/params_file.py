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

import yaml

from affect_perception.core.config import (
    CameraNodeConfig,
    NodeConfig,
    PipelineConfig,
    SimCameraNodeConfig,
)
from affect_perception.core.errors import ConfigError
from affect_perception.core.parameters import build, describe, unknown_parameter, unnest

NODE_NAME = "face_perception"

_PARAMETERS = "ros__parameters"
_ROS_OWN = re.compile(r"use_sim_time|start_type_description_service|qos_overrides(\..*)?")


def load_params(path: Path | str, node_name: str = NODE_NAME) -> dict[str, object]:
    """Reads the parameters of one node.

    Entries whose key matches the node (its name with or without namespaces, `*`, `**`) are applied
    in the order of the file, so that a later one wins, as in rcl. Parameters that every ROS node
    has (use_sim_time, ...) are left out.

    Args:
        path: YAML file.
        node_name: Name of the node, without namespace.

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
    if not matched:
        raise ConfigError(f"{path}: no entry for '{node_name}' or '/**', only {', '.join(tree)}")
    return {name: value for name, value in values.items() if not _ROS_OWN.fullmatch(name)}


def split_params(
    values: Mapping[str, object], source: Path | str | None = None
) -> tuple[PipelineConfig, NodeConfig]:
    """Builds both configurations from the flat names of one node.

    Names that only a neighbour has (camera, sim_camera) are left out: they come through `/**`.

    Args:
        values: `{flat name: value}`.
        source: The file they come from, which an error then names.

    Raises:
        ConfigError: On an unknown name, a wrong type or a value out of range.
    """
    try:
        return _split(values)
    except ConfigError as error:
        if source is None:
            raise
        raise ConfigError(f"{source}: {error}") from error


def _split(values: Mapping[str, object]) -> tuple[PipelineConfig, NodeConfig]:
    node_names = _names(NodeConfig)
    foreign = (_names(CameraNodeConfig) | _names(SimCameraNodeConfig)) - _names(PipelineConfig)
    node = {name: value for name, value in values.items() if name in node_names}
    pipeline = {name: value for name, value in values.items() if name not in node_names | foreign}
    own = node_names | _names(PipelineConfig)
    for name in pipeline:
        if name not in own:
            raise ConfigError(unknown_parameter(name, own))
    return build(PipelineConfig, pipeline), build(NodeConfig, node)


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
