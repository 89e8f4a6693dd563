"""`affect-perception evaluate`: figures on data with ground truth, and the scorecard page."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from affect_perception.evaluation.result import Evaluation

SCORECARD = "scorecard"
OPTIONS = ("hours", "rendered_minutes", "seed", "profile")
"""Options that belong to single tasks (`Task.options`)."""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    parser = subparsers.add_parser(
        "evaluate",
        help="measure the shipped models on data with ground truth",
        description=(
            "Runs one task on a folder in the format of a known data set and prints its figures; "
            "'scorecard' runs every task whose data lie under a root and rewrites the page. "
            "Tasks and formats: docs/evaluation.md."
        ),
    )
    parser.add_argument(
        "task",
        help="a task of docs/evaluation.md (head_pose, gaze, eyes, events, ...); scorecard: all",
    )
    parser.add_argument(
        "--data",
        type=Path,
        help="folder of the data set; for scorecard the root that holds vision/... "
        "(default there: $AFFECT_DATA); synthetic and pulse need none",
    )
    parser.add_argument("--split", help="part of the data set to use (default: all)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures as JSON")
    parser.add_argument(
        "--rows", type=Path, metavar="FILE", help="write one line per picture or frame as CSV"
    )
    parser.add_argument(
        "--params",
        type=Path,
        metavar="FILE",
        help="parameter YAML as for launch, to compare settings; not for scorecard",
    )
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="scorecard: the page (default docs/scorecard.md)"
    )
    parser.add_argument(
        "--jobs", type=int, metavar="N", help="scorecard: evaluations side by side (default 1)"
    )
    parser.add_argument(
        "--resume",
        type=Path,
        metavar="DIR",
        help="scorecard: keep each result in DIR, and do not run again what lies there; empty DIR "
        "after a change of models or code",
    )
    own = parser.add_argument_group("false_alerts")
    own.add_argument("--hours", type=float, help="of attentive driving as observations (8)")
    own.add_argument("--rendered-minutes", type=float, help="of it as pictures (20)")
    own.add_argument("--seed", type=int, help="of everything random (1)")
    own.add_argument("--profile", help="policy profile (default: the configured one)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the command; errors are raised for `main` to print."""
    from affect_perception.evaluation.tools import Tools

    config = None
    if args.params is not None:
        from affect_perception.evaluation.replay.run import Setting

        config = Setting.load(args.params, None).pipeline
    tools = Tools(config, show_progress=True)
    if args.task == SCORECARD:
        return _scorecard(args, tools)
    return _one_task(args, tools)


def _one_task(args: argparse.Namespace, tools: object) -> int:
    from affect_perception.core.errors import InputError
    from affect_perception.evaluation.registry import task_named
    from affect_perception.evaluation.tools import Request, Tools

    assert isinstance(tools, Tools)
    task = task_named(args.task)
    if args.out is not None:
        raise InputError("--out belongs to 'evaluate scorecard'; a task writes with --json FILE")
    for name in ("jobs", "resume"):
        if getattr(args, name) is not None:
            raise InputError(f"--{name} belongs to 'evaluate scorecard'")
    if args.data is None and task.folders:
        raise InputError(f"'evaluate {task.name}' needs --data DIR, such as {task.folders[0]}")
    options = {name: getattr(args, name) for name in OPTIONS if getattr(args, name) is not None}
    for name in options:
        if name not in task.options:
            raise InputError(
                f"--{name.replace('_', '-')} does not belong to 'evaluate {task.name}'"
            )
    data = args.data if args.data is not None else Path("built-in scenarios")
    split = None if args.split == "all" else args.split
    result = task.run(Request(data, split, command_line(args), options), tools)
    _print(result)
    if args.json is not None:
        args.json.parent.mkdir(parents=True, exist_ok=True)
        args.json.write_text(result.to_json(), encoding="utf-8")
    if args.rows is not None:
        result.write_rows(args.rows)
    return 0


def _scorecard(args: argparse.Namespace, tools: object) -> int:
    from affect_perception.core.errors import InputError
    from affect_perception.evaluation.scorecard import write_scorecard
    from affect_perception.evaluation.tools import Tools

    assert isinstance(tools, Tools)
    given = [name for name in OPTIONS if getattr(args, name) is not None]
    others = (args.json, args.rows, args.split, args.params)
    if given or any(other is not None for other in others):
        raise InputError("'evaluate scorecard' takes only --data, --out, --jobs, --resume")
    if args.jobs is not None and args.jobs < 1:
        raise InputError(f"--jobs must be at least 1, found {args.jobs}")
    root = args.data or os.environ.get("AFFECT_DATA")
    if root is None:
        raise InputError("'evaluate scorecard' needs --data ROOT, or AFFECT_DATA set")
    out = args.out or Path("docs/scorecard.md")
    names = write_scorecard(
        Path(root), out, tools, print_to_stderr, workers=args.jobs or 1, folder=args.resume
    )
    print(f"{out}: {len(names)} evaluations")
    return 0


def command_line(args: argparse.Namespace) -> str:
    """The command that repeats the figures."""
    words = ["affect-perception", "evaluate", args.task]
    if args.data is not None:
        words += ["--data", str(args.data)]
    if args.split is not None:
        words += ["--split", args.split]
    if args.params is not None:
        words += ["--params", str(args.params)]
    for name in OPTIONS:
        value = getattr(args, name, None)
        if value is not None:
            words += [f"--{name.replace('_', '-')}", f"{value}"]
    return shlex.join(words)


def print_to_stderr(line: str) -> None:
    """Tells how far a long run is."""
    print(line, file=sys.stderr, flush=True)


def _print(result: Evaluation) -> None:
    people = "" if result.subjects is None else f", {result.subjects} subjects"
    print(f"{result.task} on {result.data} ({result.split}): n = {result.n}{people}")
    for name, value in result.metrics.items():
        print(f"  {name:44s} {value:10.4g}")
    for method, values in result.baselines.items():
        print(f"  baseline {method}")
        for name, value in values.items():
            print(f"    {name:42s} {value:10.4g}")
    for note in result.notes:
        print(f"  note: {note}")
