"""Covers `evaluate expression` with a made-up network on drawn faces: figures, splits, baselines.

Leaves the shipped network to test/data and the readers to test_expression_sets.py.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from affect_perception.core.affect_classes import AFFECT_CLASSES
from affect_perception.core.errors import InputError
from affect_perception.core.vision.expression_face import face_of_tile
from affect_perception.core.vision.expression_network import ExpressionNetwork, Readings
from affect_perception.evaluation.datasets.expressions import read_expressions
from affect_perception.evaluation.tasks import expression
from affect_perception.evaluation.tools import Request

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
import drawn_faces

pytestmark = pytest.mark.unit


class Knows:
    """A network that has seen every face; `wrong` of the first so many it mistakes."""

    name = "expression_network"

    def __init__(self, folder: Path, wrong: int = 0) -> None:
        data = read_expressions(folder)
        self.known = {
            view.tobytes(): (int(e), int(m))
            for p, e, m in zip(data.pictures, data.emotion, data.majority(), strict=True)
            for view in (face_of_tile(p), face_of_tile(p)[:, ::-1])
        }
        self.wrong = wrong

    def run(self, faces):  # type: ignore[no-untyped-def]
        answers = [self.known[face.tobytes()] for face in faces[:, 0]]
        half = len(answers) // 2  # a face and, half the list later, its mirror image
        seven = np.eye(7, dtype=np.float32)[[(e + (i % half < self.wrong)) % 7 for i, (e, _) in
                                             enumerate(answers)]]  # fmt: skip
        return seven, np.eye(8, dtype=np.float32)[[m for _, m in answers]]


def tools(network: Knows) -> SimpleNamespace:
    return SimpleNamespace(
        expression=ExpressionNetwork(network),
        model_named=lambda name: f"{name} 0",
        track=lambda items, label: items,
    )


def test_both_heads_and_copies_are_scored(tmp_path: Path) -> None:
    drawn_faces.write_sheet(tmp_path, each=12)
    request = Request(tmp_path, None, "command")
    result = expression.evaluate(request, tools(Knows(tmp_path, wrong=7)))  # type: ignore[arg-type]
    assert (result.n, result.split, result.subjects) == (42, "unseen", None)
    assert result.metrics["accuracy"] == pytest.approx(35 / 42)
    assert result.metrics["ece"] == pytest.approx(7 / 42)
    # The one copy is the last face; it was right, as most others.
    assert result.metrics["accuracy_without_copies"] == pytest.approx(34 / 41)
    assert result.metrics["accuracy_ferplus"] == 1.0
    assert result.metrics["recall_fear_ferplus"] == 1.0
    assert result.metrics["recall_anger"] == pytest.approx(3 / 6)
    assert np.isnan(result.metrics["recall_contempt_ferplus"])
    assert result.baselines["most_common_class"]["accuracy"] == pytest.approx(1 / 7)
    assert result.baselines["gradients_and_ridge"]["accuracy"] > 0.5
    assert "ece" not in result.baselines["most_common_class"]
    assert len(result.rows) == 42


def test_one_split_and_a_set_without_training(tmp_path: Path) -> None:
    drawn_faces.write_sheet(tmp_path, each=12)
    network = Knows(tmp_path)
    request = Request(tmp_path, "PublicTest", "command")
    assert expression.evaluate(request, tools(network)).n == 21  # type: ignore[arg-type]
    learned = expression.evaluate(replace(request, split="Training"), tools(network))  # type: ignore[arg-type]
    assert list(learned.baselines) == ["most_common_class"]  # the linear rule would know them
    with np.load(tmp_path / "labels.npz") as content:
        labels = dict(content)
    labels["usage"][:] = 0
    np.savez(tmp_path / "labels.npz", **labels)
    with pytest.raises(InputError, match="only faces of Training"):
        expression.evaluate(replace(request, split=None), tools(network))  # type: ignore[arg-type]


def test_labelled_feelings_are_compared(tmp_path: Path) -> None:
    drawn_faces.write_sheet(tmp_path)
    data = read_expressions(tmp_path)
    n = len(data)
    shares = np.zeros((n, 8), np.float32)
    shares[:, AFFECT_CLASSES.index("happiness")] = np.linspace(0.1, 0.9, n)
    shares[:, AFFECT_CLASSES.index("neutral")] = 1.0 - np.linspace(0.1, 0.9, n)
    line = np.linspace(-0.5, 0.5, n, dtype=np.float32)
    labelled = replace(data, valence=line, arousal=-line)
    seven = np.full((n, 7), 1 / 7, np.float32)
    figures = expression.score(labelled, Readings(seven, shares, None))
    assert figures["corr_valence"] == pytest.approx(1.0)
    assert figures["corr_arousal"] == pytest.approx(-1.0)
    assert figures["ccc_valence"] < 0.9  # in the right order, at other values
    assert "corr_valence_from_classes" not in figures
    assert "corr_valence" not in expression.score(data, Readings(seven, shares, None))
    own = np.stack([line, -line, np.full(n, 0.3), np.full(n, 0.2)], axis=1).astype(np.float32)
    taught = expression.score(labelled, Readings(seven, shares, own))
    assert taught["ccc_valence"] == taught["sign_agreement_arousal"] == pytest.approx(1.0)
    assert taught["rmse_arousal"] == pytest.approx(0.0)
    assert taught["ccc_valence_from_classes"] == figures["ccc_valence"]
