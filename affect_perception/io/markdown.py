"""Tables in Markdown, and the generated parts of a page.

A generated part stands between `<!-- generated: NAME -->` and the next `<!-- end -->`; what is
written by hand around it stays.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from affect_perception.core.errors import InputError

_REGION = re.compile(r"(<!-- generated: (.+?) -->\n).*?(<!-- end -->)", re.DOTALL)


def table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The lines of a table, without a line break at its end."""
    lines = ["| " + " | ".join(titles) + " |", "|---" * len(titles) + "|"]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def fill_regions(
    text: str, tables: Mapping[str, str], page: str, *, all_regions: bool = True
) -> str:
    """The page with each region replaced by the table of its name.

    Args:
        text: The page.
        tables: By name.
        page: Name of the page, for errors.
        all_regions: Whether every region has to be among the tables; else the others stay.

    Raises:
        InputError: If the page lacks a region for a table, has it twice, or names an unknown one.
    """
    named = [match.group(2) for match in _REGION.finditer(text)]
    ours = named if all_regions else [name for name in named if name in tables]
    if sorted(ours) != sorted(tables):
        odd = sorted(set(ours) ^ set(tables)) or sorted(ours)
        raise InputError(f"{page}: regions and tables differ: {', '.join(odd)}")

    def filled(match: re.Match[str]) -> str:
        begin, name, end = match.groups()
        return f"{begin}{tables[name].rstrip()}\n{end}" if name in tables else match.group()

    return _REGION.sub(filled, text)
