"""`affect-perception bench`: speed, start and memory, beside MediaPipe FaceMesh."""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path

_OUT, _JSON = Path("docs/benchmarks.md"), Path("bench.json")


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    parser = subparsers.add_parser(
        "bench",
        help="measure the face path and the nodes",
        description=(
            "Times the face path, without and with expressions, against MediaPipe FaceMesh on "
            "equal pictures, in turn, on one core; then latency, processor time and memory of the "
            "real nodes. Writes docs/benchmarks.md and bench.json. Needs Linux. The first run "
            "installs MediaPipe into an environment of its own in the user's cache."
        ),
    )
    parser.add_argument(
        "part",
        nargs="?",
        choices=("all", "models"),
        default="all",
        help="models: each model on each backend of this machine in each precision instead "
        "(default out: docs/benchmarks_models.md, bench_models.json)",
    )
    parser.add_argument(
        "--seconds", type=float, default=3.0, help="with models: how long each is run (default 3)"
    )
    parser.add_argument(
        "--model", action="append", default=[], metavar="NAME", help="with models: only this one"
    )
    parser.add_argument(
        "--rounds", type=int, default=5, help="passes over 300 frames per sequence (default 5)"
    )
    parser.add_argument(
        "--minutes",
        type=float,
        default=0.5,
        help="how long to watch the nodes (default 0.5; 10 shows that memory is flat; 0: not)",
    )
    parser.add_argument(
        "--mediapipe-python",
        type=Path,
        metavar="PYTHON",
        help="an interpreter that has MediaPipe 0.10.21 (default: an environment made for it)",
    )
    parser.add_argument("--out", type=Path, default=_OUT, metavar="FILE")
    parser.add_argument("--json", type=Path, default=_JSON, metavar="FILE")
    parser.add_argument(
        "--physio",
        action="store_true",
        help="the path of the body signals instead, beside NeuroKit2; --rounds of a minute each "
        "(default out: docs/benchmarks_physio.md, bench_physio.json)",
    )
    parser.add_argument(
        "--hmi",
        action="store_true",
        help="what the page of the node hmi costs instead, with 0, 1 and 2 pages open, for "
        "--minutes each; prints, writes nothing",
    )
    parser.add_argument(
        "--hours", type=int, default=0, help="with --physio: simulated hours to watch the memory"
    )
    parser.add_argument(
        "--demo",
        action="store_true",
        help="the drive of the demo through all nodes instead, and its replay (4 minutes; default "
        "out: docs/benchmarks_demo.md)",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the command; errors are raised for `main` to print."""
    from affect_perception.core.errors import InputError

    if args.part == "models":
        return _models(args)
    if args.physio:
        return _physio(args)
    if args.demo:
        return _demo(args)
    if args.hmi:
        return _hmi(args.minutes)
    from affect_perception.evaluation.bench.run import Options, run_bench

    if args.hours:
        raise InputError("--hours belongs to --physio")
    if args.rounds < 1:
        raise InputError("--rounds must be at least 1")
    _check_minutes(args.minutes)
    words = ["affect-perception", "bench"]
    words += ["--rounds", str(args.rounds)] if args.rounds != 5 else []
    words += ["--minutes", f"{args.minutes:g}"] if args.minutes != 0.5 else []
    options = Options(args.rounds, args.minutes, args.mediapipe_python, shlex.join(words))
    bench = run_bench(
        options, args.out, args.json, lambda line: print(line, file=sys.stderr, flush=True)
    )
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
    return 0


def _check_minutes(minutes: float) -> None:
    from affect_perception.core.errors import InputError

    if not 0.0 <= minutes <= 24 * 60.0:
        raise InputError("--minutes must be between 0 and 1440")


def _hmi(minutes: float) -> int:
    from affect_perception.core.errors import InputError
    from affect_perception.evaluation.bench.hmi import measure_hmi

    _check_minutes(minutes)
    if minutes * 60.0 < 2.0:
        raise InputError("--minutes must be at least 0.04 with --hmi")
    for pages in (0, 1, 2):
        found = measure_hmi(60.0 * minutes, pages)
        median, high = found.cores
        line = f"{pages} pages: {median:.1%} of a core (p95 {high:.1%}), {found.memory_mib:.0f} MiB"
        if pages:
            line += (
                f", {found.rate:.1f} messages/s of {found.kilobytes:.1f} kB to a page, "
                f"{found.age_ms[0]:.1f} ms after the node took a state (p99 {found.age_ms[1]:.1f})"
            )
        print(f"{line}; {found.load}")
    return 0


def _physio(args: argparse.Namespace) -> int:
    from affect_perception.core.errors import InputError
    from affect_perception.evaluation.bench.physio import measure, write

    if args.rounds < 1 or not 0 <= args.hours <= 24 * 7:
        raise InputError("--rounds must be at least 1 and --hours between 0 and 168")
    _check_minutes(args.minutes)
    words = ["affect-perception", "bench", "--physio"]
    words += ["--rounds", str(args.rounds)] if args.rounds != 5 else []
    words += ["--hours", str(args.hours)] if args.hours else []
    words += ["--minutes", f"{args.minutes:g}"] if args.minutes != 0.5 else []
    figures = measure(
        *(args.rounds, args.hours, args.minutes),
        lambda line: print(line, file=sys.stderr, flush=True),
    )
    page = args.out if args.out != _OUT else _OUT.with_name("benchmarks_physio.md")
    table = args.json if args.json != _JSON else _JSON.with_name("bench_physio.json")
    write(figures, shlex.join(words), page, table)
    print(
        f"body signals: {figures.share:.2%} of one core, NeuroKit2 {figures.ratio:.0f} times that"
    )
    print(f"{page} and {table} written")
    return 0


def _models(args: argparse.Namespace) -> int:
    from affect_perception.core.errors import InputError
    from affect_perception.evaluation.bench.models import bench_models, write

    if not 0.0 < args.seconds <= 600.0:
        raise InputError("--seconds must be above 0 and at most 600")
    words = ["affect-perception", "bench", "models"]
    words += ["--seconds", f"{args.seconds:g}"] if args.seconds != 3.0 else []
    for name in args.model:
        words += ["--model", name]
    bench = bench_models(
        args.seconds, args.model, lambda line: print(line, file=sys.stderr, flush=True)
    )
    page = args.out if args.out != _OUT else _OUT.with_name("benchmarks_models.md")
    table = args.json if args.json != _JSON else _JSON.with_name("bench_models.json")
    write(bench, shlex.join(words), page, table)
    for f in bench.figures:
        figures = f.error or f"{f.median_ms:.3f} ms, {f.ratio:.2f} of fp32 on one core"
        print(f"{f.model} on {f.backend} in {f.precision}: {figures}")
    print(f"{page} and {table} written")
    return 0


def _demo(args: argparse.Namespace) -> int:
    from affect_perception.evaluation.bench.drive import measure_drive, write_drive

    figures = measure_drive(lambda line: print(line, file=sys.stderr, flush=True))
    page = args.out if args.out != _OUT else _OUT.with_name("benchmarks_demo.md")
    write_drive(figures, "affect-perception bench --demo", page)
    script = figures.live["script"]
    print(
        f"{len(script['states']) - script['missed']} of {len(script['states'])} found, "
        f"{len(script['false'])} false; replay {figures.replayed['times']['times_real_time']:.1f} "
        "times real time"
    )
    print(f"{page} written")
    return 0
