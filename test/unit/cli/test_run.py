"""Which nodes `affect-perception run` starts with which parameters. Leaves: the processes."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from affect_perception.cli import run as command
from affect_perception.core.errors import ConfigError

pytestmark = pytest.mark.unit


def nodes(*arguments: str) -> dict[str, list[str]]:
    """The command line of each node after `--ros-args`."""
    parser = argparse.ArgumentParser()
    command.add_parser(parser.add_subparsers())
    made = command.node_commands(parser.parse_args(["run", *arguments]))
    return {name: line[line.index("--ros-args") + 1 :] for name, line in made}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((), ["face_perception"]),
        (("--sim",), ["face_perception", "sim_camera"]),
        (("--voice",), ["face_perception", "voice_perception"]),
        (("--microphone",), ["face_perception", "voice_perception", "microphone"]),
        (("--physio",), ["face_perception", "physio_perception"]),
        (("--fusion",), ["face_perception", "state_fusion"]),
        (("--hmi",), ["face_perception", "hmi"]),
        (("--sim-body",), ["face_perception", "physio_perception", "sim_body"]),
        (("--signal-file", "a.npz"), ["face_perception", "physio_perception", "signal_file"]),
        (("--audio-file", "a.wav"), ["face_perception", "voice_perception", "audio_file"]),
    ],
)
def test_options_choose_the_nodes(arguments: tuple[str, ...], expected: list[str]) -> None:
    assert list(nodes(*arguments)) == expected


def test_devices_stay_strings_and_remaps_reach_everybody() -> None:
    found = nodes("--microphone", "2", "-r", "audio:=/mic/audio", "--namespace", "cabin")
    assert found["microphone"][:2] == ["-p", "device:='2'"]
    assert nodes("--microphone")["microphone"][:2] == ["-p", "device:=''"]
    for line in found.values():
        assert line[-4:] == ["-r", "__ns:=/cabin", "-r", "audio:=/mic/audio"]


def test_a_wrong_parameter_of_the_voice_stops_before_anything_starts(tmp_path: Path) -> None:
    path = tmp_path / "my.yaml"
    path.write_text("/**: {ros__parameters: {cabin: webcam, voice: {speech_on: 7.0}}}")
    parser = argparse.ArgumentParser()
    command.add_parser(parser.add_subparsers())
    args = parser.parse_args(["run", "--voice", "--params", str(path)])
    with pytest.raises(ConfigError, match=r"voice\.speech_on"):
        command.run(args)


def test_the_page_takes_port_and_cabin_and_a_wrong_port_stops_before_anything_starts() -> None:
    assert nodes("--hmi", "8400", "--cabin", "webcam")["hmi"] == [
        *("-p", "cabin:=webcam", "-p", "port:=8400")
    ]
    assert nodes("--hmi")["hmi"] == []
    with pytest.raises(ConfigError, match="--hmi eight"):
        nodes("--hmi", "eight")
