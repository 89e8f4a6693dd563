"""`affect-perception demo`: a synthetic drive, live through all nodes, or a webcam."""

from __future__ import annotations

import argparse
import importlib.util
import math
import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from affect_perception.cli.demo_words import script_lines, times_lines
from affect_perception.cli.supervise import signals_interrupt
from affect_perception.core.errors import InputError

if TYPE_CHECKING:
    from affect_perception.cli.demo_view import View
    from affect_perception.evaluation.replay.live import LiveRecorder, Moment
    from affect_perception.evaluation.replay.run import Setting

_DESCRIPTION = """
Plays a scenario in real time: a synthetic driver as a camera (node sim_camera), with a voice
(audio_file) and body sensors (sim_body) where the scenario has them. face_perception,
voice_perception, physio_perception and state_fusion watch it, each in a process of its own, and
this one shows what they say beside what the script does. At the end DIR holds what the sensors
gave (drive.mcap, for `affect-perception replay`), the recorded states (states.mcap and tables),
summary.json and report.html with its pictures. A webcam is never recorded.

`demo expression` opens a page on this machine instead (extra `demo`): drop a picture or use the
webcam, and see what the face shows. Of its options only --port and --params count there.
"""

Show = Callable[["Iterator[Moment]", Callable[[], None]], None]
"""Shows moments; the second argument is called once a second of the drive."""

_WEBCAM_CABIN = "webcam"


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    parser = subparsers.add_parser(
        "demo", help="a synthetic drive through all nodes, or your webcam", description=_DESCRIPTION
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
    parser.add_argument("--scenario", default="story", metavar="NAME", help="shipped name or YAML")
    parser.add_argument("--seconds", type=float, default=math.inf, metavar="S", help="end earlier")
    parser.add_argument("--params", type=Path, metavar="FILE", help="parameter YAML as for launch")
    parser.add_argument("--no-ros", action="store_true", help="all in this process, without nodes")
    parser.add_argument("--camera", metavar="N", help="use this webcam (0 is the first) instead")
    parser.add_argument("--no-page", action="store_true", help="do not start the page (node hmi)")
    parser.add_argument("--plain", action="store_true", help="lines instead of a live table")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the demo and prints where everything lies."""
    if args.what == "expression":
        from affect_perception.cli import demo_expression

        return demo_expression.run(args)
    from affect_perception.evaluation.replay.drive_bag import DRIVE_BAG
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
            with signals_interrupt():
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
    print()
    for title, file in (
        ("drive", DRIVE_BAG),
        ("states", "states.mcap"),
        ("report", REPORT),
        ("picture", PICTURE),
    ):
        if (args.out / file).exists():
            print(f"{title:10s} {(args.out / file).resolve()}")
    if (args.out / DRIVE_BAG).exists():
        again = shlex.join(["affect-perception", "replay", str(args.out / DRIVE_BAG)])
        print(f"{'again':10s} {again} --out {shlex.quote(str(args.out / 'replay'))}")
    print(f"{'look':10s} {(args.out / REPORT).resolve().as_uri()}")
    return 0


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


def _run_nodes(args: argparse.Namespace, setting: Setting, recorder: LiveRecorder) -> None:
    """All nodes as processes; this one listens."""
    from affect_perception.cli.demo_nodes import run_nodes
    from affect_perception.evaluation.synthetic.scenario import load_scenario

    length = min(load_scenario(args.scenario).duration_s, args.seconds)

    def show(moments: Iterator[Moment], each_second: Callable[[], None]) -> None:
        with _view(args, f"live: {Path(args.scenario).stem}, through the nodes", length) as view:
            _show(moments, view, recorder, args.seconds, each_second)

    run_nodes(args, setting, recorder, show)


def _show(
    moments: Iterator[Moment],
    view: View,
    recorder: LiveRecorder,
    seconds: float,
    each_second: Callable[[], None] | None = None,
) -> None:
    first: int | None = None
    due = 0
    for moment in moments:
        first = moment.stamp_ns if first is None else first
        passed = moment.stamp_ns - first
        if passed > seconds * 1e9:
            return
        if each_second is not None and passed >= due:
            due = passed + 1_000_000_000
            each_second()
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
    for line in (*script_lines(summary.get("script")), *times_lines(summary["times"])):
        print(line)
