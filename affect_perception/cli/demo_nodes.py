"""The demo through the nodes: which are started, in which order, and what they cost."""

from __future__ import annotations

import argparse
import importlib.util
import os
import secrets
import socket
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from affect_perception.cli.demo_processes import NodeProcess, ProcessorShares
from affect_perception.core.errors import AffectPerceptionError
from affect_perception.evaluation.replay.drive_bag import DRIVE_BAG, DriveBag
from affect_perception.sim.scenario import Scenario

if TYPE_CHECKING:
    from affect_perception.cli.demo import Show
    from affect_perception.evaluation.replay.live import LiveRecorder
    from affect_perception.evaluation.replay.run import Setting

PAGE_NODE = "hmi"
"""Name of the node that shows the states as a page, where it is installed."""

_START_TIMEOUT_S = 60.0
_PATIENCE_S = 15.0
# Simulators take about as long to start as the nodes took; a little more, so that none is late.
_LEAD_S = 2.0


@dataclass(frozen=True)
class Cast:
    """Who takes part: (node, its ROS arguments)."""

    perceptions: list[tuple[str, list[str]]]
    simulators: list[tuple[str, list[str]]]

    @property
    def names(self) -> list[str]:
        """Names of all nodes."""
        return [name for name, _ in (*self.perceptions, *self.simulators)]


def cast_of(
    scenario: Scenario, args: argparse.Namespace, setting: Setting, sound: Path, page: int | None
) -> Cast:
    """Nodes for a scenario: the face always, voice and body where the script has them.

    Args:
        scenario: The scenario.
        args: Arguments of the demo.
        setting: What the pipeline runs with.
        sound: Sound file of the scenario.
        page: Port of the page; None for no page.
    """
    params = ["--params-file", str(args.params)] if args.params else []
    talks = any(moment.kind == "talk" for moment in scenario.timeline.moments)
    compressed = [*params, "-p", "image_transport:=compressed"]
    perceptions = [("face_perception", compressed)]
    name = ["-p", f"scenario:={args.scenario}", "-p", "loop:=false"]
    simulators = [("sim_camera", [*name, "-p", f"cabin:={setting.node.cabin}"])]
    if talks:
        perceptions.append(("voice_perception", params))
        simulators.append(("audio_file", ["-p", f"file:={sound}", "-p", "loop:=false"]))
    if scenario.body is not None:
        perceptions.append(("physio_perception", params))
        simulators.append(("sim_body", name))
    if len(perceptions) > 1:
        perceptions.append(("state_fusion", params))
    if page is not None:
        own = ["-p", f"port:={page}", "-p", f"cabin:={setting.node.cabin}"]
        perceptions.append((PAGE_NODE, [*params, *own]))
    return Cast(perceptions, simulators)


def page_available() -> bool:
    """Whether the node of the page and what it needs are installed."""
    module = f"affect_perception.ros.nodes.{PAGE_NODE}"
    return all(importlib.util.find_spec(name) is not None for name in (module, "aiohttp"))


def run_nodes(
    args: argparse.Namespace, setting: Setting, recorder: LiveRecorder, show: Show
) -> None:
    """Starts all nodes as processes, and listens until the scenario ends.

    Args:
        args: Arguments of the demo.
        setting: What the pipeline runs with.
        recorder: Keeps what is said.
        show: Shows moments as they come.

    Raises:
        AffectPerceptionError: If a node does not start, or ends.
    """
    from affect_perception.evaluation.synthetic.scenario import load_scenario

    os.environ.setdefault("ROS_DOMAIN_ID", str(1 + secrets.randbelow(100)))
    os.environ.setdefault("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
    from affect_perception.ros.demo_monitor import READY_TOPICS, DemoMonitor

    scenario = load_scenario(args.scenario)
    sound = args.out / "drive.wav"
    page = None if args.no_page or not page_available() else args.port or _free_port()
    cast = cast_of(scenario, args, setting, sound, page)
    _announce(cast, scenario, page)
    if any(name == "audio_file" for name, _ in cast.simulators):
        _write_sound(scenario, sound)
    with ExitStack() as stack:
        drive = stack.enter_context(DriveBag(args.out / DRIVE_BAG))
        monitor = stack.enter_context(DemoMonitor(recorder, drive))
        began = time.monotonic()
        nodes = _start(stack, cast.perceptions, args.out)
        waited = [name for name, _ in cast.perceptions if name in READY_TOPICS]
        if not monitor.wait_for_nodes(waited, lambda: all_run(nodes), _START_TIMEOUT_S):
            raise AffectPerceptionError(f"{_first_ended(nodes)}")
        lead = _LEAD_S + time.monotonic() - began
        print(f"nodes are up; the drive begins in {lead:.0f} s and lasts {scenario.duration_s:g} s")
        begin = ["-p", f"start_at:={time.time() + lead:.6f}"]
        players = _start(stack, [(name, [*a, *begin]) for name, a in cast.simulators], args.out)
        stack.callback(_interrupt, [*nodes, *players])
        shares = ProcessorShares([*nodes, *players])
        moments = monitor.moments(lambda: players[0].alive() and all_run(nodes), lead + _PATIENCE_S)
        show(moments, shares.begin)
        recorder.times["processes"] = shares.end()
        recorder.times["pictures_left_out"] = drive.left_out
        recorder.times["states_without_recorded_picture"] = drive.unseen
        if not all_run(nodes):
            raise AffectPerceptionError(_first_ended(nodes))
        if not recorder.states:
            raise AffectPerceptionError(f"no state has come: {players[0].last_words()}")


def _free_port() -> int:
    """A port of this machine that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _announce(cast: Cast, scenario: Scenario, page: int | None) -> None:
    domain = os.environ["ROS_DOMAIN_ID"]
    print(f"scenario {scenario.name}: {scenario.description}")
    print(f"nodes: {', '.join(cast.names)}")
    print(f"each is a process of its own, ROS_DOMAIN_ID={domain}; Ctrl-C ends early", flush=True)
    if page is not None:
        print(f"page, while it lasts: http://127.0.0.1:{page}/", flush=True)


def _write_sound(scenario: Scenario, path: Path) -> None:
    import numpy as np
    from scipy.io import wavfile

    from affect_perception.sim.scenario_voice import scenario_sound

    sound = scenario_sound(scenario)
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = np.clip(np.round(32767.0 * sound.samples), -32768, 32767).astype(np.int16)
    wavfile.write(path, sound.rate, whole)


def _start(
    stack: ExitStack, nodes: Sequence[tuple[str, list[str]]], out: Path
) -> list[NodeProcess]:
    return [stack.enter_context(NodeProcess(name, a, out / "log")) for name, a in nodes]


def _interrupt(nodes: Sequence[NodeProcess]) -> None:
    """Asks all to end before any is waited for."""
    for node in nodes:
        node.interrupt()


def all_run(nodes: Sequence[NodeProcess]) -> bool:
    """Whether none of the nodes has ended."""
    return all(node.alive() for node in nodes)


def _first_ended(nodes: Sequence[NodeProcess]) -> str:
    for node in nodes:
        if not node.alive():
            return f"{node.name} has ended: {node.last_words()}"
    return f"the nodes did not start in time: {nodes[0].last_words()}"
