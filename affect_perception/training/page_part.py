"""Writes what a training found into the part of a page that it owns."""

from __future__ import annotations

from pathlib import Path

from affect_perception.io.markdown import fill_regions


def write_into(page: Path, command: str, generated: str) -> None:
    """Replaces the region of a page that has the name of the command.

    Raises:
        InputError: If the page does not have it, or has it twice.
    """
    text = page.read_text(encoding="utf-8")
    filled = fill_regions(text, {command: generated}, str(page), all_regions=False)
    page.write_text(filled, encoding="utf-8")
