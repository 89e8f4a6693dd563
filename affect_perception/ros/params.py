"""Declares the parameters of `core.config` on a ROS node, and reads them back checked.

rclpy throws out-of-range overrides at the declaration, in the middle of a constructor, and ignores
overrides of names that nobody declares, so that a typo goes unnoticed. Here everything that was
passed is looked at first; what is wrong is remembered, and stops the node at configure with the
name of the parameter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from rcl_interfaces.msg import (
    FloatingPointRange,
    IntegerRange,
    ParameterDescriptor,
    SetParametersResult,
)
from rclpy.node import Node
from rclpy.parameter import Parameter as RosParameter

from affect_perception.core.config import NODE_CONFIGS
from affect_perception.core.errors import ConfigError
from affect_perception.core.parameters import Parameter, build, describe, unknown_parameter

C = TypeVar("C")

_ROS_OWN = ("use_sim_time", "start_type_description_service")
_ROS_OWN_PREFIX = "qos_overrides."


class NodeParameters:
    """The parameters of one node.

    The node must be made with `automatically_declare_parameters_from_overrides=True`: only then
    does rclpy show what was passed.

    Attributes:
        errors: `{name: what is wrong}` of overrides that cannot be used.
    """

    def __init__(self, node: Node, config_types: tuple[type, ...]) -> None:
        """Declares everything on `node`.

        Args:
            node: The node.
            config_types: Configuration classes, usually `NODE_CONFIGS[name]`.
        """
        self.errors: dict[str, str] = {}
        self._node = node
        self._known = {p.name: p for config in config_types for p in describe(config)}
        self._locked: Callable[[], bool] = lambda: False
        passed = {name: p.value for name, p in node.get_parameters_by_prefix("").items()}
        for name in passed:
            self._check_name(name)
        for declaration in self._known.values():
            self._declare(declaration, passed)
        node.add_on_set_parameters_callback(self._on_set)

    def lock_when(self, locked: Callable[[], bool]) -> None:
        """Rejects changes while `locked()` is true: parameters take effect at configure."""
        self._locked = locked

    def read(self, config_type: type[C]) -> C:
        """Builds a configuration from the present values.

        Raises:
            ConfigError: If anything that was passed cannot be used; all of it is named.
        """
        if self.errors:
            raise ConfigError("; ".join(self.errors.values()))
        names = [p.name for p in describe(config_type)]
        return build(config_type, {n: self._node.get_parameter(n).value for n in names})

    def _check_name(self, name: str) -> None:
        if name in self._known or name in _ROS_OWN or name.startswith(_ROS_OWN_PREFIX):
            return
        if name in _names_of_all_nodes():
            return  # meant for a neighbour, came here through '/**'
        self.errors[name] = unknown_parameter(name, self._known)

    def _declare(self, declaration: Parameter, passed: Mapping[str, Any]) -> None:
        value = declaration.default
        if declaration.name in passed:
            self._node.undeclare_parameter(declaration.name)
            try:
                value = declaration.check(passed[declaration.name])
            except ConfigError as error:
                self.errors[declaration.name] = str(error)
        descriptor = descriptor_of(declaration)
        self._node.declare_parameter(declaration.name, value, descriptor, ignore_override=True)

    def _on_set(self, parameters: list[RosParameter]) -> SetParametersResult:
        for parameter in parameters:
            declaration = self._known.get(parameter.name)
            if declaration is None:
                continue
            if self._locked():
                return SetParametersResult(
                    successful=False,
                    reason=f"'{parameter.name}' takes effect at configure: clean up the node first",
                )
            try:
                declaration.check(parameter.value)
            except ConfigError as error:
                return SetParametersResult(successful=False, reason=str(error))
        for parameter in parameters:
            self.errors.pop(parameter.name, None)
        return SetParametersResult(successful=True)


def descriptor_of(declaration: Parameter) -> ParameterDescriptor:
    """The ROS descriptor with meaning, unit, range and allowed values."""
    notes = [f"unit {declaration.unit}"] if declaration.unit else []
    if declaration.choices:
        notes.append("one of " + ", ".join(declaration.choices))
    descriptor = ParameterDescriptor(
        name=declaration.name,
        description=declaration.doc,
        additional_constraints="; ".join(notes),
    )
    low, high = declaration.minimum, declaration.maximum
    if low is None and high is None:
        return descriptor
    if isinstance(declaration.default, float):
        bounds = FloatingPointRange(
            from_value=float("-inf") if low is None else float(low),
            to_value=float("inf") if high is None else float(high),
        )
        descriptor.floating_point_range = [bounds]
    else:
        descriptor.integer_range = [
            IntegerRange(
                from_value=-(2**63) if low is None else int(low),
                to_value=2**63 - 1 if high is None else int(high),
            )
        ]
    return descriptor


def _names_of_all_nodes() -> frozenset[str]:
    types = (config for configs in NODE_CONFIGS.values() for config in configs)
    return frozenset(p.name for config in types for p in describe(config))
