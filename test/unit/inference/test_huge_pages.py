"""Huge pages: what is moved, what is left alone, and that nothing stored changes.

Leaves: what it brings (docs/benchmarks.md).
"""

from __future__ import annotations

import ctypes
import mmap
import sys

import numpy as np
import pytest

from affect_perception.inference import huge_pages

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("text", ["always madvise [never]\n", None])
def test_nothing_is_moved_where_the_machine_lends_none(tmp_path, monkeypatch, text):
    setting = tmp_path / "enabled"
    if text is not None:
        setting.write_text(text, encoding="ascii")
    monkeypatch.setattr(huge_pages, "_SETTING", setting)
    assert huge_pages.use_huge_pages() == 0


def test_another_system_is_left_alone(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(huge_pages, "_places", lambda: pytest.fail("looked at the memory"))
    assert huge_pages.use_huge_pages() == 0


def test_only_private_memory_without_a_file_is_named(tmp_path, monkeypatch):
    maps = tmp_path / "maps"
    maps.write_text(
        "00200000-00600000 rw-p 00000000 00:00 0\n"  # two whole huge pages
        "00700000-00900000 rw-p 00000000 00:00 0          [heap]\n"  # none is aligned
        "00a00000-00c00000 r-xp 00000000 08:01 77         /lib/a.so\n"
        "00c00000-00e00000 rw-p 00000000 08:01 77         /lib/a file.so\n"
        "00e00000-01000000 rw-p 00000000 00:00 0          [stack]\n",
        encoding="ascii",
    )
    monkeypatch.setattr(huge_pages, "_MAPS", maps)
    assert list(huge_pages._places()) == [0x200000, 0x400000]


def test_what_is_stored_stays_and_untouched_memory_is_not_filled(monkeypatch):
    size = 3 * huge_pages.HUGE
    with mmap.mmap(-1, 2 * size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as memory:
        stored = np.frombuffer(memory, np.uint8)
        stored[:size] = np.arange(size, dtype=np.uint64).astype(np.uint8)
        before = stored[:size].copy()
        start = ctypes.addressof(ctypes.c_char.from_buffer(memory))
        first = -(-start // huge_pages.HUGE) * huge_pages.HUGE
        pages = range(first, start + 2 * size - huge_pages.HUGE + 1, huge_pages.HUGE)
        monkeypatch.setattr(huge_pages, "_places", lambda: iter(pages))
        moved = huge_pages.use_huge_pages()
        assert np.array_equal(stored[:size], before)
        assert moved <= size  # and none of what nobody has touched
        del stored
