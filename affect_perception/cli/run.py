"""`affect-perception run`: starts the nodes that the launch file starts, without launch."""

from __future__ import annotations

import argparse
import ctypes
import importlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

END_WITHIN = 5.0
"""Seconds that a node gets to end after SIGTERM before it is killed."""

_POLL = 0.1
_PR_SET_PDEATHSIG = 1


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
        load_params,
        split_fusion_params,
        split_hmi_params,
        split_params,
        split_physio_params,
        split_voice_params,
    )
    from affect_perception.ros.fastdds import profile_variables

    values = load_params(args.params) if args.params else {}
    split_params(values | own_values(args), args.params)  # fails before anything starts
    if args.params and wants_voice(args):
        values = load_params(args.params, VOICE_NODE_NAME, optional=True)
        split_voice_params(values, args.params)
    if args.params and wants_physio(args):
        values = load_params(args.params, PHYSIO_NODE_NAME, optional=True)
        split_physio_params(values, args.params)
    if args.params and args.fusion:
        values = load_params(args.params, FUSION_NODE_NAME, optional=True)
        split_fusion_params(values, args.params)
    if args.hmi is not None:
        importlib.import_module("aiohttp")  # says what is missing before anything starts
        values = load_params(args.params, HMI_NODE_NAME, optional=True) if args.params else {}
        split_hmi_params(values | hmi_values(args), args.params)
    environment = os.environ | profile_variables()
    return supervise([command for _, command in node_commands(args)], environment)


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


def supervise(commands: Sequence[list[str]], environment: Mapping[str, str]) -> int:
    """Runs processes together: when one ends, or SIGINT or SIGTERM comes, all end.

    Returns:
        0 after a signal, else the exit code of the process that ended first.
    """
    asked = threading.Event()
    previous = {
        number: signal.signal(number, lambda *_: asked.set())
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    processes: list[subprocess.Popen[Any]] = []
    try:
        for command in commands:
            # A session of its own: Ctrl-C reaches the children through us, once.
            processes.append(
                subprocess.Popen(
                    command,
                    env=dict(environment),
                    start_new_session=True,
                    preexec_fn=_end_with_parent,  # safe: no threads here
                )
            )
        while not asked.is_set():
            for process in processes:
                if process.poll() is not None:
                    return int(process.returncode)
            asked.wait(_POLL)
        return 0
    finally:
        _end(processes)
        for number, handler in previous.items():
            signal.signal(number, handler)


def _end_with_parent() -> None:
    """Lets the kernel end a node when this process is gone, even if that was killed (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _end(processes: Sequence[subprocess.Popen[Any]]) -> None:
    running = [process for process in processes if process.poll() is None]
    for process in running:
        process.send_signal(signal.SIGTERM)  # SIGINT would print a traceback while it imports
    deadline = time.monotonic() + END_WITHIN
    for process in running:
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
