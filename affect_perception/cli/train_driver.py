"""`affect-perception train driver`: the multi-task driver network."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from affect_perception.cli.train_options import add_loop_options, command_of, log_in, recipe_of


def add_parser(tasks: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command below `train`."""
    parser = tasks.add_parser(
        "driver",
        help="one Transformer for gaze map, eyes, distraction, load and stress",
        description="Trains one network on eyes, drawn and scripted drivers and body signals, each "
        "with the labels it has, writes its two parts as ONNX, and compares it with the separate "
        "networks on people left out; docs/driver_network.md.",
    )
    parser.add_argument(
        "--data", type=Path, required=True, help="root that holds vision/ut_multiview_eyes, ..."
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for results and checkpoint")
    add_loop_options(parser, recipe="driver", epochs="times the recipe's batches")
    parser.add_argument(
        "--subjects-out",
        default="",
        metavar="A,B",
        help="people of the gaze set not to train on, nor every fourth of the load sets; they are "
        "scored (default: everybody is learned from, for weights to ship)",
    )
    parser.add_argument("--version", default="1.0.0", help="of the weights, for card and manifest")
    parser.add_argument(
        "--resume", action="store_true", help="go on from checkpoint and data in --out"
    )
    parser.add_argument(
        "--page", type=Path, help="page whose part between the markers becomes the tables"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the command; errors are raised for `main` to print."""
    from affect_perception.training.driver.recipe import DriverRecipe
    from affect_perception.training.driver.run import Order, train

    recipe = recipe_of(DriverRecipe, args)
    command = command_of("driver", args)
    if args.subjects_out:
        command += f" --subjects-out {args.subjects_out}"
    order = Order(
        data=args.data,
        out=args.out,
        recipe=recipe,
        subjects_out=tuple(name for name in args.subjects_out.split(",") if name),
        max_minutes=args.max_minutes,
        resume=args.resume,
        command=command,
        page=args.page,
        version=args.version,
    )
    with log_in(args.out) as say:
        report = train(order, say)
    print(json.dumps(report, indent=1))
    return 0
