"""`affect-perception bench`: speed, start and memory, beside MediaPipe FaceMesh."""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path


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
    parser.add_argument("--out", type=Path, default=Path("docs/benchmarks.md"), metavar="FILE")
    parser.add_argument("--json", type=Path, default=Path("bench.json"), metavar="FILE")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the command; errors are raised for `main` to print."""
    from affect_perception.core.errors import InputError
    from affect_perception.evaluation.bench.run import Options, run_bench

    if args.rounds < 1 or not 0.0 <= args.minutes <= 24 * 60.0:
        raise InputError("--rounds must be at least 1 and --minutes between 0 and 1440")
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
