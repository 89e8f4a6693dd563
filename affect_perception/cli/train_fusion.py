"""`affect-perception train fusion`: how what face and voice say is combined."""

from __future__ import annotations

import argparse
import json

from affect_perception.cli.train_options import add_fit_options, fit_order


def add_parser(tasks: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command below `train`."""
    parser = tasks.add_parser(
        "fusion",
        help="how what face and voice say is combined: product, calibrated, learned",
        description="Compares ways to combine the classes of face and voice with one speaker left "
        "out at a time, writes the learned one as ONNX with card and manifest entry, and a report; "
        "two minutes on one core.",
    )
    add_fit_options(parser, data="audio/ravdess_av", recipe="fusion")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the command; errors are raised for `main` to print."""
    from affect_perception.training.fusion.recipe import FusionRecipe
    from affect_perception.training.fusion.run import Order, train

    order = fit_order("fusion", args, FusionRecipe, Order)
    print(json.dumps(train(order, only_validate=args.cross_validate), indent=1))
    return 0
