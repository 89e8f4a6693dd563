"""What the commands below `train` share: options of a recipe, the command to repeat, the log."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from affect_perception.core.errors import InputError

LOG_FILE = "train.log"

T = TypeVar("T")
Order = TypeVar("Order")


def add_loop_options(
    parser: argparse.ArgumentParser, *, recipe: str, epochs: str = "times through the data"
) -> None:
    """Adds the recipe and what changes its loop: what `recipe_of` and `command_of` read.

    Args:
        parser: Of the command.
        recipe: Name of its usual recipe.
        epochs: What an epoch is counted in.
    """
    _add_recipe(parser, recipe)
    parser.add_argument("--epochs", type=float, help=f"{epochs} (default: recipe's)")
    parser.add_argument("--seed", type=int, help="seed (default: the recipe's)")
    parser.add_argument(
        "--max-minutes", type=float, default=math.inf, help="time for each training (schedule fits)"
    )
    parser.add_argument(
        "--float32",
        action="store_true",
        help="multiply in float32: for processors without bfloat16",
    )


def add_recipe_options(parser: argparse.ArgumentParser, *, recipe: str, device: str) -> None:
    """Adds the options above, and those of a training on any device that writes a card.

    Args:
        parser: Of the command.
        recipe: Name of its usual recipe.
        device: Where it runs if nothing is said.
    """
    add_loop_options(parser, recipe=recipe)
    parser.add_argument(
        "--device", default=device, help=f"cpu, cuda, accelerate or auto (default: {device})"
    )
    parser.add_argument("--version", default="1.0.0", help="of the weights, for card and manifest")


def _add_recipe(parser: argparse.ArgumentParser, recipe: str) -> None:
    parser.add_argument(
        "--recipe",
        default=recipe,
        help=f"name of a recipe under config/training, or path of a YAML file ({recipe})",
    )


def _loop_changes(args: argparse.Namespace) -> dict[str, Any]:
    if not args.max_minutes > 0.0:
        raise InputError("--max-minutes must be above zero")
    changed = {
        name: value for name in ("epochs", "seed") if (value := getattr(args, name)) is not None
    }
    return {**changed, "bfloat16": False} if args.float32 else changed


def recipe_of(cls: type[T], args: argparse.Namespace) -> T:
    """The recipe that is named, with what the options change in its loop.

    Args:
        cls: Of the recipe; its `loop` is a `LoopConfig`.
        args: Of a command with the options above.

    Raises:
        ConfigError: If the recipe is wrong.
        InputError: If there is no time to train.
    """
    from affect_perception.training.recipe import load_recipe

    changed = _loop_changes(args)
    recipe: Any = load_recipe(cls, args.recipe)
    result: T = replace(recipe, loop=replace(recipe.loop, **changed))
    return result


def command_of(task: str, args: argparse.Namespace) -> str:
    """The command that repeats the training, without the places of this machine."""
    words = [f"affect-perception train {task} --data DATA --out DIR", f"--recipe {args.recipe}"]
    if args.epochs is not None:
        words.append(f"--epochs {args.epochs:g}")
    if args.seed is not None:
        words.append(f"--seed {args.seed}")
    if math.isfinite(args.max_minutes):
        words.append(f"--max-minutes {args.max_minutes:g}")
    return " ".join([*words, "--float32"] if args.float32 else words)


def add_fit_options(parser: argparse.ArgumentParser, *, data: str, recipe: str) -> None:
    """Adds the options of a training that fits in minutes, without batches and checkpoints.

    Args:
        parser: Of the command.
        data: What `--data` is the root of.
        recipe: Name of its usual recipe.
    """
    parser.add_argument("--data", type=Path, required=True, help=f"root that holds {data}, ...")
    parser.add_argument("--out", type=Path, required=True, help="folder for network and report")
    _add_recipe(parser, recipe)
    parser.add_argument("--seed", type=int, help="seed (default: the recipe's)")
    parser.add_argument("--cross-validate", action="store_true", help="only the report, no network")
    parser.add_argument("--version", default="1.0.0", help="of the weights, for card and manifest")


def fit_order(
    task: str,
    args: argparse.Namespace,
    recipe_class: type[T],
    order: Callable[[Path, Path, T, str, str], Order],
) -> Order:
    """What such a training is asked for; its usual recipe is named like the task.

    Args:
        task: Below `train`.
        args: Of a command with the options above.
        recipe_class: Of the recipe; it has a `seed`.
        order: Takes data, out, recipe, version and the command that repeats it.

    Raises:
        ConfigError: If the recipe is wrong.
    """
    from affect_perception.training.recipe import load_recipe

    recipe: Any = load_recipe(recipe_class, args.recipe)
    words = [f"affect-perception train {task} --data DATA --out DIR"]
    if args.recipe != task:
        words.append(f"--recipe {args.recipe}")
    if args.seed is not None:
        recipe = replace(recipe, seed=args.seed)
        words.append(f"--seed {args.seed}")
    return order(args.data, args.out, recipe, args.version, " ".join(words))


@contextmanager
def log_in(out: Path) -> Iterator[Callable[[str], None]]:
    """What tells a line to the terminal and to the log in `out`."""
    out.mkdir(parents=True, exist_ok=True)
    with (out / LOG_FILE).open("a", encoding="utf-8") as log:

        def say(line: str) -> None:
            print(line, file=sys.stderr, flush=True)
            print(line, file=log, flush=True)

        yield say
