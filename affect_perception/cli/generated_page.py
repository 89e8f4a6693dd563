"""What the commands that fill a page of docs/ share: print the page, or write it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from affect_perception.io.markdown import fill_regions
from affect_perception.share import share_path


def checkout() -> Path:
    """The folder that holds docs/ and models/."""
    return Path(share_path("models")).parent


def print_or_write(
    page: str, tables: Callable[[], Mapping[str, str]], arguments: Sequence[str] | None
) -> bool:
    """Fills the regions of a page; with `--write` in place, else onto stdout.

    Args:
        page: Path in the checkout.
        tables: Gives the tables by the names of the regions.
        arguments: Of the command line; without them those of the process.

    Returns:
        Whether the page was written.
    """
    parser = argparse.ArgumentParser(description=f"fill {page}")
    parser.add_argument("--write", action="store_true", help="replace it in the checkout")
    write: bool = parser.parse_args(arguments).write
    path = checkout() / page
    text = fill_regions(path.read_text(encoding="utf-8"), tables(), page)
    if write:
        path.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
    return write
