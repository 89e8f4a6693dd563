"""What an evaluation returns, and its form as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Metrics = Mapping[str, float]


@dataclass(frozen=True)
class Evaluation:
    """The figures of one task on one folder.

    Attributes:
        task: Name in the registry.
        data: The folder, as given.
        split: The part of it that was used, "all" if everything.
        n: Number of pictures, frames or clips scored.
        subjects: Number of persons, or None if the data do not name them.
        metrics: Name to value; NaN where nothing could be measured.
        baselines: Name of a simple method to its metrics on the same data.
        model: What was measured.
        command: The command that repeats it.
        notes: Sentences on definitions and limits, for the page; not part of the JSON.
        rows: One record per picture or frame, for looking at what failed; not part of the JSON.
    """

    task: str
    data: str
    split: str
    n: int
    subjects: int | None
    metrics: Metrics
    baselines: Mapping[str, Metrics]
    model: str
    command: str
    notes: Sequence[str] = ()
    rows: Sequence[Mapping[str, Any]] = field(default=(), repr=False)

    def to_json(self) -> str:
        """The JSON text: fixed keys, NaN as null."""
        content = {
            "task": self.task,
            "data": self.data,
            "split": self.split,
            "n": self.n,
            "subjects": self.subjects,
            "metrics": _finite(self.metrics),
            "baselines": {name: _finite(metrics) for name, metrics in self.baselines.items()},
            "model": self.model,
            "command": self.command,
        }
        return json.dumps(content, indent=2, allow_nan=False) + "\n"

    def write_rows(self, path: Path) -> None:
        """Writes the records as CSV."""
        import csv

        columns = list(dict.fromkeys(name for row in self.rows for name in row))
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, columns, restval="")
            writer.writeheader()
            writer.writerows(self.rows)


def _finite(metrics: Metrics) -> dict[str, float | None]:
    return {
        name: round(float(value), 6) if math.isfinite(value) else None
        for name, value in metrics.items()
    }
