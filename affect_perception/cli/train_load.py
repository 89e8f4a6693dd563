"""`affect-perception train load`: the model of cognitive load and stress."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from affect_perception.cli.train_options import log_in


def add_parser(tasks: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command below `train`."""
    parser = tasks.add_parser(
        "load",
        help="the model of cognitive load and stress from body signals (needs no extra)",
        description="Fits the model to tokens of wrist recordings and writes it as ONNX with "
        "figures of people left out, tables, reliability pictures, card and manifest entry.",
    )
    parser.add_argument(
        "--data", type=Path, required=True, help="root that holds physio/wesad_wrist, ..."
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for the results")
    parser.add_argument(
        "--recipe", default="load", help="name under config/training, or path of a YAML file (load)"
    )
    parser.add_argument("--seed", type=int, help="seed (default: the recipe's)")
    parser.add_argument("--version", default="1.0.0", help="of the weights, for card and manifest")
    parser.add_argument(
        "--cross-validate", action="store_true", help="only the figures with people apart"
    )
    parser.add_argument(
        "--page", type=Path, help="page whose part between the markers becomes the tables"
    )
    parser.add_argument(
        "--compare",
        metavar="NAME,NAME",
        help="only networks on the same folds: perceptron, recurrent, transformer (needs torch)",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the command; errors are raised for `main` to print."""
    from dataclasses import replace

    from affect_perception.training.load.recipe import LoadRecipe
    from affect_perception.training.load.run import Order, compare_networks, train, validate
    from affect_perception.training.recipe import load_recipe

    recipe = load_recipe(LoadRecipe, args.recipe)
    words = ["affect-perception train load --data DATA --out DIR", f"--recipe {args.recipe}"]
    if args.seed is not None:
        recipe = replace(recipe, seed=args.seed)
        words.append(f"--seed {args.seed}")
    order = Order(args.data, args.out, recipe, args.version, " ".join(words), args.page)
    with log_in(args.out) as say:
        if args.compare:
            shown = compare_networks(order, args.compare.split(","), say)
        else:
            report = validate(order, say) if args.cross_validate else train(order, say)
            shown = report["both"]
    print(json.dumps(shown, indent=1))
    return 0
