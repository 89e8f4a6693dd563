"""`affect-perception cabin`: checks a cabin file and shows what it says."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    parser = subparsers.add_parser(
        "cabin",
        help="check a cabin file, list its zones as the driver sees them, draw it",
        description="Checks a cabin file and lists its zones as seen from the driver's ocular "
        "reference point. docs/cabins.md tells how to measure a cabin.",
    )
    parser.add_argument("cabin", help="name of a shipped cabin, or path of a YAML file")
    parser.add_argument(
        "--picture", type=Path, metavar="FILE", help="draw it as a PNG: driver's view, plan, side"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the command."""
    from affect_perception.evaluation.report.cabin_table import cabin_table
    from affect_perception.io.cabin_file import load_cabin

    cabin = load_cabin(args.cabin)
    print(cabin_table(cabin))
    if args.picture is not None:
        from affect_perception.evaluation.report.cabin_picture import write_cabin_picture

        args.picture.parent.mkdir(parents=True, exist_ok=True)
        write_cabin_picture(args.picture, cabin)
        print(f"picture: {args.picture}")
    return 0
