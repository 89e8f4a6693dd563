"""Fills docs/audiovisual.md with the figures of the stored report.

`python -m affect_perception.cli.audiovisual_doc` prints the page with its tables from
models/audiovisual_emotion_cross_validation.json; with `--write` it replaces them in the checkout,
with the picture beside. A test fails while the tables differ.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

from affect_perception.cli.generated_page import checkout, print_or_write
from affect_perception.evaluation.audiovisual.tables import page_tables
from affect_perception.evaluation.tasks.audiovisual import REPORT
from affect_perception.share import share_path

PAGE = "docs/audiovisual.md"
PICTURE = "docs/img/audiovisual.png"


def stored_report() -> dict[str, Any]:
    """The report that stands beside the weights."""
    content: dict[str, Any] = json.loads(share_path(REPORT).read_text(encoding="utf-8"))
    return content


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints or writes the page."""
    report = stored_report()
    if print_or_write(PAGE, lambda: page_tables(report), arguments):
        from affect_perception.evaluation.audiovisual.picture import write_picture

        write_picture(report["ravdess_av"], checkout() / PICTURE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
