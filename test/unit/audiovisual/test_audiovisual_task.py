"""`evaluate audiovisual` on made tables, RAVDESS names, packed tables, wrong folders.

Leaves: figures on people (data tier).
"""

from __future__ import annotations

import gzip
import json

import numpy as np
import pytest
from av_tables import made_values, made_votes, write_clips, write_votes

from affect_perception.cli.main import main
from affect_perception.core.errors import InputError
from affect_perception.evaluation.datasets.av_features import read_av_features
from affect_perception.evaluation.datasets.ravdess_names import parse_ravdess_name
from affect_perception.evaluation.datasets.table import read_table
from affect_perception.evaluation.registry import task_named
from affect_perception.evaluation.tools import Request, Tools

pytestmark = pytest.mark.unit


def evaluate(folder, split=None):
    return task_named("audiovisual").run(Request(folder, split, "test"), Tools())


def test_clips_of_strangers_are_scored_with_simple_methods_beside(tmp_path):
    values, emotions, speakers = made_values(speakers=3)
    strangers = [f"9{name}" for name in speakers]
    values[0, :5] = np.nan
    write_clips(tmp_path, values, emotions, strangers)
    found = evaluate(tmp_path)
    assert (found.n, found.subjects) == (48, 3)
    assert {"uar", "uar_raw", "uar_voice", "uar_late_raw", "auroc_incongruence"} <= set(
        found.metrics
    )
    assert not any("cross_validated" in name for name in found.metrics)
    # The made classes are easy for a method that is fitted to them.
    assert found.baselines["kernel machine early raw"]["uar"] > 0.6
    assert len(found.rows) == 48
    json.loads(found.to_json())
    assert evaluate(tmp_path, "91,93").subjects == 2


def test_of_people_trained_on_the_stored_figures_are_given(tmp_path):
    values, emotions, speakers = made_values(speakers=2)
    write_clips(tmp_path, values, emotions, speakers, "clip_features.csv")
    found = evaluate(tmp_path)
    assert found.metrics["uar_cross_validated"] >= 0.82
    assert found.metrics["uar_raw_cross_validated"] >= 0.77
    assert found.metrics["uar_gain_over_face_ci95_low_cross_validated"] > 0.0
    assert any("trained on speakers 1, 2:" in note for note in found.notes)


def test_one_speaker_has_no_interval_and_no_simple_method(tmp_path):
    values, emotions, speakers = made_values(speakers=1)
    write_clips(tmp_path, values, emotions, speakers)
    found = evaluate(tmp_path)
    assert np.isnan(found.metrics["uar_ci95_low"])
    assert list(found.baselines) == ["most common class"]


def test_votes_are_told_by_their_columns(tmp_path):
    folder = write_votes(tmp_path / "v", *made_votes(clips=60, actors=5))
    found = evaluate(folder)
    assert (found.n, found.subjects) == (60, 5)
    assert {"accuracy", "accuracy_cross_validated", "conflict_face_wins_votes"} <= set(
        found.metrics
    )
    assert "product" in found.baselines


def test_a_folder_of_something_else_ends_with_one_line(tmp_path, capsys):
    (tmp_path / "labels.csv").write_text("file,emotion\na.wav,happy\n")
    assert main(["evaluate", "audiovisual", "--data", str(tmp_path)]) == 2
    assert "neither a table of clips" in capsys.readouterr().err


def test_wrong_tables_name_line_and_column(tmp_path):
    values, emotions, speakers = made_values(speakers=1, repetitions=1)
    with pytest.raises(InputError, match="no clip of speaker 5"):
        read_av_features(write_clips(tmp_path / "a", values, emotions, speakers).parent, "5")
    emotions[2] = "bored"
    with pytest.raises(InputError, match="line 4: unknown emotion 'bored'"):
        read_av_features(write_clips(tmp_path / "b", values, emotions, speakers).parent)
    path = write_clips(tmp_path / "c", values, emotions, speakers, "clip_features.csv")
    path.write_text(path.read_text().replace("AU12_mean", "AU99_mean"))
    with pytest.raises(InputError, match="AU12_mean"):
        read_av_features(path.parent)
    with pytest.raises(InputError, match="holds no table of clips"):
        read_av_features(tmp_path)


def test_packed_tables_are_read_and_damaged_ones_named(tmp_path):
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n1,2\n"))
    assert read_table(path).rows[0].number("b") == 2.0
    whole = gzip.compress(b"a,b\n" + b"1,2\n" * 500)
    for content in (b"a,b\n1,2\n", whole[:-12], whole[:15] + b"\xff\x00\xff" + whole[18:]):
        path.write_bytes(content)
        with pytest.raises(InputError, match=r"t\.csv\.gz"):
            read_table(path)


def test_names_of_ravdess_say_what_they_hold():
    name = parse_ravdess_name("02-01-08-02-01-02-12")
    assert (name.modality, name.channel, name.emotion) == ("video", "speech", "surprise")
    assert (name.intensity, name.statement, name.repetition, name.actor) == ("strong", 1, 2, 12)
    assert name.sex == "female"
    assert name.as_modality("audio") == "03-01-08-02-01-02-12"
    for wrong in ("02-01-08-02-01-02", "02-01-09-02-01-02-12", "02-01-08-02-01-02-25", "a", ""):
        with pytest.raises(InputError, match=wrong or "''"):
            parse_ravdess_name(wrong)
