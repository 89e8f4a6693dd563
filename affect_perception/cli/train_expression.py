"""`affect-perception train expression`: the expression network."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from affect_perception.cli.train_options import (
    add_recipe_options,
    command_of,
    log_in,
    recipe_of,
)


def add_parser(tasks: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command below `train`."""
    parser = tasks.add_parser(
        "expression",
        help="the expression network: what a face shows",
        description="Trains the expression network by a recipe and writes it as ONNX with its "
        "report, card, manifest entry and pictures of what it confuses.",
    )
    parser.add_argument(
        "--data",
        type=Path,
        required=True,
        help="root that holds vision/fer2013 (and vision/affectnet), or a set itself",
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for results, checkpoint")
    add_recipe_options(parser, recipe="expression_light", device="auto")
    parser.add_argument(
        "--resume", action="store_true", help="go on from the checkpoint; --epochs may be larger"
    )
    parser.add_argument(
        "--export-only", action="store_true", help="write the checkpoint as it is, train nothing"
    )
    parser.add_argument(
        "--compare-balance",
        action="store_true",
        help="instead train once for each way to treat unequal classes and write their scores "
        "(with --recipe expression_small: ten minutes)",
    )
    parser.add_argument(
        "--page", type=Path, help="with it: page whose part between the markers becomes the table"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the command; errors are raised for `main` to print."""
    from affect_perception.training.expression.balance import compare_balance
    from affect_perception.training.expression.recipe import ExpressionRecipe
    from affect_perception.training.expression.run import Order, train

    order = Order(
        data=args.data,
        out=args.out,
        recipe=recipe_of(ExpressionRecipe, args),
        max_minutes=args.max_minutes,
        resume=args.resume,
        device=args.device,
        export_only=args.export_only,
        version=args.version,
        command=command_of("expression", args),
    )
    with log_in(args.out) as say:
        if args.compare_balance:
            report = compare_balance(order, say, args.page)
        else:
            report = train(order, say)
    print(json.dumps(report, indent=1))
    return 0
