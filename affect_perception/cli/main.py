"""Entry of the command line: finds the command, runs it, and turns errors into one line.

Each command lives in a module of its own with `add_parser(subparsers)`. Those modules import only
the standard library at their top, so that help is instant and a missing extra (ROS, torch) stops
only the command that needs it.
"""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import sys
from collections.abc import Callable, Iterable, Sequence

from affect_perception import __version__
from affect_perception.core.errors import AffectPerceptionError

COMMANDS = (
    "demo",
    "replay",
    "simulate",
    "run",
    "evaluate",
    "train",
    "models",
    "bench",
    "drills",
    "config",
    "cabin",
)

EXIT_OK = 0
EXIT_ERROR = 2
EXIT_INTERRUPTED = 130

_EXTRAS = {
    "rclpy": "ROS 2 (source a distribution, or: pip install 'affect_perception[ros]')",
    "rosbags": "rosbags (pip install rosbags)",
    "pyarrow": "pyarrow (pip install pyarrow)",
    "aiohttp": "the hmi extra (pip install 'affect_perception[hmi]')",
    "gradio": "the demo extra (pip install 'affect_perception[demo]')",
    "torch": "the training extra (pip install 'affect_perception[train]')",
    "skimage": "scikit-image (pip install scikit-image)",
    "matplotlib": "matplotlib (pip install matplotlib)",
    "rich": "rich (pip install rich)",
    "yaml": "PyYAML (pip install pyyaml)",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command line.

    Args:
        argv: Arguments without the program's name; those of the process if None.

    Returns:
        0 if all went well, 2 after an error of the user or of the input (one line on stderr), 130
        if interrupted, else what the command returns.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        args = build_parser(_wanted(arguments)).parse_args(arguments)
    except SystemExit as stop:  # argparse has printed help, the version or its error
        return stop.code if isinstance(stop.code, int) else EXIT_ERROR
    _configure_logging(args.verbose)
    run: Callable[[argparse.Namespace], int] = args.run
    try:
        return run(args)
    except AffectPerceptionError as error:
        return _fail(str(error))
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in _EXTRAS:
            raise
        return _fail(f"'{args.command}' needs {_EXTRAS[package]}")
    except BrokenPipeError:
        # The reader of our output has gone (`| head`): nothing more to say, and nobody to say it
        # to. Python would complain once more when it flushes stdout at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_OK
    except OSError as error:
        if error.filename is None:
            raise
        return _fail(f"{error.filename}: {error.strerror}")
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED


def build_parser(commands: Iterable[str] = COMMANDS) -> argparse.ArgumentParser:
    """The argument parser with the named commands."""
    parser = argparse.ArgumentParser(
        prog="affect-perception",
        description="What a driver attends to, from the cabin camera.",
        epilog="'affect-perception COMMAND --help' explains a command.",
    )
    parser.add_argument("--version", action="version", version=f"affect_perception {__version__}")
    parser.add_argument(
        "-v", "--verbose", action="count", default=0, help="log more to stderr (-vv: everything)"
    )
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name in commands:
        importlib.import_module(f"affect_perception.cli.{name}").add_parser(subparsers)
    return parser


def _wanted(arguments: Sequence[str]) -> Iterable[str]:
    """Only the command that is asked for, if it is known: the others need not be imported."""
    first = next((a for a in arguments if not a.startswith("-")), None)
    return (first,) if first in COMMANDS else COMMANDS


def _configure_logging(verbosity: int) -> None:
    level = (logging.WARNING, logging.INFO, logging.DEBUG)[min(verbosity, 2)]
    logging.basicConfig(
        level=level, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s", force=True
    )


def _fail(message: str) -> int:
    print(f"affect-perception: error: {' '.join(message.split())}", file=sys.stderr)
    return EXIT_ERROR


if __name__ == "__main__":
    sys.exit(main())
