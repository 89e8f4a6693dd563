"""`affect-perception train audiovisual`: emotion from features of face and voice."""

from __future__ import annotations

import argparse
import json

from affect_perception.cli.train_options import add_fit_options, fit_order


def add_parser(tasks: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command below `train`."""
    parser = tasks.add_parser(
        "audiovisual",
        help="emotion from features of face and voice together",
        description="Fits linear heads to tables of features of face and voice, writes them as "
        "ONNX with card and manifest entry, and a report with one speaker left out at a time and "
        "with what votes on voice, face and both say; half a minute on one core.",
    )
    add_fit_options(parser, data="audio/ravdess_av", recipe="audiovisual")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the command; errors are raised for `main` to print."""
    from affect_perception.training.audiovisual.recipe import AudiovisualRecipe
    from affect_perception.training.audiovisual.run import Order, train

    order = fit_order("audiovisual", args, AudiovisualRecipe, Order)
    print(json.dumps(train(order, only_validate=args.cross_validate), indent=1))
    return 0
