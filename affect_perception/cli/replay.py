"""`affect-perception replay`: a recording through the pipeline of the live node."""

from __future__ import annotations

import argparse
import functools
import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from affect_perception.cli.demo_words import script_lines

if TYPE_CHECKING:
    from affect_perception.io.events import Source

_DESCRIPTION = """
Runs a recording through the pipeline of the live node, in the order of its stamps and as fast as
the machine can. INPUT is a rosbag2 folder or file (.mcap, .db3), a video file, a sound file (.wav,
.flac, ...), a file of body signals (.npz, .csv), or a scenario (.yaml, or the name of a shipped
one) for the synthetic driver. OUT then holds states.mcap (FaceObservation, AttentionState,
VoiceObservation, PhysioObservation), a table of each of them (states.parquet: one row per picture;
voice.parquet; physio.parquet and beats.parquet), summary.json, report.html and report.png; for a
scenario also truth.parquet and body_truth.parquet. All of it is the same on every run, except for
the times in summary.json.
"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    parser = subparsers.add_parser(
        "replay",
        help="run a bag, a video, a sound, body signals or a scenario through the pipeline",
        description=_DESCRIPTION,
    )
    parser.add_argument("input", type=Path, metavar="INPUT", help="what to replay")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for results")
    parser.add_argument("--params", type=Path, metavar="FILE", help="parameter YAML as for launch")
    parser.add_argument("--cabin", metavar="NAME", help="cabin, goes before that of --params")
    parser.add_argument(
        "--limit", type=_seconds, default=math.inf, metavar="S", help="only the first S seconds"
    )
    parser.add_argument(
        "--image-topic", default="", metavar="TOPIC", help="camera topic, if a bag has several"
    )
    parser.add_argument(
        "--twist-topic", default="", metavar="TOPIC", help="speed topic, if a bag has several"
    )
    parser.add_argument(
        "--audio-topic", default="", metavar="TOPIC", help="sound topic, if a bag has several"
    )
    parser.add_argument(
        "--body-topic", default="", metavar="TOPIC", help="body signals, if a bag has several"
    )
    parser.add_argument(
        "--body-only",
        action="store_true",
        help="of a scenario only the body signals: nothing is drawn, so it takes seconds",
    )
    parser.add_argument("--no-progress", action="store_true", help="no progress bar")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Replays and prints what was found and where it lies."""
    from affect_perception.evaluation.replay.run import Setting, open_input, run_replay
    from affect_perception.inference import load_face_networks
    from affect_perception.io.sources import Topics

    setting = Setting.load(args.params, args.cabin)
    load = functools.cache(lambda: load_face_networks(setting.pipeline.inference))
    topics = Topics(
        args.image_topic, args.twist_topic, args.audio_topic, args.body_topic, setting.sound_format
    )
    source = open_input(args.input, setting, load, topics, body_only=args.body_only)
    with progress(source, hidden=args.no_progress or math.isfinite(args.limit)) as advance:
        summary = run_replay(source, setting, load, args.out, limit_s=args.limit, on_frame=advance)
    print_summary(summary, args.out)
    return 0


def print_summary(summary: dict[str, Any], out: Path) -> None:
    """Prints the result in a few lines."""
    if "voice" in summary:
        _print_voice(summary)
    if "physio" in summary:
        _print_body(summary)
    if summary["frames"]:
        _print_pictures(summary)
    for line in script_lines(summary.get("script")):
        print(line)
    print(f"report: {(out / 'report.html').resolve()}")


def _print_voice(summary: dict[str, Any]) -> None:
    voice, times = summary["voice"], summary["times"]["voice"]
    share = voice["talking_share"]
    talk = "talking unknown" if share is None else f"talking in {100 * share:.1f} %"
    print(
        f"{summary['input']}: {voice['seconds']:.1f} s of sound, {talk}, "
        f"{len(voice['talks'])} talks; {times['ms_per_second_of_sound']:.1f} ms per second of sound"
    )


def _print_body(summary: dict[str, Any]) -> None:
    physio, times = summary["physio"], summary["times"]["physio"]
    named = [
        f"{name.replace('_', ' ')} ({', '.join(found['units'])})"
        for name, found in physio["channels"].items()
    ]
    heart = physio["figures"].get("heart_rate")
    rate = "heart rate unknown" if heart is None else f"heart rate {heart['median']:.0f} per minute"
    print(
        f"{summary['input']}: {physio['seconds']:.1f} s of {', '.join(named)}; {rate}, "
        f"{physio['beats']} beats; {times['ms_per_second_of_signal']:.1f} ms per second of signal"
    )
    for name, reason in summary.get("left_out", {}).items():
        print(f"left out: {name}: {reason}")


def _print_pictures(summary: dict[str, Any]) -> None:
    frames, events, times = summary["frames"], summary["events"], summary["times"]
    share = 100 * summary["tracked_frames"] / max(frames, 1)
    print(
        f"{summary['input']}: {frames} pictures, {summary['seconds']:.1f} s, "
        f"face tracked in {share:.1f} %"
    )
    counted = [f"{len(found)} {kind.replace('_', ' ')}" for kind, found in events.items() if found]
    print(f"events: {', '.join(counted) or 'none'}; {len(summary['alerts'])} alerts")
    if summary["unusable_frames"]:
        first = summary["unusable_frames_first"][0]["error"]
        print(f"pictures that could not be used: {summary['unusable_frames']} (first: {first})")
    print(
        f"{times['per_frame_ms']['median']:.1f} ms per picture, {times['wall_s']:.1f} s in all "
        f"({times['times_real_time']:.1f} times real time)"
    )


@contextmanager
def progress(source: Source, *, hidden: bool = False) -> Iterator[Callable[[], None] | None]:
    """A progress bar on stderr; nothing where stderr is no terminal."""
    if hidden or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(source.name, total=source.frames)
        yield lambda: bar.advance(task)


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not value > 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no positive number of seconds")
    return value
