"""`affect-perception simulate`: records the synthetic driver and its body."""

from __future__ import annotations

import argparse
from pathlib import Path

_DESCRIPTION = """
Plays a scenario with the synthetic driver and records it. OUT decides how: *.mcap or a folder name
for a rosbag2 recording with pictures, camera_info and truth (topic driver_truth, JSON); *.mp4 or
*.avi for a video, with the truth in a table beside it; *.npz or *.csv for the body signals of a
scenario that has them (csv: one file per sensor), without pictures.
"""


_START_NS = 1_000_000_000
"""Stamp of the first picture: in ROS a stamp of 0 means that there is none."""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    parser = subparsers.add_parser(
        "simulate",
        help="record the synthetic driver as bag, video or body signals",
        description=_DESCRIPTION,
    )
    parser.add_argument("scenario", metavar="SCENARIO", help="shipped scenario (demo) or YAML file")
    parser.add_argument("--out", type=Path, required=True, metavar="PATH", help="what to write")
    parser.add_argument("--cabin", default="sedan_lhd", metavar="NAME", help="cabin with the zones")
    parser.add_argument("--seed", type=int, metavar="N", help="goes before the scenario's seed")
    parser.add_argument("--portrait", type=Path, metavar="FILE", help="picture of another face")
    parser.add_argument(
        "--jpeg-quality", type=_quality, default=95, metavar="Q", help="1 to 100 (default 95)"
    )
    parser.add_argument(
        "--sound",
        action="store_true",
        help="bags: record a made voice as well (topic audio), which talks where the script says",
    )
    parser.add_argument(
        "--body",
        action="store_true",
        help="bags: record the body signals as well (topics biosignals and body_truth)",
    )
    parser.add_argument(
        "--body-only", action="store_true", help="bags: record the body signals and no pictures"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Records and prints where it lies."""
    from affect_perception.core.errors import InputError
    from affect_perception.evaluation.synthetic.recording import VIDEO_SUFFIXES
    from affect_perception.io.signal_file import SIGNAL_SUFFIXES

    if (args.sound or args.body or args.body_only) and args.out.suffix in VIDEO_SUFFIXES:
        raise InputError("--sound and --body need a bag: videos are written without them")
    if args.body_only or args.out.suffix in SIGNAL_SUFFIXES:
        return _record_body(args)
    return _record_driver(args)


def _record_body(args: argparse.Namespace) -> int:
    """Body signals alone: nothing is drawn."""
    from affect_perception.evaluation.synthetic.recording import record_bag, record_signals
    from affect_perception.evaluation.synthetic.scenario import load_scenario
    from affect_perception.io.signal_file import SIGNAL_SUFFIXES
    from affect_perception.sim.body.script import body_of
    from affect_perception.sim.scenario_voice import scenario_sound, sound_chunks

    scenario = load_scenario(args.scenario)
    body = body_of(scenario, args.seed)
    if args.out.suffix in SIGNAL_SUFFIXES:
        paths = record_signals(body, args.out, _START_NS)
        names = ", ".join(str(path.resolve()) for path in paths)
        print(f"{scenario.name}: {scenario.duration_s:g} s of body signals in {names}")
        return 0
    sound = sound_chunks(scenario_sound(scenario), _START_NS) if args.sound else ()
    count = record_bag(args.out, None, sound=sound, body=body, start_ns=_START_NS)
    print(f"{scenario.name}: {count} pieces of body signals in {args.out.resolve()}")
    return 0


def _record_driver(args: argparse.Namespace) -> int:
    from affect_perception.cli.replay import progress
    from affect_perception.evaluation.synthetic.recording import (
        VIDEO_SUFFIXES,
        record_bag,
        record_video,
    )
    from affect_perception.evaluation.synthetic.scenario import ScenarioSource, load_driver
    from affect_perception.inference import load_face_networks
    from affect_perception.io.cabin_file import load_cabin
    from affect_perception.sim.body.script import body_of
    from affect_perception.sim.scenario_voice import scenario_sound, sound_chunks

    cabin = load_cabin(args.cabin)
    driver = load_driver(
        args.scenario,
        cabin,
        load_face_networks(),
        portrait=args.portrait,
        seed=args.seed,
        start_ns=_START_NS,
    )
    script = driver.scenario
    body = body_of(script, args.seed) if args.body else None
    with progress(ScenarioSource(driver)) as advance:
        if args.out.suffix in VIDEO_SUFFIXES:
            count = record_video(driver, args.out, cabin, advance)
        else:
            sound = sound_chunks(scenario_sound(script), _START_NS) if args.sound else ()
            count = record_bag(args.out, driver, args.jpeg_quality, advance, sound, body, _START_NS)
    print(f"{script.name}: {count} pictures in {args.out.resolve()}")
    return 0


def _quality(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 100:
        raise argparse.ArgumentTypeError(f"{text!r} is not between 1 and 100")
    return int(text)
