"""Replaces the generated parts of a page: `<!-- generated: NAME -->` to `<!-- end -->`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from affect_perception.core.errors import InputError

_REGION = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def fill_regions(text: str, tables: Mapping[str, str], page: str) -> str:
    """The page with each region replaced by the table of its name.

    Args:
        text: The page.
        tables: By name.
        page: Name of the page, for errors.

    Raises:
        InputError: If the page lacks a region for a table, or names an unknown one.
    """
    named = [match.group(2) for match in _REGION.finditer(text)]
    if sorted(named) != sorted(tables):
        odd = sorted(set(named) ^ set(tables)) or sorted(named)
        raise InputError(f"{page}: regions and tables differ: {', '.join(odd)}")
    return _REGION.sub(lambda m: f"{m.group(1)}{tables[m.group(2)]}\n{m.group(3)}", text)
