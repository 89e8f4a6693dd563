"""`affect-perception train voice`: the speech-emotion network."""

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
    add_recipe_options(parser, recipe="voice", device="cpu")
    parser.add_argument(
        "--cross-validate", action="store_true", help="leave folds of speakers out and score them"
    )
    parser.add_argument(
        "--folds", default="1,2,3,4,5", metavar="N,N", help="with --cross-validate: only these"
    )
    parser.add_argument(
        "--resume", action="store_true", help="go on from checkpoints and folds in --out"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the command; errors are raised for `main` to print."""
    from affect_perception.training.voice.recipe import VoiceRecipe
    from affect_perception.training.voice.run import Order, cross_validate, train

    order = Order(
        data=args.data,
        out=args.out,
        recipe=recipe_of(VoiceRecipe, args),
        folds=_folds(args.folds),
        max_minutes=args.max_minutes,
        resume=args.resume,
        device=args.device,
        version=args.version,
        command=command_of("voice", args),
    )
    with log_in(args.out) as say:
        report = cross_validate(order, say) if args.cross_validate else train(order, say)
    print(json.dumps(report, indent=1))
    return 0


def _folds(text: str) -> tuple[int, ...]:
    from affect_perception.core.errors import InputError

    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError as error:
        raise InputError(f"--folds must be numbers joined by commas, got {text!r}") from error
