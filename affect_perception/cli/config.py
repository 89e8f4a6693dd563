"""`affect-perception config write | check`: the files that are made from core/config/."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    parser = subparsers.add_parser(
        "config",
        help="make or check the parameter files; check one of yours",
        description="Makes config/affect_perception.yaml, its schema and docs/parameters.md from "
        "core/config/, or checks that they are up to date. With a FILE, checks that one.",
    )
    parser.add_argument("action", choices=("write", "check"))
    parser.add_argument(
        "file", nargs="?", type=Path, metavar="FILE", help="check: a parameter file of your own"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the command; 1 if something is out of date."""
    from affect_perception.io.params_file import (
        FUSION_NODE_NAME,
        HMI_NODE_NAME,
        PHYSIO_NODE_NAME,
        VOICE_NODE_NAME,
        check_params,
        load_params,
        split_params,
    )

    if args.file is None:
        return _write_or_check(write=args.action == "write")
    split_params(load_params(args.file), args.file)
    for name in (VOICE_NODE_NAME, PHYSIO_NODE_NAME, FUSION_NODE_NAME, HMI_NODE_NAME):
        check_params(name, args.file)
    print(f"{args.file}: ok")
    return 0


def _write_or_check(*, write: bool) -> int:
    from affect_perception.cli.config_files import generated_files
    from affect_perception.share import share_path

    root = share_path("config").parent
    stale = 0
    for relative, content in generated_files().items():
        path = root / relative
        if path.is_file() and path.read_text(encoding="utf-8") == content:
            continue
        stale += 1
        if write:
            path.parent.mkdir(exist_ok=True)
            path.write_text(content, encoding="utf-8")
        print(f"{relative}: {'written' if write else 'differs from core/config/'}")
    if not stale:
        print("up to date")
    return 1 if stale and not write else 0
