"""`affect-perception bench`: speed, start and memory, each part beside what it is compared with."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

_ALL, _USUAL = "all", "face"
_OPTIONS: dict[str, dict[str, Any]] = {
    "rounds": {
        "type": int,
        "help": "passes over 300 frames per sequence, minutes of signal, or starts",
    },
    "minutes": {
        "type": float,
        "help": "how long to watch the nodes; 10 shows that memory is flat, 0: not",
    },
    "hours": {"type": int, "help": "simulated hours to watch the memory"},
    "seconds": {"type": float, "help": "how long each is run"},
    "model": {"action": "append", "metavar": "NAME", "help": "only this one"},
    "mediapipe_python": {
        "type": Path,
        "metavar": "PYTHON",
        "help": "an interpreter that has MediaPipe 0.10.21; else an environment is made for it",
    },
    "out": {"type": Path, "metavar": "FILE", "help": "the page"},
    "json": {"type": Path, "metavar": "FILE", "help": "the figures"},
}
_REPEATED = ("rounds", "hours", "minutes", "seconds", "model")
"""Options in the command that a page gives; the others are places of this machine."""
_BOUNDS: dict[str, tuple[Callable[[float], bool], str]] = {
    "rounds": (lambda value: value >= 1, "at least 1"),
    "minutes": (lambda value: 0.0 <= value <= 24 * 60.0, "between 0 and 1440"),
    "hours": (lambda value: 0 <= value <= 24 * 7, "between 0 and 168"),
    "seconds": (lambda value: 0.0 < value <= 600.0, "above 0 and at most 600"),
}


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    parser = subparsers.add_parser(
        "bench",
        help="measure the face path and the nodes",
        description="Measures a part and writes its page under docs and its figures as JSON. Needs "
        f"Linux. Without a part: {_USUAL}, whose options these are.",
    )
    _add_options(parser, _USUAL)
    parts = parser.add_subparsers(dest="part", metavar="PART")
    for name, part in _PARTS.items():
        _add_options(parts.add_parser(name, help=part.text, description=part.text), name)
    parts.add_parser(_ALL, help="every part in turn, as without options")
    parser.set_defaults(run=run, part=_USUAL)


def _add_options(parser: argparse.ArgumentParser, part: str) -> None:
    # Only what is given stands in the result: a part does not hide what stood before its name.
    for name, default in _PARTS[part].options.items():
        words = dict(_OPTIONS[name])
        if default:
            words["help"] += f" (default {default})"
        parser.add_argument(_flag(name), default=argparse.SUPPRESS, **words)


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def run(args: argparse.Namespace) -> int:
    """Runs the command; errors are raised for `main` to print."""
    from affect_perception.core.errors import InputError

    given = {name: value for name, value in vars(args).items() if name in _OPTIONS}
    for name in given:
        if args.part == _ALL or name not in _PARTS[args.part].options:
            raise InputError(f"{_flag(name)} does not belong to 'bench {args.part}'")
        holds, words = _BOUNDS.get(name, (None, ""))
        if holds is not None and not holds(given[name]):
            raise InputError(f"{_flag(name)} must be {words}")
    for name in _PARTS if args.part == _ALL else (args.part,):
        part = _PARTS[name]
        part.measure(SimpleNamespace(command=_command(name, given), **{**part.options, **given}))
    return 0


def _command(part: str, given: Mapping[str, Any]) -> str:
    """The command that repeats the figures."""
    words = ["affect-perception", "bench", *([part] if part != _USUAL else [])]
    usual = _PARTS[part].options
    for name in _REPEATED:
        if name in given and given[name] != usual[name]:
            values = given[name] if isinstance(given[name], list) else [f"{given[name]:g}"]
            for value in values:
                words += [_flag(name), value]
    return shlex.join(words)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _face(args: SimpleNamespace) -> None:
    from affect_perception.evaluation.bench.run import Options, run_bench

    options = Options(args.rounds, args.minutes, args.mediapipe_python, args.command)
    bench = run_bench(options, args.out, args.json, _say)
    for c in bench.comparisons:
        print(
            f"{c.sequence} {c.width}x{c.height}: face path {c.ours.median_ms:.2f} ms, FaceMesh "
            f"{c.theirs.median_ms:.2f} ms, ratio {c.ratio:.2f}; with expression (means) "
            f"{c.expressive.mean_ms:.2f} and {c.theirs.mean_ms:.2f} ms, ratio "
            f"{c.expressive_ratio:.2f}"
        )
    if bench.nodes is not None:
        median, high, _ = bench.nodes.latency_ms
        print(
            f"nodes: latency {median:.1f} ms (p99 {high:.1f}), {bench.nodes.cpu_cores:.2f} cores, "
            f"{bench.nodes.memory_end_mib:.0f} MiB at {bench.nodes.rate:.1f} states/s"
        )
    for v in bench.voice:
        print(
            f"voice {v.rate} Hz, {v.channels} channel(s): {v.median_ms:.1f} ms per second of sound "
            f"({v.processor_ms:.1f} ms of processor)"
        )
    if bench.voice_nodes is not None:
        median, high, _ = bench.voice_nodes.latency_ms
        print(f"voice node: latency {median:.1f} ms (p99 {high:.1f})")
    print(f"{args.out} and {args.json} written")


def _physio(args: SimpleNamespace) -> None:
    from affect_perception.evaluation.bench.physio import measure, write

    figures = measure(args.rounds, args.hours, args.minutes, _say)
    write(figures, args.command, args.out, args.json)
    print(
        f"body signals: {figures.share:.2%} of one core, NeuroKit2 {figures.ratio:.0f} times that"
    )
    print(f"{args.out} and {args.json} written")


def _demo(args: SimpleNamespace) -> None:
    from affect_perception.evaluation.bench.drive import measure_drive, write_drive

    figures = measure_drive(_say)
    write_drive(figures, args.command, args.out)
    script = figures.live["script"]
    print(
        f"{len(script['states']) - script['missed']} of {len(script['states'])} found, "
        f"{len(script['false'])} false; replay {figures.replayed['times']['times_real_time']:.1f} "
        "times real time"
    )
    print(f"{args.out} written")


def _hmi(args: SimpleNamespace) -> None:
    from affect_perception.core.errors import InputError
    from affect_perception.evaluation.bench.hmi import measure_hmi

    if args.minutes * 60.0 < 2.0:
        raise InputError("--minutes must be at least 0.04 with 'bench hmi'")
    for pages in (0, 1, 2):
        found = measure_hmi(60.0 * args.minutes, pages)
        median, high = found.cores
        line = f"{pages} pages: {median:.1%} of a core (p95 {high:.1%}), {found.memory_mib:.0f} MiB"
        if pages:
            line += (
                f", {found.rate:.1f} messages/s of {found.kilobytes:.1f} kB to a page, "
                f"{found.age_ms[0]:.1f} ms after the node took a state (p99 {found.age_ms[1]:.1f})"
            )
        print(f"{line}; {found.load}")


def _start(args: SimpleNamespace) -> None:
    from affect_perception.evaluation.bench.start import bench_start, write

    bench = bench_start(args.rounds, args.mediapipe_python, _say)
    write(bench, args.command, args.out, args.json)
    for f in bench.figures:
        print(
            f"{f.kind}: cold {f.cold.total_s:.2f} s ({f.cold_ratio:.2f} of FaceMesh), warm "
            f"{f.warm.total_s:.2f} s ({f.warm_ratio:.2f}), processor {f.warm.processor_s:.2f} s "
            f"({f.processor_ratio:.2f})"
        )
    print(f"{args.out} and {args.json} written")


def _models(args: SimpleNamespace) -> None:
    from affect_perception.evaluation.bench.models import bench_models, write

    bench = bench_models(args.seconds, args.model, _say)
    write(bench, args.command, args.out, args.json)
    for f in bench.figures:
        figures = f.error or f"{f.median_ms:.3f} ms, {f.ratio:.2f} of fp32 on one core"
        print(f"{f.model} on {f.backend} in {f.precision}: {figures}")
    print(f"{args.out} and {args.json} written")


@dataclass(frozen=True)
class _Part:
    """What can be measured alone.

    Attributes:
        text: What it is.
        measure: Measures, writes, and prints; gets its options and `command`.
        options: Its options with what they are if not given.
    """

    text: str
    measure: Callable[[SimpleNamespace], None]
    options: Mapping[str, Any]


def _files(end: str) -> dict[str, Path]:
    return {"out": Path(f"docs/benchmarks{end}.md"), "json": Path(f"bench{end}.json")}


_PARTS = {
    _USUAL: _Part(
        "the face path, without and with expressions, against MediaPipe FaceMesh on equal "
        "pictures, in turn, on one core; then the voice, and latency, processor time and memory "
        "of the real nodes. The first run installs MediaPipe into an environment of its own in "
        "the user's cache",
        _face,
        {"rounds": 5, "minutes": 0.5, "mediapipe_python": None, **_files("")},
    ),
    "physio": _Part(
        "the path of the body signals, beside NeuroKit2",
        _physio,
        {"rounds": 5, "hours": 0, "minutes": 0.5, **_files("_physio")},
    ),
    "demo": _Part(
        "the drive of the demo through all nodes, and its replay; 4 minutes",
        _demo,
        {"out": _files("_demo")["out"]},
    ),
    "hmi": _Part(
        "what the page of the node hmi costs with 0, 1 and 2 pages open; prints, writes nothing",
        _hmi,
        {"minutes": 0.5},
    ),
    "start": _Part(
        "from the start of a process to its first state, cold and warm: the face path, its node, a "
        "replay, and MediaPipe FaceMesh",
        _start,
        {"rounds": 5, "mediapipe_python": None, **_files("_start")},
    ),
    "models": _Part(
        "each model on each backend of this machine in each precision",
        _models,
        {"seconds": 3.0, "model": [], **_files("_models")},
    ),
}
