"""`affect-perception run`: starts the nodes that the launch file starts, without launch."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from affect_perception.cli.supervise import RESPAWN_FIRST, RESPAWN_LONGEST, supervise


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    parser = subparsers.add_parser(
        "run",
        help="start the ROS 2 nodes, without launch",
        description="Starts face_perception, and voice_perception, physio_perception, a camera, a "
        "microphone or a recording of body signals if asked for, as processes with the same "
        "parameters that `ros2 launch affect_perception cabin.launch.py` takes. Ctrl-C ends them.",
    )
    parser.add_argument("--params", type=Path, metavar="FILE", help="parameter file (YAML)")
    parser.add_argument("--cabin", metavar="NAME", help="a cabin of config/cabins, or a YAML file")
    source = parser.add_mutually_exclusive_group()
    source.add_argument(
        "--sim",
        nargs="?",
        const="demo",
        metavar="SCENARIO",
        help="start the synthetic driver as camera (default scenario: demo)",
    )
    source.add_argument("--camera", metavar="N", help="start webcam N as camera")
    parser.add_argument("--voice", action="store_true", help="start voice_perception as well")
    sound = parser.add_mutually_exclusive_group()
    sound.add_argument(
        "--microphone",
        nargs="?",
        const="",
        metavar="DEVICE",
        help="start voice_perception and the microphone (default: the system's)",
    )
    sound.add_argument(
        "--audio-file",
        type=Path,
        metavar="FILE",
        help="start voice_perception, and a sound file as microphone, again and again",
    )
    parser.add_argument("--physio", action="store_true", help="start physio_perception as well")
    body = parser.add_mutually_exclusive_group()
    body.add_argument(
        "--sim-body",
        nargs="?",
        const="body",
        metavar="SCENARIO",
        help="start physio_perception, and the body of a scenario as sensors (default: body)",
    )
    body.add_argument(
        "--signal-file",
        type=Path,
        metavar="FILE",
        help="start physio_perception, and a recording as body sensors, again and again",
    )
    parser.add_argument(
        "--fusion",
        action="store_true",
        help="start state_fusion: one affect state from what the other nodes observe",
    )
    parser.add_argument(
        "--hmi",
        nargs="?",
        const="",
        metavar="PORT",
        help="start hmi: both states on a page for a browser on this machine (default port: that "
        "of the parameter file); the log says its address",
    )
    parser.add_argument(
        "--respawn",
        action="store_true",
        help=f"start a node again when it ends, after {RESPAWN_FIRST:g} s, then twice as long each "
        f"time up to {RESPAWN_LONGEST:g} s; without it all end when one does",
    )
    parser.add_argument("--namespace", default="", metavar="NS", help="namespace of the nodes")
    parser.add_argument(
        *("-r", "--remap"),
        action="append",
        default=[],
        metavar="FROM:=TO",
        help="remap a topic, for instance image_raw:=/driver_cam/image_raw; can be repeated",
    )
    parser.add_argument(
        *("-p", "--param"),
        action="append",
        default=[],
        metavar="NAME:=VALUE",
        help="set a parameter of face_perception; can be repeated",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the nodes until one ends or a signal comes; returns the exit code of what ended."""
    from affect_perception.io.params_file import (
        FUSION_NODE_NAME,
        HMI_NODE_NAME,
        PHYSIO_NODE_NAME,
        VOICE_NODE_NAME,
        check_params,
        load_params,
        split_params,
    )
    from affect_perception.ros.fastdds import profile_variables

    values = load_params(args.params) if args.params else {}
    split_params(values | own_values(args), args.params)  # fails before anything starts
    for wanted, name in (
        (wants_voice(args), VOICE_NODE_NAME),
        (wants_physio(args), PHYSIO_NODE_NAME),
        (args.fusion, FUSION_NODE_NAME),
    ):
        if wanted:
            check_params(name, args.params)
    if args.hmi is not None:
        importlib.import_module("aiohttp")  # says what is missing before anything starts
        check_params(HMI_NODE_NAME, args.params, hmi_values(args))
    environment = os.environ | profile_variables()
    commands = [command for _, command in node_commands(args)]
    return supervise(commands, environment, respawn=args.respawn, say=_say)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def wants_voice(args: argparse.Namespace) -> bool:
    """Whether voice_perception is to be started."""
    return bool(args.voice or args.microphone is not None or args.audio_file is not None)


def wants_physio(args: argparse.Namespace) -> bool:
    """Whether physio_perception is to be started."""
    return bool(args.physio or args.sim_body is not None or args.signal_file is not None)


def own_values(args: argparse.Namespace) -> dict[str, object]:
    """Parameters of face_perception that the command line sets."""
    import yaml

    from affect_perception.core.errors import ConfigError

    values: dict[str, object] = {}
    for assignment in args.param:
        name, separator, value = assignment.partition(":=")
        if not separator:
            raise ConfigError(f"-p {assignment}: expected NAME:=VALUE")
        values[name] = yaml.safe_load(value)
    if args.cabin:
        values["cabin"] = args.cabin
    return values


def hmi_values(args: argparse.Namespace) -> dict[str, object]:
    """Parameters of hmi that the command line sets."""
    from affect_perception.core.errors import ConfigError

    values: dict[str, object] = {"cabin": args.cabin} if args.cabin else {}
    if args.hmi:
        if not args.hmi.isdecimal():
            raise ConfigError(f"--hmi {args.hmi}: expected the number of a port")
        values["port"] = int(args.hmi)
    return values


def node_commands(args: argparse.Namespace) -> list[tuple[str, list[str]]]:
    """(name, command line) of every node to start."""
    cabin = [("cabin", args.cabin)] if args.cabin else []
    own = [tuple(assignment.split(":=", 1)) for assignment in args.param]
    nodes: list[tuple[str, Sequence[tuple[str, ...]]]] = [("face_perception", [*own, *cabin])]
    if args.sim is not None:
        nodes.append(("sim_camera", [("scenario", args.sim), *cabin]))
    if args.camera is not None:
        # Quotes keep a number a string: the parameter also takes a path.
        nodes.append(("camera", [("device", f"'{args.camera}'")]))
    if wants_voice(args):
        nodes.append(("voice_perception", []))
    if args.microphone is not None:
        nodes.append(("microphone", [("device", f"'{args.microphone}'")]))
    if args.audio_file is not None:
        nodes.append(("audio_file", [("file", str(args.audio_file))]))
    if wants_physio(args):
        nodes.append(("physio_perception", []))
    if args.sim_body is not None:
        nodes.append(("sim_body", [("scenario", args.sim_body)]))
    if args.signal_file is not None:
        nodes.append(("signal_file", [("file", str(args.signal_file))]))
    if args.fusion:
        nodes.append(("state_fusion", []))
    if args.hmi is not None:
        nodes.append(("hmi", [(name, str(value)) for name, value in hmi_values(args).items()]))
    return [(name, _command(name, parameters, args)) for name, parameters in nodes]


def _command(
    name: str, parameters: Sequence[tuple[str, ...]], args: argparse.Namespace
) -> list[str]:
    command = [sys.executable, "-m", f"affect_perception.ros.nodes.{name}", "--ros-args"]
    if args.params:
        command += ["--params-file", str(args.params)]
    for key, value in parameters:
        command += ["-p", f"{key}:={value}"]
    if args.namespace:
        command += ["-r", f"__ns:=/{args.namespace.strip('/')}"]
    for remap in args.remap:
        command += ["-r", remap]
    return command
