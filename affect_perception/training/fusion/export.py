"""The learned fusion as a file, with what the manifest and the card say of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from affect_perception.core.affect_classes import AFFECT_CLASSES
from affect_perception.core.fusion.learned import CLASSES, TOKENS
from affect_perception.training.fusion.network import FusionMembers
from affect_perception.training.model_card import ModelFacts, card, manifest_entry, table
from affect_perception.training.onnx_export import export_onnx

if TYPE_CHECKING:
    from affect_perception.training.fusion.run import Order

NAME = "affect_fusion"


def write_network(
    network: FusionMembers, rows: np.ndarray, path: Path, order: Order, report: dict[str, Any]
) -> float:
    """Writes network, card and manifest entry; returns the difference of torch and ONNX Runtime."""
    worst = 0.0
    for there in ((1.0, 1.0), (1.0, 0.0), (0.0, 1.0)):
        mask = np.array([there], np.float32)
        examples = {
            "evidence": torch.from_numpy(rows[:1].astype(np.float32) * mask[:, :, None]),
            "there": torch.from_numpy(mask),
        }
        outputs = ("probabilities", "weights")
        worst = max(worst, export_onnx(network, examples, outputs, path, free={}))
    known = facts(order, report)
    path.with_suffix(".yaml").write_text(manifest_entry(known, path), encoding="utf-8")
    path.with_suffix(".md").write_text(card(known, _sections(report)), encoding="utf-8")
    return worst


def facts(order: Order, report: dict[str, Any]) -> ModelFacts:
    """What manifest and card say."""

    def flat(name: str, shape: list[int], low: float, high: float) -> dict[str, object]:
        return {"name": name, "shape": shape, "dtype": "float32", "layout": "flat",
                "colour": "none", "range": [low, high]}  # fmt: skip

    learned, product = (report["methods"][name]["uar"] for name in ("learned", "product"))
    return ModelFacts(
        name=NAME,
        version=order.version,
        licence="research use only, as the terms of the training data ask (CC BY-NC-SA 4.0); the "
        "code that trains it is Apache-2.0",
        source=f"trained in this repository: `{order.command}`; card: models/cards/{NAME}.md",
        training_data=f"what heads of audiovisual_emotion say of {report['clips']} clips of "
        f"RAVDESS, {report['speakers']} speakers (Livingstone and Russo, PLoS ONE 2018), each by "
        "heads that had not seen the speaker",
        training_terms="RAVDESS CC BY-NC-SA 4.0",
        accuracy=f"one speaker left out at a time, {report['speakers']} speakers, seven classes: "
        f"UAR {learned:.3f}; plain product of the same two {product:.3f} (`affect-perception train "
        "fusion --cross-validate`)",
        intended_use="Combining the class probabilities of face and voice by the parameter "
        "fusion.method. It learned from heads on somebody else's features, not from this package's "
        "expression and voice networks. Not for statements about what a person feels.",
        notes="Evidence is that of core/fusion/learned.py: logarithms of probability over prior, "
        "0 on average, faded by age; 0 where a modality is missing.",
        inputs=(
            flat("evidence", [1, TOKENS, CLASSES], -20.0, 20.0),
            flat("there", [1, TOKENS], 0.0, 1.0),
        ),
        outputs=(
            {"name": "probabilities", "shape": [1, CLASSES], "unit": "probability",
             "meaning": f"{', '.join(AFFECT_CLASSES[:CLASSES])}, equally likely beforehand."},
            {"name": "weights", "shape": [1, TOKENS], "unit": "none",
             "meaning": "Attention to face and voice; with that to the state itself together 1."},
        ),
    )  # fmt: skip


def _sections(report: dict[str, Any]) -> dict[str, str]:
    columns = ("uar", "ece", "cross_entropy")
    rows = {
        name: {column: scores[column] for column in columns}
        for name, scores in report["methods"].items()
    }
    return {
        "Training": "A token per modality and one of the state, one layer of attention, on top of "
        "the sum of the evidence; modalities left out and faded at random. Recipe: "
        "config/training/fusion.yaml.",
        "One speaker left out at a time": table("method", rows),
        "Limits": "Acted sentences of twenty actors; the heads that it learned from are not those "
        "that run in a car. It is not better than the product of the same two "
        "(docs/fusion.md), which is the default.",
    }
