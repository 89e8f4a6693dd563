"""Covers the command line's frame: help, version, errors as one line, quick start.

Leaves to others: what the commands do.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import types
from pathlib import Path

import pytest

from affect_perception import __version__
from affect_perception.cli import main as cli
from affect_perception.core.errors import InputError, ModelMissingError

pytestmark = pytest.mark.unit


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch):
    """Replaces the commands by one, `probe`, that does what the test says."""

    def install(run) -> None:
        def add_parser(subparsers: argparse._SubParsersAction) -> None:
            subparsers.add_parser("probe").set_defaults(run=run)

        module = types.SimpleNamespace(add_parser=add_parser)
        monkeypatch.setitem(sys.modules, "affect_perception.cli.probe", module)
        monkeypatch.setattr(cli, "COMMANDS", ("probe",))

    return install


def raising(error: BaseException):
    def run(args: argparse.Namespace) -> int:
        raise error

    return run


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out.strip() == f"affect_perception {__version__}"


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--help"]) == 0
    out = capsys.readouterr().out
    for name in cli.COMMANDS:
        assert f"\n    {name} " in out


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_help_of_every_command(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([name, "--help"]) == 0
    assert f"affect-perception {name}" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["replay"], ["replay", "x", "--nonsense"]])
def test_wrong_usage_ends_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(arguments) == 2
    assert "usage: affect-perception" in capsys.readouterr().err


def test_exit_code_of_the_command_is_passed_on(command) -> None:
    command(lambda args: 7)
    assert cli.main(["probe"]) == 7


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (InputError("bag.mcap\n  is damaged"), "bag.mcap is damaged"),
        (ModelMissingError("model 'x' is missing; run: y"), "model 'x' is missing; run: y"),
        (PermissionError(13, "Permission denied", "/out"), "/out: Permission denied"),
        (ModuleNotFoundError("x", name="rclpy.node"), "'probe' needs ROS 2"),
    ],
)
def test_errors_become_one_line(
    command, error: Exception, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    command(raising(error))
    assert cli.main(["probe"]) == 2
    captured = capsys.readouterr().err
    assert captured.startswith(f"affect-perception: error: {line}")
    assert captured.count("\n") == 1


def test_interrupt(command) -> None:
    command(raising(KeyboardInterrupt()))
    assert cli.main(["probe"]) == 130


@pytest.mark.parametrize("error", [ValueError("a bug"), ModuleNotFoundError("x", name="typo")])
def test_bugs_keep_their_traceback(command, error: Exception) -> None:
    command(raising(error))
    with pytest.raises(type(error)):
        cli.main(["probe"])


def test_start_imports_nothing_heavy() -> None:
    code = (
        "import sys; from affect_perception.cli.main import build_parser; build_parser();"
        "print([m for m in ('numpy', 'cv2', 'scipy', 'onnxruntime', 'rclpy', 'rich', 'yaml',"
        " 'pyarrow', 'matplotlib', 'rosbags') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_replay_of_unusable_input_ends_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], face_models: object
) -> None:
    (tmp_path / "broken.mcap").write_bytes(b"\x89MCAP0\r\n" + bytes(100))
    (tmp_path / "empty.mp4").write_bytes(b"")
    (tmp_path / "bad.yaml").write_text("timeline: 3\n")
    (tmp_path / "params.yaml").write_text(
        "/**: {ros__parameters: {camra: {horizontal_fov_deg: 1}}}"
    )
    out = ["--out", str(tmp_path / "out")]
    cases = {
        ("broken.mcap",): "damaged or no rosbag2",
        ("empty.mp4",): "no video that can be read",
        ("nothing.mcap",): "does not exist",
        ("bad.yaml",): "bad.yaml",
        ("empty.mp4", "--params", str(tmp_path / "params.yaml")): "unknown parameter 'camra",
        ("empty.mp4", "--cabin", "spaceship"): "no cabin 'spaceship'",
    }
    for (name, *options), message in cases.items():
        assert cli.main(["replay", str(tmp_path / name), *out, *options]) == 2
        captured = capsys.readouterr().err
        assert message in captured
        assert captured.count("\n") == 1
    assert not (tmp_path / "out").exists()
