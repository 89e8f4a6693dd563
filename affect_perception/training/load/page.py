"""What the training says of itself: tables of docs/load.md, card and manifest entry."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from affect_perception.core.load.model import INPUTS, LARGEST, SUBSETS
from affect_perception.training.load.export import NAME
from affect_perception.training.model_card import ModelFacts, card, manifest_entry, table

COMMAND = "train load"
SHOWN = (
    "balanced_accuracy",
    "auroc",
    "ece",
    "mean_std",
    "std_over_error",
    "auroc_std_finds_errors",
    "worst_person",
)


def page_part(report: Mapping[str, Any], compared: Mapping[str, Any] | None) -> str:
    """The generated part of the page.

    Args:
        report: Of the cross-validation.
        compared: Of `--compare`, if it was run into the same folder.
    """
    if compared is None:
        return tables(report)
    regression = {"regression": report["both"]["stress"]}
    shown = {name: {k: v["all"] for k, v in own.items()} for name, own in regression.items()}
    title = "### Networks on the same folds, and the regression"
    return f"{tables(report)}\n{title}\n\n{compared_table({**shown, **compared})}\n"


def tables(report: Mapping[str, Any]) -> str:
    """All tables, as Markdown."""
    parts: list[str] = []
    for output in ("stress", "load"):
        for data_set, by_subset in report["both"][output].items():
            parts += [
                f"### {output} on {data_set}, learned from both sets, people apart",
                _kinds(by_subset["all"]),
                f"Every set of channels, {output} on {data_set}, recorded order:",
                _subsets(by_subset),
                "Windows judged right, by phase, recorded order, all channels:",
                _recalls(by_subset["all"]["recorded"]),
            ]
    parts += ["### stress learned from one set only, one person left out, recorded order"]
    within = {
        f"{name.split(',')[0]}: {subset}": _figures(kinds["recorded"])
        for name, by_subset in report["within"].items()
        for subset, kinds in by_subset.items()
    }
    parts += [table("set and channels", within)]
    extra = {name: _figures(found) for name, found in report["with"].items()}
    parts += ["Beside all channels, and not in the shipped weights:", table("set", extra)]
    parts += ["### learned from one set, tested on another, recorded order"]
    parts += [table("from, to", {n: _figures(f["all"]["recorded"]) for n, f in across(report)})]
    if report["third"]:
        parts += ["### the shipped weights on cogwear, which nothing was learned from"]
        for output, by_subset in report["third"].items():
            parts += [f"{output}:", _kinds(by_subset["all"]), _subsets(by_subset)]
    return "\n\n".join(parts) + "\n"


def compared_table(report: Mapping[str, Any]) -> str:
    """Networks beside the regression: balanced accuracy of stress by set and order of phases."""
    rows: dict[str, dict[str, float]] = {}
    for name, by_set in report.items():
        row = {}
        for data_set, by_kind in by_set.items():
            if isinstance(by_kind, Mapping):
                for kind, found in by_kind.items():
                    row[f"{data_set}, {kind}"] = _number(found["balanced_accuracy"])
        rows[name] = row
    return table("balanced accuracy of stress", rows)


def across(report: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """The pairs of sets, in the order of their names."""
    return sorted(report["across"].items())


def _kinds(by_kind: Mapping[str, Any]) -> str:
    return table("order of the phases", {kind: _figures(found) for kind, found in by_kind.items()})


def _subsets(by_subset: Mapping[str, Any]) -> str:
    return table(
        "channels", {name: _figures(kinds["recorded"]) for name, kinds in by_subset.items()}
    )


def _recalls(found: Mapping[str, Any]) -> str:
    names = [name for name in found if name.startswith("recall_")]
    return table("phase", {name.removeprefix("recall_"): {"right": found[name]} for name in names})


def _figures(found: Mapping[str, Any]) -> dict[str, float]:
    return {name: _number(found[name]) for name in SHOWN}


def _number(value: float | None) -> float:
    return math.nan if value is None else value


def _facts(version: str, command: str, report: Mapping[str, Any]) -> ModelFacts:
    return ModelFacts(
        name=NAME,
        version=version,
        licence="research use only, not commercial, as the authors of WESAD ask",
        source=f"trained in this repository: `{command}`",
        training_data=(
            f"wrist sensors of {report['people']['wesad']} people of WESAD (Schmidt et al., ICMI "
            f"2018) and {report['people']['stress_predict']} of Stress-Predict (Iqbal et al., "
            "Sensors 22, 2022): pulse and skin conductance"
        ),
        training_terms="WESAD: scientific, non-commercial use, cite; Stress-Predict: MIT, cite",
        accuracy=_accuracy(report),
        intended_use=(
            "How loaded and stressed a driver's body is against the driver's own past, as one weak "
            "cue among others. Not for medical statements, not for judging people at work."
        ),
        notes=(
            "Views come from core/load/driver_normal.py and no other way; `subset` is the number "
            "of the channels in core/load/model.py. Both states count as equally frequent. Nobody "
            "of the training people drove."
        ),
        inputs=(
            _input("views", [1, INPUTS], "float32", [-LARGEST, LARGEST]),
            _input("youth", [1, 1], "float32", [0, 1]),
            _input("subset", [1], "int64", [0, len(SUBSETS) - 1]),
        ),
        outputs=(
            {
                "name": "probabilities",
                "shape": [1, 2],
                "unit": "probability",
                "meaning": "Cognitive load rather than rest; stress rather than rest or amusement.",
            },
        ),
    )


def _input(name: str, shape: list[int], dtype: str, span: list[float]) -> dict[str, Any]:
    return {
        "name": name,
        "shape": shape,
        "dtype": dtype,
        "layout": "flat",
        "colour": "none",
        "range": span,
    }


def _accuracy(report: Mapping[str, Any]) -> str:
    parts = []
    for data_set, by_subset in report["both"]["stress"].items():
        kinds = by_subset["all"]
        figures = ", ".join(f"{k} {kinds[k]['balanced_accuracy']:.3f}" for k in kinds)
        parts.append(f"{data_set} {figures}")
    return (
        "stress, people apart, balanced accuracy by order of the phases: "
        + "; ".join(parts)
        + " (`affect-perception train load --cross-validate`)"
    )


def manifest_text(version: str, command: str, report: Mapping[str, Any], network: Path) -> str:
    """The entry for models/manifest.yaml."""
    return manifest_entry(_facts(version, command, report), network)


def card_text(version: str, command: str, report: Mapping[str, Any]) -> str:
    """The model card."""
    both = report["both"]
    rows = {
        f"{output}, {data_set}, {kind}": _figures(found)
        for output in both
        for data_set, by_subset in both[output].items()
        for kind, found in by_subset["all"].items()
    }
    limits = (
        "Learned in a laboratory from people who sat or stood at a desk, from a sensor of one "
        "make on the wrist. Stress and load were nearly always the same minutes there, so that the "
        "two outputs say nearly the same: only hyperventilation has stress without load. Where the "
        "baseline begins in stress, only the comparison with other people can tell, and the "
        "comparison is with these; the tables of docs/load.md say how often it fails, and how "
        "much worse people of another set are judged. No label of gaze, blinks, head motion or "
        "speech under load was to be had, so that these have no weight."
    )
    return card(
        _facts(version, command, report), {"People apart": table("", rows), "Limits": limits}
    )
