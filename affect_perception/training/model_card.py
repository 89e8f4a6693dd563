"""The model card and the manifest entry of a network, written by the command that trained it."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from affect_perception.inference.manifest import INT8, INT8_DECLINED, load_manifest
from affect_perception.io import markdown


@dataclass(frozen=True)
class ModelFacts:
    """What the manifest wants to know; docs/models.md explains the keys.

    Attributes:
        name: Key in the manifest and name of the card.
        version: Of the weights.
        licence: Of the weights.
        source: Who made them, with the command.
        training_data: What they were trained on.
        training_terms: The terms of that data.
        accuracy: What was measured, with the command.
        intended_use: What it is for, and what it is not for.
        notes: Anything a user of the raw outputs must know.
        inputs: name, shape, dtype, layout, colour and range of each.
        outputs: name, shape, unit and meaning of each.
    """

    name: str
    version: str
    licence: str
    source: str
    training_data: str
    training_terms: str
    accuracy: str
    intended_use: str
    notes: str
    inputs: Sequence[Mapping[str, Any]]
    outputs: Sequence[Mapping[str, Any]]


def manifest_entry(
    facts: ModelFacts, network: Path, *, eight_bit: Path | None = None, measured: str = ""
) -> str:
    """The entry as YAML, indented as it stands under `models:` in models/manifest.yaml.

    Why a network has no 8-bit file is taken over from the entry that is shipped: it was measured
    there, and a new training does not change the layers.

    Args:
        facts: What the manifest wants to know.
        network: The ONNX file.
        eight_bit: The same network in 8 bits, if there is such a file.
        measured: What that one loses and gains, with the command.
    """
    in_eight_bits: dict[str, Any] = _declined(facts.name)
    if eight_bit is not None:
        in_eight_bits = {INT8: _file(eight_bit) | {"measured": measured}}
    entry = {
        facts.name: {
            "version": facts.version,
            **_file(network),
            **in_eight_bits,
            "licence": facts.licence,
            "source": facts.source,
            "training_data": facts.training_data,
            "training_terms": facts.training_terms,
            "accuracy": facts.accuracy,
            "intended_use": facts.intended_use,
            "notes": facts.notes,
            "inputs": [dict(one) for one in facts.inputs],
            "outputs": [dict(one) for one in facts.outputs],
        }
    }
    text = yaml.safe_dump(
        entry, sort_keys=False, default_flow_style=None, width=96, allow_unicode=True
    )
    return "".join(f"  {line}\n" for line in text.splitlines())


def _declined(name: str) -> dict[str, Any]:
    shipped = load_manifest().models.get(name)
    reason = "" if shipped is None else shipped.eight_bit_declined
    return {INT8_DECLINED: reason} if reason else {}


def _file(path: Path) -> dict[str, Any]:
    content = path.read_bytes()
    return {
        "file": path.name,
        "sha256": hashlib.sha256(content).hexdigest(),
        "size_bytes": len(content),
    }


def card(facts: ModelFacts, sections: Mapping[str, str]) -> str:
    """The card as Markdown: the facts, then the sections (title to text) of the training."""
    parts = [
        f"# {facts.name} {facts.version}",
        f"Made by: {facts.source}.",
        f"For: {facts.intended_use}",
        f"Data: {facts.training_data}. Terms: {facts.training_terms}.",
        f"Licence of the weights: {facts.licence}.",
        facts.notes,
    ]
    parts += [f"## {title}\n\n{text.strip()}" for title, text in sections.items()]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def table(title: str, rows: Mapping[str, Mapping[str, float]], digits: int = 3) -> str:
    """A Markdown table: one row per name, one column per figure that any row has."""
    columns = list(dict.fromkeys(name for figures in rows.values() for name in figures))
    cells = [
        [name, *(_text(figures.get(c, math.nan), digits) for c in columns)]
        for name, figures in rows.items()
    ]
    return markdown.table([title, *columns], cells)


def _text(value: float, digits: int) -> str:
    return "-" if math.isnan(value) else f"{value:.{digits}f}"
