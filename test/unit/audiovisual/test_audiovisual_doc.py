"""docs/audiovisual.md has the figures of the stored report, and every region is filled.

Leaves: whether the report's figures hold on the data (data tier), the picture's pixels.
"""

from __future__ import annotations

import copy
import math
from pathlib import Path

import pytest

from affect_perception.cli import audiovisual_doc
from affect_perception.core.errors import InputError
from affect_perception.evaluation.audiovisual.picture import write_picture
from affect_perception.evaluation.audiovisual.tables import page_tables
from affect_perception.io.markdown import fill_regions
from affect_perception.share import share_path

pytestmark = pytest.mark.unit


def page():
    return (Path(share_path("models")).parent / audiovisual_doc.PAGE).read_text(encoding="utf-8")


def filled(text, tables):
    return fill_regions(text, tables, audiovisual_doc.PAGE)


def test_the_page_has_the_figures_of_the_report():
    tables = page_tables(audiovisual_doc.stored_report())
    hint = "run: python -m affect_perception.cli.audiovisual_doc --write"
    assert filled(page(), tables) == page(), hint


def test_another_figure_changes_the_page():
    report = copy.deepcopy(audiovisual_doc.stored_report())
    report["ravdess_av"]["causal"]["ways"]["hybrid"]["uar"] = 0.123
    text = filled(page(), page_tables(report))
    assert "0.123 (" in text
    report["ravdess_av"]["causal"]["ways"]["hybrid"]["uar"] = None
    assert "| - (" in filled(page(), page_tables(report))


def test_a_region_that_is_missing_or_unknown_is_named():
    tables = page_tables(audiovisual_doc.stored_report())
    with pytest.raises(InputError, match="gains"):
        filled(page().replace("generated: gains", "generated: pains"), tables)


def test_a_picture_is_drawn(tmp_path):
    path = tmp_path / "p.png"
    write_picture(audiovisual_doc.stored_report()["ravdess_av"], path)
    assert path.read_bytes()[:4] == b"\x89PNG"
    assert path.stat().st_size > 10_000


def test_shares_of_the_report_add_up():
    told = audiovisual_doc.stored_report()["ravdess_av"]["causal"]["told_by"]
    for shares in told.values():
        parts = [shares[key] for key in ("both", "face_only", "voice_only", "neither")]
        assert math.isclose(sum(parts), 1.0, abs_tol=1e-3)
