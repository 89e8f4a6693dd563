"""Fills docs/physio.md with what is said of body signals while a sensor fails.

`python -m affect_perception.cli.body_faults_doc` prints the page with its table, measured anew
(about half a minute); with `--write` it replaces the table in the checkout.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from affect_perception.cli.generated_page import print_or_write
from affect_perception.evaluation.tasks.body_faults import all_answers, fault_table

PAGE = "docs/physio.md"
REGION = "body_faults"


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints or writes the page."""
    print_or_write(PAGE, lambda: {REGION: fault_table(all_answers())}, arguments)
    return 0


if __name__ == "__main__":
    sys.exit(main())
