"""`affect-perception models`: prepare, list and verify the models, build engines."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

OK = 0
FAILED = 1
"""Any other failure, and a comparison that found too large a difference."""
MISSING = 3
"""A model or its source is not there (not prepared, no network, no pip)."""
ALTERED = 4
"""A checksum is wrong."""
STORAGE = 5
"""The cache folder cannot be written (permission, disk full, in use)."""
UNAVAILABLE = 6
"""The backend is not there (package, driver or GPU missing)."""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `models` with its commands to a command line; each sets `run(args) -> int`."""
    parser = subparsers.add_parser(
        "models",
        help="prepare, list and verify the models; build engines",
        description="Third-party models are not part of this package: prepare fetches them from "
        "where their authors published them, checks and converts them, once.",
        epilog=f"exit codes: {OK} done, {FAILED} failed, {MISSING} missing (not prepared, no "
        f"network, no pip), {ALTERED} wrong checksum, {STORAGE} cache folder not writable, "
        f"{UNAVAILABLE} backend not there",
    )
    commands = parser.add_subparsers(dest="models_command", required=True, metavar="COMMAND")
    prepare = _command(commands, "prepare", "fetch, check and convert what is not there yet")
    prepare.add_argument(
        "--from-dir",
        type=Path,
        metavar="DIR",
        help="take the package file or the .tflite files from DIR instead of downloading",
    )
    prepare.set_defaults(run=_runs("prepare"))
    listing = _command(commands, "list", "show name, state, size and licence of each")
    listing.set_defaults(run=_runs("show"))
    verify = _command(commands, "verify", "compare with stored outputs of the original networks")
    verify.set_defaults(run=_runs("verify"))
    _add_build(commands)
    backends = commands.add_parser("backends", help="show what networks can run on here, and why")
    backends.set_defaults(run=_runs("backends"))


def _add_build(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    build = _command(commands, "build", "build engines ahead of time, so that no node has to")
    build.add_argument(
        "--backend",
        choices=("tensorrt", "tensorrt_native"),
        default="tensorrt_native",
        help="as parameter inference.provider (default tensorrt_native; tensorrt is that of ONNX "
        "Runtime, which keeps engines of its own)",
    )
    build.add_argument(
        "--precision",
        choices=("fp32", "fp16", "int8"),
        default="fp16",
        help="as parameter inference.precision (default fp16)",
    )
    build.set_defaults(run=_runs("build"))


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, text: str
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=text)
    parser.add_argument("names", nargs="*", metavar="MODEL", help="which models (default: all)")
    parser.add_argument(
        "--cache-dir",
        type=Path,
        metavar="DIR",
        help="cache folder (default: $AFFECT_CACHE, $XDG_CACHE_HOME/affect_perception or "
        "~/.cache/affect_perception)",
    )
    return parser


def _runs(name: str) -> Callable[[argparse.Namespace], int]:
    """A command of `models_commands`, which is imported only when it is run."""

    def run(args: argparse.Namespace) -> int:
        from affect_perception.cli import models_commands

        command: Callable[[argparse.Namespace], int] = getattr(models_commands, name)
        return models_commands.with_exit_code(command, args)

    return run
