"""Covers tables in Markdown and generated regions; the pages have tests of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from affect_perception.core.errors import InputError
from affect_perception.io.markdown import fill_regions, table
from affect_perception.training.page_part import write_into

pytestmark = pytest.mark.unit

PAGE = """a
<!-- generated: one -->
old
<!-- end -->
b
<!-- generated: train it -->
older
<!-- end -->
"""


def test_a_table() -> None:
    assert table(["x", "y"], [["1", "2"]]) == "| x | y |\n|---|---|\n| 1 | 2 |"


def test_regions_are_replaced_and_the_rest_stays() -> None:
    page = PAGE.replace("older", "newer").replace("old", "new")
    assert fill_regions(PAGE, {"one": "new\n", "train it": "newer"}, "p") == page


def test_a_region_that_is_missing_unknown_or_there_twice_is_named() -> None:
    with pytest.raises(InputError, match="p: regions and tables differ: train it"):
        fill_regions(PAGE, {"one": "new"}, "p")
    with pytest.raises(InputError, match="differ: two"):
        fill_regions(PAGE, {"one": "", "train it": "", "two": ""}, "p")
    with pytest.raises(InputError, match="differ: one"):
        fill_regions(PAGE + PAGE, {"one": ""}, "p", all_regions=False)


def test_a_training_writes_only_its_own_region(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text(PAGE)
    write_into(path, "train it", "new\n")
    assert path.read_text() == PAGE.replace("older", "new")
    with pytest.raises(InputError, match="train that"):
        write_into(path, "train that", "new")
