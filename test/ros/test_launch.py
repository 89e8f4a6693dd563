"""The launch file: which nodes its arguments start.

Runs where launch and launch_ros are installed (a ROS distribution). That the nodes then work is
tested in test_processes.py, which starts the same executables.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("launch_ros", reason="launch_ros is not installed: the launch file did not run")

from launch import LaunchContext
from launch.actions import DeclareLaunchArgument, OpaqueFunction, SetEnvironmentVariable
from launch.utilities import perform_substitutions

pytestmark = pytest.mark.ros

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "launch" / "cabin.launch.py"


def started(**arguments: str) -> list[Any]:
    """The node actions that the launch file gives for these arguments."""
    spec = importlib.util.spec_from_file_location("cabin_launch", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    context = LaunchContext()
    context.launch_configurations.update(arguments)
    nodes: list[Any] = []
    for entity in module.generate_launch_description().entities:
        if isinstance(entity, SetEnvironmentVariable):
            continue  # would stay in the environment of the other tests
        made = entity.execute(context)
        if isinstance(entity, OpaqueFunction):
            nodes += made
        else:
            assert isinstance(entity, DeclareLaunchArgument)
    return nodes


def executables(nodes: list[Any]) -> list[str]:
    return [
        perform_substitutions(LaunchContext(), node.node_executable)
        if isinstance(node.node_executable, list)
        else node.node_executable
        for node in nodes
    ]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, ["face_perception"]),
        ({"sim": "true"}, ["face_perception", "sim_camera"]),
        ({"camera": "0"}, ["face_perception", "camera"]),
        ({"voice": "true"}, ["face_perception", "voice_perception"]),
        ({"microphone": "2"}, ["face_perception", "voice_perception", "microphone"]),
        ({"physio": "true"}, ["face_perception", "physio_perception"]),
        ({"sim_body": "body"}, ["face_perception", "physio_perception", "sim_body"]),
        ({"signal_file": "a.npz"}, ["face_perception", "physio_perception", "signal_file"]),
        ({"fusion": "true", "hmi": "true"}, ["face_perception", "state_fusion", "hmi"]),
        ({"audio_file": "a.wav"}, ["face_perception", "voice_perception", "audio_file"]),
        ({"fusion": "true"}, ["face_perception", "state_fusion"]),
        ({"hmi": "true", "hmi_port": "8090"}, ["face_perception", "hmi"]),
        (
            {"sim": "true", "voice": "true", "sim_body": "body", "fusion": "true", "hmi": "true"},
            [
                *("face_perception", "sim_camera", "voice_perception"),
                *("physio_perception", "sim_body", "state_fusion", "hmi"),
            ],
        ),
    ],
)
def test_arguments_choose_the_nodes(arguments: dict[str, str], expected: list[str]) -> None:
    found = executables(started(**arguments))
    assert found == expected
    assert all((ROOT / "scripts" / name).is_file() for name in found)


def test_a_wrong_switch_is_an_error() -> None:
    with pytest.raises(ValueError, match="perhaps"):
        started(sim="perhaps")
