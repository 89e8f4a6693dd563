"""Fills docs/physio.md with what is said of body signals while a sensor fails.

`python -m affect_perception.cli.body_faults_doc` prints the page with its table, measured anew
(about half a minute); with `--write` it replaces the table in the checkout.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from affect_perception.cli.doc_regions import fill_regions
from affect_perception.evaluation.tasks.body_faults import all_answers, fault_table
from affect_perception.share import share_path

PAGE = "docs/physio.md"
REGION = "body_faults"


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints or writes the page."""
    parser = argparse.ArgumentParser(description=f"fill {PAGE}")
    parser.add_argument("--write", action="store_true", help="replace the table")
    write = parser.parse_args(arguments).write
    path = Path(share_path("models")).parent / PAGE
    table = fault_table(all_answers())
    page = fill_regions(path.read_text(encoding="utf-8"), {REGION: table}, PAGE)
    if write:
        path.write_text(page, encoding="utf-8")
    else:
        sys.stdout.write(page)
    return 0


if __name__ == "__main__":
    sys.exit(main())
