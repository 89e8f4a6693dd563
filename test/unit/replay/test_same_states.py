"""Covers the comparison of live and replayed tables. Leaves: where they come from (test/ros)."""

from __future__ import annotations

import numpy as np
import pytest

from affect_perception.evaluation.replay.same_states import match

pytestmark = pytest.mark.unit


def table(stamps: list[int], values: list[float], words: list[str]) -> dict[str, object]:
    return {
        "stamp_ns": np.array(stamps, np.int64),
        "value": np.array(values, np.float32),
        "word": words,
        "latency": np.full(len(stamps), np.nan),
    }


def test_equal_tables_match_and_latency_does_not_count() -> None:
    live = table([1, 2, 3], [0.5, np.nan, 2.0], ["a", "b", "c"])
    live["latency"] = np.array([1.0, 2.0, 3.0])
    found = match(live, table([2, 3], [np.nan, 2.0], ["b", "c"]))
    assert (found.live, found.replayed, found.common, found.equal) == (3, 2, 2, 2)
    assert found.differing == {}


def test_what_differs_is_named_with_its_size() -> None:
    live = table([1, 2, 3], [0.5, np.nan, 2.0], ["a", "b", "c"])
    found = match(live, table([1, 2, 3], [0.75, 1.0, 2.0], ["a", "b", "x"]))
    assert found.equal == 0
    assert found.differing["value"] == pytest.approx(0.25)
    assert np.isnan(found.differing["word"])
