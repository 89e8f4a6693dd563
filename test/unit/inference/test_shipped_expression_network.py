"""The expression network that lies in models/: size, contract, card. Leaves: accuracy."""

from __future__ import annotations

import math

import numpy as np
import onnx
import pytest

from affect_perception.core.errors import ModelContractError
from affect_perception.core.vision.expression_face import SIZE
from affect_perception.core.vision.expression_network import ExpressionNetwork
from affect_perception.inference import load_manifest, load_network
from affect_perception.inference.loader import EXPRESSION
from affect_perception.share import share_path

pytestmark = [
    pytest.mark.unit,
    pytest.mark.skipif(
        EXPRESSION not in load_manifest().models, reason="no expression network is shipped yet"
    ),
]


def test_is_light() -> None:
    entry = load_manifest().model(EXPRESSION)
    content = share_path("models/expression_network.onnx").read_bytes()
    assert len(content) == entry.size_bytes < 8_000_000
    weights = onnx.load_from_string(content).graph.initializer
    assert sum(math.prod(w.dims) for w in weights) < 2_500_000


def test_the_card_names_the_version() -> None:
    entry = load_manifest().model(EXPRESSION)
    card = share_path("models/cards/expression_network.md").read_text(encoding="utf-8")
    assert card.startswith(f"# expression_network {entry.version}\n")
    assert "## Limits" in card


def test_probabilities_do_not_depend_on_the_company() -> None:
    network = ExpressionNetwork(load_network(EXPRESSION))
    faces = np.random.default_rng(0).integers(0, 256, (5, SIZE, SIZE)).astype(np.uint8)
    together = network.read(faces)[:2]
    for probabilities in together:
        assert probabilities.sum(axis=1) == pytest.approx(np.ones(5), abs=1e-5)
    for row in range(5):
        alone = network.read(faces[row : row + 1])[:2]
        for all_of_them, one in zip(together, alone, strict=True):
            assert all_of_them[row] == pytest.approx(one[0], abs=1e-4)


def test_valence_and_arousal_come_from_the_classes_and_the_manifest_says_so() -> None:
    entry = load_manifest().model(EXPRESSION)
    faces = np.zeros((1, SIZE, SIZE), np.uint8)
    assert ExpressionNetwork(load_network(EXPRESSION)).read(faces).affect is None
    assert [output.name for output in entry.outputs] == ["fer2013", "ferplus"]
    assert "Valence and arousal are computed from the eight classes" in entry.notes


def test_other_sizes_are_refused() -> None:
    with pytest.raises(ModelContractError):
        load_network(EXPRESSION).run(np.zeros((1, 1, SIZE, SIZE + 1), np.uint8))
