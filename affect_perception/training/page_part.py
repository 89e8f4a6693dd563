"""Writes what a training found into the part of a page that it owns."""

from __future__ import annotations

from pathlib import Path

from affect_perception.core.errors import InputError

END = "<!-- end -->"


def write_into(page: Path, command: str, generated: str) -> None:
    """Replaces the part of a page between `<!-- generated: COMMAND -->` and the next `END`.

    Raises:
        InputError: If the page does not have these markers.
    """
    marker = f"<!-- generated: {command} -->"
    before, begin, rest = page.read_text(encoding="utf-8").partition(marker)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise InputError(f"{page}: has no part between '{marker}' and '{END}'")
    page.write_text(f"{before}{begin}\n{generated}{end}{after}", encoding="utf-8")
