"""`affect-perception train voice`: the speech-emotion network."""

from __future__ import annotations

import argparse
import json
import math
import sys
from pathlib import Path

LOG_FILE = "train.log"


def add_parser(tasks: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command below `train`."""
    parser = tasks.add_parser(
        "voice",
        help="the speech-emotion network: how speech sounds",
        description="Trains the speech-emotion network by a recipe and writes it as ONNX with card "
        "and manifest entry; with --cross-validate one training for each fold of speakers left "
        "out, and only the report.",
    )
    parser.add_argument(
        "--data", type=Path, required=True, help="root that holds audio/ravdess_speech, ..."
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for results, checkpoints")
    parser.add_argument(
        "--recipe",
        default="voice",
        help="name of a recipe under config/training, or path of a YAML file (voice)",
    )
    parser.add_argument(
        "--cross-validate", action="store_true", help="leave folds of speakers out and score them"
    )
    parser.add_argument(
        "--folds", default="1,2,3,4,5", metavar="N,N", help="with --cross-validate: only these"
    )
    parser.add_argument("--epochs", type=float, help="times through the data (default: recipe's)")
    parser.add_argument("--seed", type=int, help="seed (default: the recipe's)")
    parser.add_argument(
        "--max-minutes", type=float, default=math.inf, help="time for each training (schedule fits)"
    )
    parser.add_argument(
        "--float32",
        action="store_true",
        help="multiply in float32: for processors without bfloat16",
    )
    parser.add_argument("--device", default="cpu", help="cpu (default), cuda, accelerate or auto")
    parser.add_argument("--version", default="1.0.0", help="of the weights, for card and manifest")
    parser.add_argument(
        "--resume", action="store_true", help="go on from checkpoints and folds in --out"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the command; errors are raised for `main` to print."""
    from dataclasses import replace

    from affect_perception.core.errors import InputError
    from affect_perception.training.recipe import load_recipe
    from affect_perception.training.voice.recipe import VoiceRecipe
    from affect_perception.training.voice.run import Order, cross_validate, train

    if not args.max_minutes > 0.0:
        raise InputError("--max-minutes must be above zero")
    recipe = load_recipe(VoiceRecipe, args.recipe)
    changed = {
        name: value for name in ("epochs", "seed") if (value := getattr(args, name)) is not None
    }
    if args.float32:
        changed["bfloat16"] = False
    order = Order(
        data=args.data,
        out=args.out,
        recipe=replace(recipe, loop=replace(recipe.loop, **changed)),
        folds=_folds(args.folds),
        max_minutes=args.max_minutes,
        resume=args.resume,
        device=args.device,
        version=args.version,
        command=f"affect-perception train voice --recipe {args.recipe} --data DATA --out DIR",
    )
    order.out.mkdir(parents=True, exist_ok=True)
    with (order.out / LOG_FILE).open("a", encoding="utf-8") as log:

        def say(line: str) -> None:
            print(line, file=sys.stderr, flush=True)
            print(line, file=log, flush=True)

        report = cross_validate(order, say) if args.cross_validate else train(order, say)
    print(json.dumps(report, indent=1))
    return 0


def _folds(text: str) -> tuple[int, ...]:
    from affect_perception.core.errors import InputError

    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError as error:
        raise InputError(f"--folds must be numbers joined by commas, got {text!r}") from error
