"""The body of a scenario as a recording of its own, and its truth as columns."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from affect_perception.core.types.physio import BiosignalChunk
from affect_perception.io.events import BadFrame
from affect_perception.io.table import STAMP, Columns
from affect_perception.sim.body.script import BodyScript, body_of
from affect_perception.sim.body.sensors import BodySensors
from affect_perception.sim.scenario import Scenario

TRUTH_HZ = 2.0
"""Rows of truth per second: as many as there are observations."""
_FAULTS = "faults"


def body_columns(body: BodyScript, start_ns: int = 0) -> Columns:
    """The truth of a whole scenario, a row every half second; columns are those of `BodyTruth`."""
    count = math.floor(body.duration_s * TRUTH_HZ) + 1
    rows = [body.truth(number / TRUTH_HZ, start_ns).plain() for number in range(count)]
    return body_truth_columns(rows)


def body_truth_columns(rows: Sequence[Mapping[str, Any]]) -> Columns:
    """Columns of `BodyTruth.plain()` rows."""
    columns: Columns = {}
    for name in rows[0]:
        values = [row[name] for row in rows]
        if name == _FAULTS:
            columns[name] = values
        elif name == STAMP:
            columns[name] = np.array(values, np.int64)
        else:
            columns[name] = np.array([np.nan if v is None else v for v in values], np.float32)
    return columns


class BodySource:
    """The body signals of a scenario; nothing is drawn, so no network of the face is needed.

    Args:
        scenario: One with a section `body`.
        seed: Another seed than the scenario's.

    Raises:
        InputError: If nobody wears sensors in it.
    """

    def __init__(self, scenario: Scenario, seed: int | None = None) -> None:
        self.body = body_of(scenario, seed)
        self._name = scenario.name

    @property
    def name(self) -> str:
        """Name of the scenario."""
        return self._name

    @property
    def frames(self) -> int | None:
        """No pictures."""
        return 0

    def events(self, on_bad_frame: BadFrame | None = None) -> Iterator[BiosignalChunk]:
        """All chunks in the order in which they arrive."""
        del on_bad_frame  # what is simulated can always be used
        return BodySensors(self.body).chunks()
