"""`affect-perception train load`: people apart, and the weights that are shipped."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from affect_perception.core.errors import InputError
from affect_perception.core.load.model import OUTPUTS
from affect_perception.evaluation.datasets.wrist_records import read_wrist_records
from affect_perception.evaluation.load.courses import KINDS, REST_FIRST, rest_first
from affect_perception.evaluation.load.timeline import Timeline, timeline
from affect_perception.evaluation.load.weights import LoadWeights, fit_weights
from affect_perception.evaluation.report.reliability_picture import write_reliability
from affect_perception.training.json_file import rounded, write_json
from affect_perception.training.load.export import NAME, export
from affect_perception.training.load.page import (
    COMMAND,
    SHOWN,
    card_text,
    manifest_text,
    page_part,
)
from affect_perception.training.load.recipe import LoadRecipe
from affect_perception.training.load.validation import (
    Fold,
    Say,
    course_table,
    cross_validate,
    figures,
    judge_all,
)
from affect_perception.training.page_part import write_into
from affect_perception.training.recipe import recipe_content

LEARNED_FROM = {
    "wesad": "physio/wesad_wrist",
    "stress_predict": "physio/stress_predict",
}
CHECKED_ON = {"cogwear": "physio/cogwear_stroop"}
REPORT_FILE = f"{NAME}_cross_validation.json"
TABLES_FILE = "load_tables.md"
COMPARED_FILE = f"{NAME}_compared.json"


@dataclass(frozen=True)
class Order:
    """What is asked for.

    Attributes:
        data: Root of the data sets.
        out: Folder for the results.
        recipe: How.
        version: Of the weights.
        command: What was typed.
        page: Page whose generated part is replaced by the tables, if any.
    """

    data: Path
    out: Path
    recipe: LoadRecipe
    version: str = "1.0.0"
    command: str = "affect-perception train load --data DATA --out DIR"
    page: Path | None = None


def read_sets(
    data: Path, say: Say, folders: Mapping[str, str] | None = None
) -> dict[str, list[Timeline]]:
    """Timelines of sets below a root: by default all that are learned from or checked on.

    Raises:
        InputError: If one that is learned from is missing.
    """
    sets = {}
    for name, folder in (folders or {**LEARNED_FROM, **CHECKED_ON}).items():
        if not (data / folder).is_dir():
            if name in LEARNED_FROM:
                raise InputError(f"{data}: has no {folder}")
            say(f"{data}: has no {folder}, so nothing is checked on it")
            continue
        records, unlabelled = read_wrist_records(data / folder)
        strange = {record.data_set for record in records} - {name}
        if strange:
            raise InputError(f"{data / folder}: holds recordings of {', '.join(sorted(strange))}")
        sets[name] = [timeline(record) for record in records]
        left = f", without labels: {', '.join(unlabelled)}" if unlabelled else ""
        say(f"{folder}: {len(records)} people{left}")
    return sets


def validate(order: Order, say: Say) -> dict[str, Any]:
    """Only the figures with people apart; writes report, tables and picture."""
    report, _, _ = _validate(order, read_sets(order.data, say), say)
    return report


def train(order: Order, say: Say) -> dict[str, Any]:
    """Cross-validates, fits on everybody, and writes network, card and manifest entry.

    The calibration comes from the people left out of the folds.
    """
    sets = read_sets(order.data, say)
    report, scales, weights = _validate(order, sets, say)
    calibrated = replace(weights, scales=np.stack([scales[name] for name in OUTPUTS], axis=1))
    path = order.out / f"{NAME}.onnx"
    difference = export(calibrated, path)
    say(f"{path}: differs from the weights by {difference:.1g}")
    manifest = manifest_text(order.version, order.command, report, path)
    (order.out / f"{NAME}.yaml").write_text(manifest, encoding="utf-8")
    text = card_text(order.version, order.command, report)
    (order.out / f"{NAME}.md").write_text(text, encoding="utf-8")
    return report


def compare_networks(order: Order, names: Sequence[str], say: Say) -> dict[str, Any]:
    """Networks on the folds of the regression, by balanced accuracy; needs torch.

    Raises:
        InputError: If there is no such network.
    """
    from affect_perception.training.load.compare import NETWORKS, compare

    unknown = [name for name in names if name not in NETWORKS]
    if unknown:
        raise InputError(f"--compare knows {', '.join(NETWORKS)}, not '{unknown[0]}'")
    sets = read_sets(order.data, say)
    people = [own for name in LEARNED_FROM for own in course_table(sets[name], order.recipe.seed)]
    report: dict[str, Any] = rounded(compare(people, order.recipe, names, say))
    write_json(order.out / COMPARED_FILE, report)
    return report


def _validate(
    order: Order, sets: Mapping[str, list[Timeline]], say: Say
) -> tuple[dict[str, Any], Mapping[str, Any], LoadWeights]:
    order.out.mkdir(parents=True, exist_ok=True)
    found = cross_validate(sets, order.recipe, say)
    validated, scales = found.report, found.scales
    for output, curves in found.curves.items():
        picture = order.out / f"reliability_{output}.png"
        write_reliability(curves, picture, f"{output}, people apart")
    learned = [
        course
        for name in LEARNED_FROM
        for own in course_table(sets[name], order.recipe.seed)
        for course in own
    ]
    weights = fit_weights(learned, order.recipe.penalty, order.recipe.joined_weight)
    if "cogwear" in sets:
        held = [c for own in course_table(sets["cogwear"], order.recipe.seed) for c in own]
        held += [rest_first(one) for one in sets["cogwear"]]
        validated["third"] = _third(Fold(judge_all(weights, held)), scales)
    report = rounded(
        {
            **_brief(validated),
            "people": {name: len(own) for name, own in sets.items()},
            "recipe": recipe_content(order.recipe),
            "command": order.command,
        }
    )
    write_json(order.out / REPORT_FILE, report)
    stored = order.out / COMPARED_FILE
    compared = json.loads(stored.read_text(encoding="utf-8")) if stored.is_file() else None
    text = page_part(report, compared)
    (order.out / TABLES_FILE).write_text(text, encoding="utf-8")
    if order.page is not None:
        write_into(order.page, COMMAND, text)
    return report, scales, weights


def _third(fold: Fold, scales: Mapping[str, Any]) -> dict[str, Any]:
    """Figures of a set that nothing was learned from, with the shipped calibration."""
    return {output: figures([fold], output, [scales[output]])["cogwear"] for output in OUTPUTS}


def _brief(report: Mapping[str, Any]) -> dict[str, Any]:
    """Without the figures that no table shows, of sets of channels other than all."""

    def shorter(content: Any, name: str) -> Any:
        if not isinstance(content, Mapping):
            return content
        if "balanced_accuracy" in content and name != "all":
            return {key: content[key] for key in SHOWN}
        # The name of the set of channels counts, not that of the order below it.
        own = (*KINDS, REST_FIRST)
        return {key: shorter(one, name if key in own else key) for key, one in content.items()}

    return {key: shorter(content, key) for key, content in report.items()}
