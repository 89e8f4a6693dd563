"""The learned fusion learns what is there, the same again, and comes out of ONNX as it went in.

Leaves: figures on people (test/data, docs/fusion.md).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from affect_perception.core.errors import ConfigError
from affect_perception.core.fusion.learned import CLASSES
from affect_perception.training.fusion.network import fit_network
from affect_perception.training.fusion.recipe import FusionRecipe
from affect_perception.training.fusion.run import Said, fit_exponents, validate
from affect_perception.training.recipe import load_recipe

pytestmark = pytest.mark.train

QUICK = FusionRecipe(passes=4, members=1)


def made(people: int = 4, each: int = 28, seed: int = 0) -> Said:
    rng = np.random.default_rng(seed)
    count = people * each
    truth = np.tile(np.arange(CLASSES), count // CLASSES)
    evidence = rng.standard_normal((2, count, 2, CLASSES))
    evidence[:, np.arange(count), 0, truth] += 2.0
    evidence[:, np.arange(count), 1, truth] += 1.0
    speakers = tuple(str(i // each) for i in range(count))
    return Said(evidence, truth, speakers, rng.uniform(-0.6, 0.6, (count, 2)))


def test_the_recipe_is_the_shipped_one_and_checked() -> None:
    assert load_recipe(FusionRecipe, "fusion") == FusionRecipe()
    for wrong in ({"width": 0}, {"passes": 0}, {"dropout": 1.0}, {"modality_dropout": -0.1}):
        with pytest.raises(ConfigError):
            replace(FusionRecipe(), **wrong)


def test_it_learns_and_learns_the_same_again() -> None:
    rows, truth = made().rows(np.ones(112, bool))
    one, other = (fit_network(rows, truth, QUICK) for _ in range(2))
    given = torch.from_numpy(rows.astype(np.float32)), torch.ones(len(rows), 2)
    with torch.no_grad():
        shares, weights = one(*given)
        again, _ = other(*given)
        face, alone = one(given[0] * torch.tensor([1.0, 0.0])[None, :, None],
                          torch.tensor([[1.0, 0.0]]).expand(len(rows), 2))  # fmt: skip
    assert torch.equal(shares, again)
    assert (shares.argmax(dim=1).numpy() == truth).mean() > 0.6
    assert torch.allclose(shares.sum(dim=1), torch.ones(len(rows)), atol=1e-5)
    assert (weights.sum(dim=1) < 1.0).all()
    assert (alone[:, 1] < 1e-6).all()
    assert (face.argmax(dim=1).numpy() == truth).mean() > 0.4


def test_exponents_find_what_counts_more() -> None:
    rows, truth = made(seed=3).rows(np.ones(112, bool))
    face, voice = fit_exponents(rows, truth)
    assert face > voice > 0.0


def test_speakers_apart_give_every_figure() -> None:
    report = validate(made(), QUICK)
    assert set(report["methods"]) == {"face", "voice", "product", "calibrated product", "learned"}
    assert report["methods"]["product"]["uar"] > report["methods"]["voice"]["uar"]
    assert report["incongruence"]["slope"] > 0.0
    assert report["affect"]["both"]["valence_stated"] < report["affect"]["face"]["valence_stated"]
