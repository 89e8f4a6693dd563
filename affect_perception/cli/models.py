"""`affect-perception models`: prepare, list and verify the models."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from affect_perception.inference.manifest import load_manifest
from affect_perception.inference.prepare import Preparation


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser("models", help="prepare, list and verify the models")
    commands = parser.add_subparsers(dest="models_command", required=True)
    prepare = commands.add_parser("prepare", help="fetch, check and convert the models")
    prepare.add_argument("names", nargs="*", help="which models (default: all)")
    prepare.add_argument("--from-dir", type=Path)
    prepare.add_argument("--cache-dir", type=Path)
    prepare.set_defaults(func=_prepare)


def _prepare(args: argparse.Namespace) -> int:
    made = Preparation(
        load_manifest(), args.cache_dir, args.from_dir, lambda m: print(m, file=sys.stderr)
    ).prepare(args.names)
    print(f"prepared: {', '.join(made) or 'all were there'}")
    return 0
