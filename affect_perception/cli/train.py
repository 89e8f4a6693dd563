"""`affect-perception train`: learns the networks that are trained here, or cross-validates them."""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path
from typing import TYPE_CHECKING

from affect_perception.cli import (
    train_audiovisual,
    train_driver,
    train_expression,
    train_fusion,
    train_load,
    train_voice,
)
from affect_perception.cli.train_options import log_in

if TYPE_CHECKING:
    from affect_perception.training.eyes.run import Order


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    parser = subparsers.add_parser(
        "train",
        help="train a network of this package (needs the [train] extra)",
        description="Trains on data sets with ground truth; docs/training.md has recipe and data.",
    )
    tasks = parser.add_subparsers(dest="task", metavar="TASK", required=True)
    eyes = tasks.add_parser(
        "eyes",
        help="the eye network: gaze, lids, state of one eye",
        description="Trains the eye network, writes it as ONNX with its frames of gaze labels and "
        "a report; with --cross-validate one training per person left out, and only the report.",
    )
    eyes.add_argument(
        "--data", type=Path, required=True, help="root that holds vision/ut_multiview_eyes, ..."
    )
    eyes.add_argument("--out", type=Path, required=True, help="folder for results and checkpoints")
    eyes.add_argument(
        "--cross-validate", action="store_true", help="leave one person out at a time and score"
    )
    eyes.add_argument(
        "--subjects-out",
        default="",
        metavar="A,B",
        help="people not to train on; with --cross-validate: only these folds",
    )
    eyes.add_argument(
        "--max-minutes", type=float, default=math.inf, help="time for each training (schedule fits)"
    )
    eyes.add_argument("--steps", type=int, help="batches (default: the recipe's)")
    eyes.add_argument("--seed", type=int, help="seed (default: the recipe's)")
    eyes.add_argument("--branch-steps", type=int, help="batches of the branch for shut eyes")
    eyes.add_argument(
        "--float32",
        action="store_true",
        help="multiply in float32 in the branch, too: for processors without bfloat16",
    )
    eyes.add_argument("--resume", action="store_true", help="go on from the checkpoints in --out")
    eyes.add_argument(
        "--eight-bit",
        type=Path,
        metavar="FILE",
        help="write this trained network once more into --out, in 8 bits, and train nothing",
    )
    parser.set_defaults(run=run)
    _add_drowsiness(tasks)
    train_expression.add_parser(tasks)
    train_voice.add_parser(tasks)
    train_audiovisual.add_parser(tasks)
    train_fusion.add_parser(tasks)
    train_load.add_parser(tasks)
    train_driver.add_parser(tasks)


def _add_drowsiness(tasks: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = tasks.add_parser(
        "drowsiness",
        help="the model over a driver's sequence of blinks (needs no extra)",
        description="Fits the model to sequences of blinks, writes it as ONNX and cross-validates "
        "it with people apart; a minute or two on one core.",
    )
    parser.add_argument(
        "--data", type=Path, required=True, help="root that holds physio/rldd_blink_features"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for network and report")
    parser.add_argument("--cross-validate", action="store_true", help="only the report, no network")
    parser.set_defaults(run=_run_drowsiness)


def _run_drowsiness(args: argparse.Namespace) -> int:
    from affect_perception.training.drowsiness import Recipe, train

    report = train(args.data, args.out, Recipe(), only_validate=args.cross_validate)
    print(json.dumps(report, indent=1))
    return 0


def run(args: argparse.Namespace) -> int:
    """Runs the command; errors are raised for `main` to print."""
    from dataclasses import replace

    from affect_perception.core.errors import InputError
    from affect_perception.training.eyes.loop import TrainConfig
    from affect_perception.training.eyes.run import Order, convert_to_eight_bits
    from affect_perception.training.eyes.shut import ShutConfig

    counts = {"--steps": args.steps, "--branch-steps": args.branch_steps}
    if not args.max_minutes > 0.0 or any(n is not None and n < 1 for n in counts.values()):
        raise InputError(f"--max-minutes, {' and '.join(counts)} must be above zero")
    config, branch = TrainConfig(), ShutConfig()
    if args.seed is not None:
        config = replace(config, seed=args.seed)
        branch = replace(branch, loop=replace(branch.loop, seed=args.seed))
    if args.float32:
        branch = replace(branch, loop=replace(branch.loop, bfloat16=False))
    config = replace(config, steps=args.steps or config.steps)
    branch = replace(branch, steps=args.branch_steps or branch.steps)
    order = Order(
        data=args.data,
        out=args.out,
        subjects_out=tuple(n for n in args.subjects_out.split(",") if n),
        max_minutes=args.max_minutes,
        resume=args.resume,
        config=config,
        branch=branch,
    )
    if args.eight_bit is not None:
        with log_in(args.out) as say:
            print(convert_to_eight_bits(order, args.eight_bit, say))
        return 0
    report = _carry_out(order, cross_validate=args.cross_validate)
    print(json.dumps(report, indent=1))
    return 0


def _carry_out(order: Order, *, cross_validate: bool) -> dict[str, object]:
    from affect_perception.training.eyes.run import cross_validate as validate
    from affect_perception.training.eyes.run import train

    with log_in(order.out) as say:
        return validate(order, say) if cross_validate else train(order, say)
