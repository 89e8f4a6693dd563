"""`affect-perception simulate`: records the synthetic driver."""

from __future__ import annotations

import argparse
from pathlib import Path

_DESCRIPTION = """
Plays a scenario with the synthetic driver and records it. OUT decides how: *.mcap or a folder name
for a rosbag2 recording with pictures, camera_info and truth (topic driver_truth, JSON); *.mp4 or
*.avi for a video, with the truth in a table beside it.
"""


_START_NS = 1_000_000_000
"""Stamp of the first picture: in ROS a stamp of 0 means that there is none."""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    parser = subparsers.add_parser(
        "simulate", help="record the synthetic driver as bag or video", description=_DESCRIPTION
    )
    parser.add_argument("scenario", metavar="SCENARIO", help="shipped scenario (demo) or YAML file")
    parser.add_argument("--out", type=Path, required=True, metavar="PATH", help="bag or video")
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
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Records and prints where it lies."""
    from affect_perception.cli.replay import progress
    from affect_perception.core.errors import InputError
    from affect_perception.evaluation.synthetic.recording import (
        VIDEO_SUFFIXES,
        record_bag,
        record_video,
    )
    from affect_perception.evaluation.synthetic.scenario import ScenarioSource, load_driver
    from affect_perception.inference import load_face_networks
    from affect_perception.io.cabin_file import load_cabin
    from affect_perception.sim.scenario_voice import scenario_sound, sound_chunks

    if args.sound and args.out.suffix in VIDEO_SUFFIXES:
        raise InputError("--sound needs a bag: videos are written without sound")
    cabin = load_cabin(args.cabin)
    driver = load_driver(
        args.scenario,
        cabin,
        load_face_networks(),
        portrait=args.portrait,
        seed=args.seed,
        start_ns=_START_NS,
    )
    with progress(ScenarioSource(driver)) as advance:
        if args.out.suffix in VIDEO_SUFFIXES:
            count = record_video(driver, args.out, cabin, advance)
        else:
            sound = sound_chunks(scenario_sound(driver.scenario), _START_NS) if args.sound else ()
            count = record_bag(driver, args.out, args.jpeg_quality, advance, sound)
    print(f"{driver.scenario.name}: {count} pictures in {args.out.resolve()}")
    return 0


def _quality(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 100:
        raise argparse.ArgumentTypeError(f"{text!r} is not between 1 and 100")
    return int(text)
