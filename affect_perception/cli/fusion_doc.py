"""Fills docs/fusion.md with figures: the stored comparison, and the scripted sensors.

`python -m affect_perception.cli.fusion_doc` prints the page with its tables: the ways to combine
from models/affect_fusion_cross_validation.json, subsets and faults from running them (half a
minute); with `--write` it replaces them in the checkout. A test compares the first kind.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from affect_perception.cli.generated_page import print_or_write
from affect_perception.core.types import MODALITIES
from affect_perception.evaluation.fusion.drills import DRILLS, run_drill
from affect_perception.evaluation.tasks.fusion import measure_subsets
from affect_perception.io.markdown import table
from affect_perception.share import share_path

PAGE = "docs/fusion.md"
REPORT = "models/affect_fusion_cross_validation.json"

Row = Mapping[str, Any]


def stored_report() -> dict[str, Any]:
    """The report that stands beside the weights."""
    content: dict[str, Any] = json.loads(share_path(REPORT).read_text(encoding="utf-8"))
    return content


def stored_tables(report: Mapping[str, Any]) -> dict[str, str]:
    """The tables that the report fills."""
    return {"methods": _methods(report), "affect": _affect(report["affect"])}


def _methods(report: Mapping[str, Any]) -> str:
    rows = []
    for name, scores in report["methods"].items():
        low, high = scores["ci95"]
        gain, *ends = scores["gain"]
        above = "" if name == report["better_single"] else _with_ends(gain, *ends)
        over, *ends = scores["gain_over_product"]
        rows.append(
            [name, _with_ends(scores["uar"], low, high), above]
            + ["" if name == "product" else _with_ends(over, *ends)]
            + [f"{scores[key]:.3f}" for key in ("ece", "cross_entropy")]
        )
    single = f"above the {report['better_single']}"
    titles = ["", "UAR", single, "above the product", "calibration error", "cross-entropy, nats"]
    return table(titles, rows)


def _affect(found: Mapping[str, Mapping[str, float]]) -> str:
    rows = [
        [name]
        + [
            f"{scores[f'{quantity}_{key}']:.3f}"
            for quantity in ("valence", "arousal")
            for key in ("rmse", "stated")
        ]
        for name, scores in found.items()
    ]
    titles = ["", "valence: error", "stated", "arousal: error", "stated"]
    return table(titles, rows)


def subsets_table(rows: Sequence[Row]) -> str:
    """Each subset of sensors."""
    columns = ("rate_hz", "longest_gap_s", "valence_std", "arousal_std", "heart_rate_std")
    cells = [
        [str(row["sensors"]).replace("+", ", ")]
        + [f"{row[name]:.3f}" if row[name] == row[name] else "unknown" for name in columns]
        for row in rows
    ]
    titles = ["sensors", "states per second", "longest gap, s", "std of valence"]
    return table([*titles, "std of arousal", "std of heart rate, 1/min"], cells)


def drills_table(rows: Sequence[Row]) -> str:
    """Each fault of each sensor."""
    columns = ("named_after_s", "recovered_after_s", "longest_gap_s", "widest_valence_std")
    cells = [
        [str(row["sensor"]), str(row["fault"]).replace("_", " ")]
        + [f"{row[name]:.2f}" if row[name] == row[name] else "not" for name in columns]
        for row in rows
    ]
    titles = ["sensor", "fault", "named after, s", "trusted again after, s"]
    return table([*titles, "longest gap, s", "widest std of valence"], cells)


def _with_ends(value: float, low: float, high: float) -> str:
    return f"{value:.3f} ({low:.3f} to {high:.3f})"


def all_tables() -> dict[str, str]:
    """Every table of the page; subsets and faults are measured anew."""
    drills = [run_drill(fault, modality) for fault in DRILLS for modality in MODALITIES]
    measured = {"subsets": subsets_table(measure_subsets()), "drills": drills_table(drills)}
    return stored_tables(stored_report()) | measured


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints or writes the page."""
    print_or_write(PAGE, all_tables, arguments)
    return 0


if __name__ == "__main__":
    sys.exit(main())
