"""Fills docs/audiovisual.md with the figures of the stored report.

`python -m affect_perception.cli.audiovisual_doc` prints the page with its tables from
models/audiovisual_emotion_cross_validation.json; with `--write` it replaces them in the checkout,
with the picture beside. A test fails while the tables differ.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from affect_perception.cli.doc_regions import fill_regions
from affect_perception.evaluation.audiovisual.tables import page_tables
from affect_perception.evaluation.tasks.audiovisual import REPORT
from affect_perception.share import share_path

PAGE = "docs/audiovisual.md"
PICTURE = "docs/img/audiovisual.png"


def filled(text: str, tables: Mapping[str, str]) -> str:
    """The page with its tables; see `fill_regions`."""
    return fill_regions(text, tables, PAGE)


def stored_report() -> dict[str, Any]:
    """The report that stands beside the weights."""
    content: dict[str, Any] = json.loads(share_path(REPORT).read_text(encoding="utf-8"))
    return content


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints or writes the page."""
    parser = argparse.ArgumentParser(description="fill docs/audiovisual.md")
    parser.add_argument("--write", action="store_true", help="replace tables and picture")
    write = parser.parse_args(arguments).write
    checkout = Path(share_path("models")).parent
    path = checkout / PAGE
    report = stored_report()
    page = filled(path.read_text(encoding="utf-8"), page_tables(report))
    if not write:
        sys.stdout.write(page)
        return 0
    path.write_text(page, encoding="utf-8")
    from affect_perception.evaluation.audiovisual.picture import write_picture

    write_picture(report["ravdess_av"], checkout / PICTURE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
