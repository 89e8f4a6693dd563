"""Covers the learned combination with a small fake, the shipped network, drills and the page.

Leaves to others: training (test/train), the product itself (test_parts.py).
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from affect_perception.cli import fusion_doc
from affect_perception.core.config import FusionConfig, FusionPipelineConfig
from affect_perception.core.enums import Modality
from affect_perception.core.errors import ConfigError, ModelContractError
from affect_perception.core.fusion.class_product import EXPONENTS, PRIOR_HEARD, PRIOR_SEEN
from affect_perception.core.fusion.fusion import AffectFusion
from affect_perception.core.fusion.learned import CLASSES, LearnedFusion, combine_for
from affect_perception.core.fusion.surprise import LEVEL, SLOPE
from affect_perception.core.types import MODALITIES
from affect_perception.evaluation.fusion.drills import run_drill
from affect_perception.inference.fusion import load_fusion_network
from affect_perception.io.markdown import fill_regions
from affect_perception.share import share_path
from affect_perception.sim.observed.affect_streams import AffectDriver

pytestmark = pytest.mark.unit

ANGRY = np.array([0.1, 0.05, 0.05, 0.1, 0.5, 0.1, 0.05, 0.05])
HEARD = np.array([0.1, 0.1, 0.1, 0.1, 0.4, 0.1, 0.1, math.nan])


class SumNetwork:
    """Adds the evidence up and attends to what is there alike."""

    name = "sum"

    def run(self, evidence: np.ndarray, there: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        assert evidence.shape == (1, 2, CLASSES)
        shares = np.exp(evidence.sum(axis=1))
        return shares / shares.sum(), there / (1.0 + there.sum())


def test_a_sum_of_evidence_is_the_plain_product() -> None:
    said = {Modality.FACE: (ANGRY, 1.0), Modality.VOICE: (HEARD, 1.0)}
    found = LearnedFusion(SumNetwork()).combined(said)
    seven = ANGRY[:7] * HEARD[:7] / PRIOR_HEARD[:7]
    assert found.probabilities[:7] / found.probabilities[:7].sum() == pytest.approx(
        seven / seven.sum(), abs=1e-6
    )
    assert found.probabilities.sum() == pytest.approx(1.0)
    assert found.weights == pytest.approx({Modality.FACE: 1 / 3, Modality.VOICE: 1 / 3})


def test_one_modality_or_none_will_do() -> None:
    fusion = LearnedFusion(SumNetwork())
    face = fusion.combined({Modality.FACE: (ANGRY, 1.0)})
    assert face.probabilities == pytest.approx(ANGRY, abs=0.03)
    faded = fusion.combined({Modality.FACE: (ANGRY, 0.0)}).probabilities
    assert faded[:7] == pytest.approx(PRIOR_SEEN[:7], abs=1e-3)
    assert math.isnan(fusion.combined({Modality.VOICE: (HEARD, 1.0)}).probabilities[7])
    assert np.isnan(fusion.combined({}).probabilities).all()


def test_the_method_needs_its_network_and_a_network_its_contract() -> None:
    with pytest.raises(ConfigError, match=r"fusion\.method"):
        combine_for("learned", None)
    assert combine_for("precision_weighted", None).name == "precision_weighted"

    class Wrong(SumNetwork):
        def run(self, evidence: np.ndarray, there: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            return np.zeros((1, 3)), there

    with pytest.raises(ModelContractError, match="sum"):
        LearnedFusion(Wrong()).combined({Modality.FACE: (ANGRY, 1.0)})


def test_the_shipped_network_fuses_when_it_is_asked_for() -> None:
    config = FusionPipelineConfig(fusion=FusionConfig(method="learned"))
    network = load_fusion_network(config)
    assert load_fusion_network(FusionPipelineConfig()) is None
    fusion = AffectFusion(config.fusion, network)
    states = [fusion.step(event) for event in AffectDriver().events(MODALITIES, 5.0)]
    last = [state for state in states if state is not None][-1]
    assert last.method == "learned"
    assert np.nansum(last.probabilities) == pytest.approx(1.0)
    assert 0.0 < sum(part.weight_classes for part in last.modalities) < 1.0


def test_constants_of_the_core_are_those_of_the_report() -> None:
    report = fusion_doc.stored_report()
    assert EXPONENTS[Modality.FACE] == pytest.approx(report["exponents"]["face"], abs=0.006)
    assert EXPONENTS[Modality.VOICE] == pytest.approx(report["exponents"]["voice"], abs=0.006)
    assert pytest.approx(report["incongruence"]["slope"], abs=0.006) == SLOPE
    assert pytest.approx(report["incongruence"]["level"], abs=0.006) == LEVEL
    methods = report["methods"]
    assert methods["calibrated product"]["uar"] > methods[report["better_single"]]["uar"]


def test_the_page_has_the_figures_of_the_report() -> None:
    page = (Path(share_path("models")).parent / fusion_doc.PAGE).read_text(encoding="utf-8")
    for table in fusion_doc.stored_tables(fusion_doc.stored_report()).values():
        assert table in page, "run: python -m affect_perception.cli.fusion_doc --write"
    tables = dict.fromkeys(("methods", "affect", "subsets", "drills"), "x")
    assert fill_regions(page, tables, fusion_doc.PAGE).count("\nx\n") == 4


@pytest.mark.parametrize("fault", ["stops", "freezes", "delays_2s"])
def test_a_drill_tells_how_soon_a_fault_is_named_and_over(fault: str) -> None:
    found = run_drill(fault, Modality.FACE)
    assert 0.0 < found["named_after_s"] < 3.0
    assert found["recovered_after_s"] < 2.0
    assert found["longest_gap_s"] < 0.15
    row = fusion_doc.drills_table([found])
    assert f"| face | {fault.replace('_', ' ')} |" in row
