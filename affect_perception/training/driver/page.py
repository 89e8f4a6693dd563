"""Tables of docs/driver_network.md, from the report of the training."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from affect_perception.core.errors import InputError
from affect_perception.training.model_card import table

COMMAND = "train driver"

_GAZE = (
    "mean_angular_error_uncalibrated_deg", "mean_angular_error_deg", "corr_yaw", "corr_pitch",
    "mean_angular_error_deg_worst_subject",
)  # fmt: skip
_MAP = ("ece", "ece_offset")
_DRAWN = (
    "mean_angular_error_deg", "accuracy", "balanced_accuracy", "on_road", "ece_zones", "ece_cells",
    "known_rate",
)  # fmt: skip


def separate_gaze(stored: Path, subjects: Sequence[str]) -> dict[str, float]:
    """What the eye network does on these people, each left out of a training of its own.

    Args:
        stored: Its cross-validation, as it stands beside its weights.
        subjects: People left out here.

    Returns:
        Mean over the people it knows; empty if it knows none of them.

    Raises:
        InputError: If it is no such file.
    """
    try:
        known = json.loads(stored.read_text(encoding="utf-8"))["subjects"]
        rows = [known[name] for name in subjects if name in known]
        found = {key: float(np.mean([row[key] for row in rows])) for key in _GAZE} if rows else {}
        if rows:
            found[_GAZE[-1]] = max(float(row[_GAZE[-1]]) for row in rows)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{stored}: not a file of cross-validation figures: {error}") from error
    return found


def page_part(report: Mapping[str, Any]) -> str:
    """The generated part of the page, of a report as it is stored."""
    parts = [
        f"`{report['command']}`: {report['parameters']} parameters, {report['batches']} batches in "
        f"{report['minutes']:.0f} minutes. Left out: {listed(report['subjects_out'])} of the gaze "
        f"set; {listed(report['people_out'])} of the load sets."
    ]
    if "gaze" in report:
        rows = {"eye network, one eye": report["gaze_separate"]}
        rows |= {f"shared, {name}": own for name, own in report["gaze"].items()}
        parts += ["### Gaze of people left out, degrees", _table("", rows, _GAZE, 2)]
        parts += ["Calibration error of the map over its cells:"]
        parts += [_table("shared", report["gaze"], _MAP)]
    parts += ["### Eyes kept out, one at a time"]
    parts += [_table("network", report["eyes"], tuple(report["eyes"]["shared"]))]
    if "drawn" in report:
        count = round(report["drawn"]["everything"]["n"])
        parts += [f"### Drawn drivers of other faces, {count} pictures"]
        parts += [_table("tokens", report["drawn"], _DRAWN)]
    if "real_faces" in report:
        parts += ["### Photographed faces", table("set, tokens", _known(report["real_faces"]))]
    parts += ["### Distraction in scripted drives left out"]
    parts += [table("tokens", _known(report["distraction"]))]
    if "load" in report:
        parts += ["### Load and stress of people left out, balanced accuracy"]
        parts += [table("what, set, order", _by_tokens(report["load"]))]
        parts += ["How probabilities rank, and how far they can be believed:"]
        parts += [table("what, set, order", _believed(report["load"]))]
    parts += ["### Cost on one core", table("file", _known(report["cost"]))]
    return "\n\n".join(parts) + "\n"


def _by_tokens(load: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    """Balanced accuracy of each case, a column for each set of tokens."""
    return _known(
        {
            case: {name: own["balanced_accuracy"] for name, own in rows.items()}
            for case, rows in load.items()
        }
    )


def _believed(load: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    """Ranking and calibration of each case, of the separate model and of all tokens."""
    pairs = {"separate": "separate", "everything": "shared"}
    return _known(
        {
            case: {
                f"{key}, {word}": rows[name][key]
                for key in ("auroc", "ece", "std_over_error")
                for name, word in pairs.items()
                if name in rows
            }
            for case, rows in load.items()
        }
    )


def listed(names: Sequence[str]) -> str:
    """Names in a row, or that there is nobody."""
    return ", ".join(names) or "nobody"


def _table(
    title: str, rows: Mapping[str, Mapping[str, Any]], columns: Sequence[str], digits: int = 3
) -> str:
    chosen = {
        name: {key: own[key] for key in columns if key in own} for name, own in rows.items() if own
    }
    return table(title, _known(chosen), digits)


def _known(rows: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    """Rows as numbers; what was not measured is NaN."""
    return {
        name: {key: float("nan") if v is None else float(v) for key, v in own.items()}
        for name, own in rows.items()
    }
