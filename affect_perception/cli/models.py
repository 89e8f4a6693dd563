"""`affect-perception models`: prepare, list and verify the models."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from affect_perception.core.errors import (
    AffectPerceptionError,
    ModelAlteredError,
    ModelMissingError,
)
from affect_perception.inference.cache import StorageError, models_folder
from affect_perception.inference.fetch import FetchError
from affect_perception.inference.loader import PREPARE_COMMAND
from affect_perception.inference.manifest import Manifest, ModelEntry, load_manifest
from affect_perception.inference.prepare import Preparation, state
from affect_perception.inference.verify import verify_model

OK = 0
FAILED = 1
"""Any other failure, and a comparison that found too large a difference."""
MISSING = 3
"""A model or its source is not there (not prepared, no network, no pip)."""
ALTERED = 4
"""A checksum is wrong."""
STORAGE = 5
"""The cache folder cannot be written (permission, disk full, in use)."""

_EXIT_CODES: tuple[tuple[type[AffectPerceptionError], int], ...] = (
    (ModelMissingError, MISSING),
    (FetchError, MISSING),
    (ModelAlteredError, ALTERED),
    (StorageError, STORAGE),
)
_MEGABYTE = 1_000_000

Command = Callable[[argparse.Namespace], int]


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `models` with its three commands to a command line; each sets `func(args) -> int`."""
    parser = subparsers.add_parser(
        "models",
        help="prepare, list and verify the models",
        description="Third-party models are not part of this package: prepare fetches them from "
        "where their authors published them, checks and converts them, once.",
        epilog=f"exit codes: {OK} done, {FAILED} failed, {MISSING} missing (not prepared, no "
        f"network, no pip), {ALTERED} wrong checksum, {STORAGE} cache folder not writable",
    )
    commands = parser.add_subparsers(dest="models_command", required=True, metavar="COMMAND")
    prepare = _command(commands, "prepare", "fetch, check and convert what is not there yet")
    prepare.add_argument(
        "--from-dir",
        type=Path,
        metavar="DIR",
        help="take the package file or the .tflite files from DIR instead of downloading",
    )
    prepare.set_defaults(func=_reporting_errors(_prepare))
    listing = _command(commands, "list", "show name, state, size and licence of each")
    listing.set_defaults(func=_reporting_errors(_list))
    verify = _command(commands, "verify", "compare with stored outputs of the original networks")
    verify.set_defaults(func=_reporting_errors(_verify))


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


def _reporting_errors(command: Command) -> Command:
    """Turn the package's errors into a message and an exit code."""

    def run(args: argparse.Namespace) -> int:
        try:
            return command(args)
        except AffectPerceptionError as error:
            Console(stderr=True).print(f"error: {error}", markup=False, style="red", soft_wrap=True)
            for kind, code in _EXIT_CODES:
                if isinstance(error, kind):
                    return code
            return FAILED

    return run


def _chosen(manifest: Manifest, args: argparse.Namespace) -> list[ModelEntry]:
    return [manifest.model(name) for name in args.names or manifest.models]


def _prepare(args: argparse.Namespace) -> int:
    console = Console(stderr=True)
    with console.status("looking at the models") as status:

        def report(message: str) -> None:
            if console.is_terminal:
                status.update(message)
            else:
                console.print(message, soft_wrap=True)

        preparation = Preparation(load_manifest(), args.cache_dir, args.from_dir, report)
        made = preparation.prepare(args.names)
    for name in made:
        console.print(f"prepared {name}", soft_wrap=True)
    if not made:
        console.print("all models are ready", soft_wrap=True)
    return OK


def _list(args: argparse.Namespace) -> int:
    """Print one line per model; the exit code says whether all are ready."""
    manifest = load_manifest()
    entries = _chosen(manifest, args)
    width = max(len(entry.name) for entry in entries)
    states = []
    for entry in entries:
        states.append(state(manifest, entry, args.cache_dir) or "prepared")
        size = f"{entry.size_bytes / _MEGABYTE:.1f} MB"
        print(f"{entry.name:{width}}  {states[-1]:8}  {size:>7}  {entry.licence}")
    print(f"folder: {models_folder(args.cache_dir)}")
    if set(states) != {"prepared"}:
        print(f"run: {PREPARE_COMMAND}")
    if "altered" in states:
        return ALTERED
    return MISSING if "missing" in states else OK


def _verify(args: argparse.Namespace) -> int:
    """Print one line per output: the largest difference from the original network."""
    manifest = load_manifest()
    passed = True
    for entry in _chosen(manifest, args):
        print(entry.name)
        for item in verify_model(manifest, entry, args.cache_dir):
            passed = passed and item.passed
            result = "ok" if item.passed else "FAILED"
            print(
                f"  {item.output:12} {result:6} largest difference {item.largest:.1e} {item.unit}"
                f", allowed {item.tolerance:.0e}"
            )
    return OK if passed else FAILED
