"""`affect-perception train fusion`: how what face and voice say is combined."""

from __future__ import annotations

import argparse
import json
from pathlib import Path


def add_parser(tasks: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command below `train`."""
    parser = tasks.add_parser(
        "fusion",
        help="how what face and voice say is combined: product, calibrated, learned",
        description="Compares ways to combine the classes of face and voice with one speaker left "
        "out at a time, writes the learned one as ONNX with card and manifest entry, and a report; "
        "two minutes on one core.",
    )
    parser.add_argument(
        "--data", type=Path, required=True, help="root that holds audio/ravdess_av, ..."
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for network and report")
    parser.add_argument(
        "--recipe",
        default="fusion",
        help="name of a recipe under config/training, or path of a YAML file (fusion)",
    )
    parser.add_argument("--seed", type=int, help="seed (default: the recipe's)")
    parser.add_argument("--cross-validate", action="store_true", help="only the report, no network")
    parser.add_argument("--version", default="1.0.0", help="of the weights, for card and manifest")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the command; errors are raised for `main` to print."""
    from dataclasses import replace

    from affect_perception.training.fusion.recipe import FusionRecipe
    from affect_perception.training.fusion.run import Order, train
    from affect_perception.training.recipe import load_recipe

    recipe = load_recipe(FusionRecipe, args.recipe)
    words = ["affect-perception train fusion --data DATA --out DIR"]
    if args.recipe != "fusion":
        words.append(f"--recipe {args.recipe}")
    if args.seed is not None:
        recipe = replace(recipe, seed=args.seed)
        words.append(f"--seed {args.seed}")
    order = Order(args.data, args.out, recipe, args.version, " ".join(words))
    print(json.dumps(train(order, only_validate=args.cross_validate), indent=1))
    return 0
