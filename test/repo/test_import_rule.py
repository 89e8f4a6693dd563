"""Who may import what, read from the syntax tree, so imports inside functions count too.

`make lint` holds the order of the rooms (import-linter); this test needs nothing but Python and
runs with every other test.
"""

from __future__ import annotations

import ast
import pathlib

import pytest

pytestmark = pytest.mark.unit

PACKAGE = pathlib.Path(__file__).resolve().parents[2] / "affect_perception"
SOURCES = sorted(PACKAGE.rglob("*.py"))

ROS_MODULES = {"rclpy", "cv_bridge", "message_filters", "builtin_interfaces", "rosidl_runtime_py"}
# Reading clocks, files, the environment or the network, or starting anything, is for other rooms.
WORLD_MODULES = {
    "asyncio", "concurrent", "datetime", "glob", "io", "multiprocessing", "os", "pathlib",
    "queue", "random", "shutil", "signal", "socket", "subprocess", "sys", "tempfile", "threading",
    "time", "urllib",
}  # fmt: skip
CORE_LIBRARIES = {"affect_perception", "cv2", "numpy", "scipy"}


def imported(path: pathlib.Path) -> set[str]:
    """Names of all modules that a source file imports, wherever the statement stands."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(), filename=str(path))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def room(path: pathlib.Path) -> str:
    return path.relative_to(PACKAGE).parts[0]


def is_ros(name: str) -> bool:
    top = name.partition(".")[0]
    return top in ROS_MODULES or top.endswith("_msgs") or name.startswith("affect_perception.msg")


def names(path: pathlib.Path) -> str:
    return str(path.relative_to(PACKAGE))


def test_the_rule_recognises_ros_imports(tmp_path: pathlib.Path) -> None:
    source = tmp_path / "module.py"
    source.write_text(
        "import numpy\ndef f():\n    from sensor_msgs.msg import Image\n    import rclpy.node\n"
        "    from affect_perception.msg import AttentionState\n"
    )
    assert {name for name in imported(source) if is_ros(name)} == {
        "sensor_msgs.msg.Image",
        "rclpy.node",
        "affect_perception.msg.AttentionState",
    }


@pytest.mark.parametrize("path", [p for p in SOURCES if room(p) != "ros"], ids=names)
def test_only_ros_imports_ros(path: pathlib.Path) -> None:
    assert not {name for name in imported(path) if is_ros(name)}


@pytest.mark.parametrize("path", [p for p in SOURCES if room(p) == "core"], ids=names)
def test_core_is_pure(path: pathlib.Path) -> None:
    tops = {name.partition(".")[0] for name in imported(path)}
    assert not tops & WORLD_MODULES
    third_party = {name for name in tops if name in THIRD_PARTY}
    assert third_party <= CORE_LIBRARIES
    calls = [
        node.func.id
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]
    assert "open" not in calls
    assert "print" not in calls


# What the package may use elsewhere and the core may not.
THIRD_PARTY = CORE_LIBRARIES | {
    "matplotlib", "mcap", "onnx", "onnxruntime", "pyarrow", "rich", "rosbags", "skimage", "tflite",
    "torch", "yaml",
}  # fmt: skip
