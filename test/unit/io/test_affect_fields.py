"""Covers the fields of AffectState.msg: their names, bytes and table columns.

Leaves to others: ROS message objects (test/ros), how a state comes about (test/unit/fusion).
"""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from affect_states import full_affect, unknown_affect

from affect_perception.core.enums import Modality
from affect_perception.core.errors import InputError
from affect_perception.core.types import AffectState
from affect_perception.io.affect_fields import AFFECT_STATE, affect_fields
from affect_perception.io.message_types import serialize, to_fields, typestore
from affect_perception.io.table import columns_of, read_parquet, write_parquet

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("state", [full_affect(), unknown_affect()])
def test_bytes_and_back(state: AffectState) -> None:
    fields = affect_fields(state)
    back = to_fields(typestore().deserialize_cdr(serialize(fields, AFFECT_STATE), AFFECT_STATE))
    assert set(back) == set(fields)
    for name, value in fields.items():
        if name == "modalities":
            for found, part in zip(back[name], value, strict=True):
                assert found == {k: pytest.approx(v, nan_ok=True) for k, v in part.items()}
        elif name == "header":
            assert back[name] == value
        else:
            assert back[name] == pytest.approx(value, nan_ok=True), name


def test_what_is_unknown_is_nan_and_never_zero() -> None:
    fields = affect_fields(unknown_affect())
    for name, value in fields.items():
        if isinstance(value, float):
            assert math.isnan(value), name
    assert np.isnan(fields["class_probabilities"]).all()
    assert all(math.isnan(part["age"]) for part in fields["modalities"])


def test_each_modality_has_its_columns_in_a_table(tmp_path: Path) -> None:
    rows = [affect_fields(state) for state in (full_affect(), unknown_affect())]
    write_parquet(tmp_path / "affect.parquet", columns_of(rows, AFFECT_STATE))
    columns = read_parquet(tmp_path / "affect.parquet")
    assert columns["voice.weight_arousal"].tolist() == [pytest.approx(0.35), 0.0]
    assert columns["voice.reasons"] == [["late", "held"], ["no_data"]]
    assert columns["probability_anger"][0] == pytest.approx(0.5)
    assert columns["disagreeing"] == [["voice"], []]
    assert columns["face.disagrees"].tolist() == [False, False]


def test_a_state_has_every_modality_once_and_weights_of_at_most_one() -> None:
    state = full_affect()
    assert state.of(Modality.VOICE).disagrees
    with pytest.raises(InputError, match="modalities"):
        replace(state, modalities=state.modalities[:2])
    heavy = replace(state.modalities[0], weight_valence=0.9)
    with pytest.raises(InputError, match="weight_valence of all"):
        replace(state, modalities=(heavy, *state.modalities[1:]))
    with pytest.raises(InputError, match="weight_load"):
        replace(state.modalities[0], weight_load=1.5)
