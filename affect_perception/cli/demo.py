"""`affect-perception demo`: a minute of a synthetic driver, live through the nodes, or a webcam."""

from __future__ import annotations

import argparse
import importlib.util
import math
import os
import secrets
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from affect_perception.core.errors import AffectPerceptionError, InputError

if TYPE_CHECKING:
    from affect_perception.cli.demo_view import View
    from affect_perception.evaluation.replay.live import LiveRecorder, Moment
    from affect_perception.evaluation.replay.run import Setting

_DESCRIPTION = """
Plays a scenario with the synthetic driver as a camera in real time (node sim_camera), lets the
node face_perception watch it in a process of its own, and shows what the node says beside what
the script does. At the end DIR holds the recorded states (states.mcap, states.parquet),
summary.json and report.html with its picture. No picture is recorded.

`demo expression` opens a page on this machine instead (extra `demo`): drop a picture or use the
webcam, and see what the face shows. Of its options only --port and --params count there.
"""

_START_TIMEOUT_S = 60.0
_PATIENCE_S = 15.0
_WEBCAM_CABIN = "webcam"


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    parser = subparsers.add_parser(
        "demo", help="a minute of a synthetic driver, or your webcam", description=_DESCRIPTION
    )
    parser.add_argument(
        "what",
        nargs="?",
        choices=("driver", "expression"),
        default="driver",
        help="driver (default): as above; expression: the page",
    )
    parser.add_argument("--port", type=int, metavar="N", help="of the page (default: a free one)")
    parser.add_argument("--out", type=Path, default=Path("out/demo"), metavar="DIR")
    parser.add_argument("--scenario", default="demo", metavar="NAME", help="shipped name or YAML")
    parser.add_argument("--seconds", type=float, default=math.inf, metavar="S", help="end earlier")
    parser.add_argument("--params", type=Path, metavar="FILE", help="parameter YAML as for launch")
    parser.add_argument("--no-ros", action="store_true", help="all in this process, without nodes")
    parser.add_argument("--camera", metavar="N", help="use this webcam (0 is the first) instead")
    parser.add_argument("--plain", action="store_true", help="lines instead of a live table")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the demo and prints where everything lies."""
    if args.what == "expression":
        from affect_perception.cli import demo_expression

        return demo_expression.run(args)
    from affect_perception.evaluation.replay.live import LiveRecorder
    from affect_perception.evaluation.replay.run import PICTURE, REPORT, Setting

    if not args.seconds > 0:
        raise InputError(f"--seconds {args.seconds:g} is not positive")
    webcam = args.camera is not None
    setting = Setting.load(args.params, _WEBCAM_CABIN if webcam and not args.params else None)
    in_process = webcam or args.no_ros or not _ros_available()
    name = f"webcam {args.camera}" if webcam else Path(args.scenario).stem
    with LiveRecorder(name, setting, args.out) as recorder:
        try:
            with _signals_interrupt():
                if in_process:
                    _run_here(args, setting, recorder)
                else:
                    _run_nodes(args, setting, recorder)
        except KeyboardInterrupt:
            print("stopped", file=sys.stderr)
        if not recorder.states:
            raise InputError("the demo has ended before the first state")
    summary = recorder.finish()
    _print_end(summary)
    for title, file in (
        ("recording", "states.mcap"),
        ("report", REPORT),
        ("picture", PICTURE),
    ):
        print(f"{title:10s} {(args.out / file).resolve()}")
    return 0


@contextmanager
def _signals_interrupt() -> Iterator[None]:
    """SIGTERM and a closed terminal end the demo as Ctrl-C does, so that no node is left behind."""

    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = {n: signal.signal(n, interrupt) for n in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _ros_available() -> bool:
    missing = [
        name
        for name in ("rclpy", "affect_perception.msg")
        if importlib.util.find_spec(name) is None
    ]
    if missing:
        print(f"no ROS here ({', '.join(missing)} missing): running in this process, without nodes")
    return not missing


def _view(args: argparse.Namespace, title: str, seconds: float) -> View:
    from affect_perception.cli.demo_view import LiveView, PlainView

    if args.plain or not sys.stdout.isatty():
        return PlainView()
    return LiveView(title, seconds)


def _run_nodes(args: argparse.Namespace, setting: Setting, recorder: LiveRecorder) -> None:
    """face_perception and sim_camera as processes; this one listens."""
    from affect_perception.cli.demo_processes import NodeProcess
    from affect_perception.evaluation.synthetic.scenario import scenario_path
    from affect_perception.sim.scenario import Scenario

    length = Scenario.load(scenario_path(args.scenario)).duration_s
    os.environ.setdefault("ROS_DOMAIN_ID", str(1 + secrets.randbelow(100)))
    os.environ.setdefault("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
    from affect_perception.ros.demo_monitor import DemoMonitor

    domain = os.environ["ROS_DOMAIN_ID"]
    print(f"nodes face_perception and sim_camera, ROS_DOMAIN_ID={domain}; Ctrl-C ends early")
    params = ["--params-file", str(args.params)] if args.params else []
    with (
        DemoMonitor() as monitor,
        NodeProcess("face_perception", params, args.out / "log") as face,
    ):
        if not monitor.wait_for_node(face.alive, _START_TIMEOUT_S):
            raise AffectPerceptionError(f"face_perception did not start: {face.last_words()}")
        arguments = ["-p", f"scenario:={args.scenario}", "-p", "loop:=false"]
        arguments += ["-p", f"cabin:={setting.node.cabin}"]
        with (
            NodeProcess("sim_camera", arguments, args.out / "log") as camera,
            _view(args, "live: sim_camera → face_perception", min(length, args.seconds)) as view,
        ):
            moments = monitor.moments(
                lambda: camera.alive() and face.alive(), recorder.add_face, _PATIENCE_S
            )
            _show(moments, view, recorder, args.seconds)
            if not face.alive():
                raise AffectPerceptionError(f"face_perception has ended: {face.last_words()}")
            if not recorder.states:
                raise AffectPerceptionError(f"no state has come: {camera.last_words()}")


def _run_here(args: argparse.Namespace, setting: Setting, recorder: LiveRecorder) -> None:
    """The pipeline in this process, in real time."""
    from affect_perception.cli.demo_here import scenario_moments, webcam_moments
    from affect_perception.inference import load_face_networks

    networks = load_face_networks(setting.pipeline.inference)
    if args.camera is not None:
        title, length = f"webcam {args.camera}", args.seconds
        moments = webcam_moments(args.camera, setting, networks, recorder.add_face)
    else:
        title = f"{Path(args.scenario).stem}, in this process"
        moments = scenario_moments(args.scenario, setting, networks, recorder.add_face)
        length = min(args.seconds, 60.0)
    with _view(args, title, length) as view:
        _show(moments, view, recorder, args.seconds)


def _show(moments: Iterator[Moment], view: View, recorder: LiveRecorder, seconds: float) -> None:
    first: int | None = None
    for moment in moments:
        first = moment.stamp_ns if first is None else first
        if moment.stamp_ns - first > seconds * 1e9:
            return
        recorder.add(moment)
        view.show(moment)


def _print_end(summary: dict[str, Any]) -> None:
    share = 100 * summary["tracked_frames"] / max(summary["frames"], 1)
    print()
    print(
        f"{summary['frames']} states in {summary['seconds']:.1f} s, face tracked in {share:.1f} %"
    )
    counted = [
        f"{len(found)} {kind.replace('_', ' ')}"
        for kind, found in summary["events"].items()
        if found
    ]
    print(f"events: {', '.join(counted) or 'none'}")
    for alert in summary["alerts"]:
        reasons = ", ".join(alert["reasons"]).replace("_", " ")
        print(f"  {alert['start_s']:6.2f} to {alert['end_s']:6.2f} s  {alert['level']}: {reasons}")
    latency = summary["times"].get("latency_ms")
    if latency:
        print(
            f"latency, picture's stamp to state: {latency['median']:.1f} ms (median), "
            f"{latency['p99']:.1f} ms (p99)"
        )
