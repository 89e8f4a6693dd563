"""Covers the readers of faces with expressions on drawn faces: every form, votes, copies, errors.

Leaves the real sets to test/data.
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from affect_perception.core.errors import InputError
from affect_perception.evaluation.datasets.expression_set import (
    PRIVATE_TEST,
    PUBLIC_TEST,
    TRAINING,
    VALIDATION,
    VOTE_COLUMNS,
)
from affect_perception.evaluation.datasets.expressions import read_expressions

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
import drawn_faces

pytestmark = pytest.mark.unit


def test_the_sheet_gives_every_tile_with_its_label(tmp_path: Path) -> None:
    pictures, emotion = drawn_faces.write_sheet(tmp_path, each=20)
    data = read_expressions(tmp_path)
    assert len(data) == len(pictures) > 100  # more than one row of the sheet
    assert np.array_equal(data.pictures, pictures)
    assert np.array_equal(data.emotion, emotion)
    assert data.duplicate.sum() == 1
    assert data.duplicate[-1]
    assert len(data.of_split(PUBLIC_TEST)) == 35
    assert np.array_equal(data.majority(), np.array(drawn_faces.VOTED)[emotion])


def test_the_csv_gives_the_same_and_finds_copies_itself(tmp_path: Path) -> None:
    pictures, emotion = drawn_faces.write_csv(tmp_path)
    data = read_expressions(tmp_path)
    assert np.array_equal(data.pictures, pictures)
    assert np.array_equal(data.emotion, emotion)
    assert data.split.tolist().count(TRAINING) == 14
    assert data.split.tolist().count(PRIVATE_TEST) == 7
    assert np.flatnonzero(data.duplicate).tolist() == [len(data) - 1]
    assert data.votes[0].sum() == 10.0


def test_without_ferplus_there_are_no_votes(tmp_path: Path) -> None:
    drawn_faces.write_csv(tmp_path)
    (tmp_path / "fer2013new.csv").unlink()
    data = read_expressions(tmp_path)
    assert not data.votes.any()
    assert (data.majority() == -1).all()
    assert not data.expression_shares().any()


def test_class_folders_are_read_in_colour_and_any_size(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for split in ("train", "test"):
        for name in ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"):
            place = tmp_path / split / name
            place.mkdir(parents=True)
            cv2.imwrite(str(place / "1.png"), rng.integers(0, 255, (96, 96, 3), np.uint8))
    data = read_expressions(tmp_path)
    assert data.pictures.shape == (14, 48, 48)
    assert data.emotion.tolist() == [0, 1, 2, 3, 4, 5, 6] * 2
    assert data.split.tolist() == [TRAINING] * 7 + ["test"] * 7
    (tmp_path / "test" / "sad" / "1.png").unlink()
    (tmp_path / "test" / "sad").rmdir()
    with pytest.raises(InputError, match=r"no such folder.*sad"):
        read_expressions(tmp_path)


def test_affectnet_brings_labels_valence_and_arousal(tmp_path: Path) -> None:
    drawn_faces.write_affectnet(tmp_path, {"train_set": (0, 1, 7), "val_set": (6, 3)})
    # Nobody labelled how pleasant the third is.
    np.save(tmp_path / "train_set" / "annotations" / "2_val.npy", np.array("-2"))
    data = read_expressions(tmp_path)
    names = [VOTE_COLUMNS[k] for k in data.majority()]
    assert names == ["neutral", "happiness", "contempt", "anger", "surprise"]
    assert data.split.tolist() == [TRAINING] * 3 + [VALIDATION] * 2
    assert (data.emotion == -1).all()
    wanted = [drawn_faces.AFFECTNET_AFFECT[label] for label in (0, 1, 6, 3)]
    found = data.valence_arousal()
    assert found[[0, 1, 3, 4]] == pytest.approx(np.array(wanted, np.float32))
    assert np.isnan(found[2]).all()
    assert data.expression_shares().sum(axis=1) == pytest.approx(np.ones(5))


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        ("exp", "8", r"expression 8 of 1 is not 0-7"),
        ("exp", "1.5", r"expression 1\.5 of 1"),
        ("val", "-1.5", r"1_val\.npy: -1\.5 is neither -1 to 1 nor -2"),
        ("aro", "2", r"1_aro\.npy: 2 is neither"),
        ("aro", "nan", r"1_aro\.npy: not a number"),
        ("val", "much", r"1_val\.npy: not a number"),
    ],
)
def test_a_wrong_annotation_of_affectnet_is_named(
    tmp_path: Path, kind: str, value: str, message: str
) -> None:
    drawn_faces.write_affectnet(tmp_path, {"val_set": (6, 3)})
    np.save(tmp_path / "val_set" / "annotations" / f"1_{kind}.npy", np.array(value))
    with pytest.raises(InputError, match=message):
        read_expressions(tmp_path)


@pytest.mark.parametrize("kind", ["exp", "val", "aro"])
def test_a_missing_or_broken_file_of_affectnet_is_named(tmp_path: Path, kind: str) -> None:
    drawn_faces.write_affectnet(tmp_path, {"train_set": (6, 3)})
    path = tmp_path / "train_set" / "annotations" / f"0_{kind}.npy"
    path.write_bytes(b"no array")
    with pytest.raises(InputError, match=rf"0_{kind}\.npy: not a number"):
        read_expressions(tmp_path)
    path.unlink()
    with pytest.raises(InputError, match=rf"no such file: .*0_{kind}\.npy"):
        read_expressions(tmp_path)


def test_pictures_of_affectnet_that_are_missing_or_broken_are_named(tmp_path: Path) -> None:
    drawn_faces.write_affectnet(tmp_path, {"train_set": (6,)})
    picture = tmp_path / "train_set" / "images" / "0.jpg"
    picture.write_bytes(b"no picture")
    with pytest.raises(InputError, match=r"0\.jpg"):
        read_expressions(tmp_path)
    picture.unlink()
    with pytest.raises(InputError, match="no AffectNet here"):
        read_expressions(tmp_path)


def test_two_sets_are_joined_row_by_row(tmp_path: Path) -> None:
    drawn_faces.write_sheet(tmp_path / "a", each=4)
    drawn_faces.write_affectnet(tmp_path / "b", {"train_set": (6, 3)})
    first, second = (read_expressions(tmp_path / name) for name in "ab")
    both = first.with_more(second)
    assert len(both) == len(first) + 2
    assert np.array_equal(both.pictures[-2:], second.pictures)
    assert both.emotion[-2:].tolist() == [-1, -1]
    assert np.isnan(both.valence_arousal()[:-2]).all()
    assert np.isfinite(both.valence_arousal()[-2:]).all()


def test_votes_become_shares_without_single_ones_and_majorities_without_ties(
    tmp_path: Path,
) -> None:
    drawn_faces.write_sheet(tmp_path)
    with np.load(tmp_path / "labels.npz") as content:
        labels = dict(content)
    # neutral, happiness, surprise, sadness, anger, disgust, fear, contempt, unknown, not a face
    labels["ferplus_votes"][:5] = [
        [6, 3, 1, 0, 0, 0, 0, 0, 0, 0],
        [4, 4, 0, 0, 0, 0, 0, 0, 2, 0],
        [2, 1, 0, 0, 0, 0, 0, 0, 7, 0],
        [1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
        [0, 8, 0, 0, 0, 0, 0, 0, 0, 2],
    ]
    labels["pixel_source"][4] = 2
    np.savez(tmp_path / "labels.npz", **labels)
    data = read_expressions(tmp_path)
    assert data.majority()[:5].tolist() == [0, -1, -1, -1, -1]
    shares = data.expression_shares()
    assert shares[0] == pytest.approx([6 / 9, 3 / 9, 0, 0, 0, 0, 0, 0])
    assert shares[3] == pytest.approx([1 / 8] * 8)  # nothing else would be left
    assert not shares[4].any()  # the votes may belong to another picture


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("emotion,Usage\n0,Training\n", "missing column pixels"),
        ("emotion,pixels,Usage\n", "holds no rows"),
        ("emotion,pixels,Usage\n7,{px},Training\n", "line 2: emotion 7"),
        ("emotion,pixels,Usage\n1,1 2 3,Training\n", "line 2: expected 2304 pixels"),
        ("emotion,pixels,Usage\n1,{px} x,Training\n", "line 2: not a number"),
        ("emotion,pixels,Usage\n1,{px},Test\n", "line 2: Usage 'Test'"),
    ],
)
def test_a_broken_csv_is_named_by_line(tmp_path: Path, text: str, message: str) -> None:
    pixels = " ".join(["7"] * 48 * 48)
    (tmp_path / "fer2013.csv").write_text(text.format(px=pixels))
    with pytest.raises(InputError, match=message):
        read_expressions(tmp_path)


def test_missing_and_broken_sets_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        read_expressions(tmp_path / "nowhere")
    with pytest.raises(InputError, match="no faces with expressions in a known form"):
        read_expressions(tmp_path)
    drawn_faces.write_sheet(tmp_path)
    with pytest.raises(InputError, match=r"no faces of split 'Test' \(there: PrivateTest, "):
        read_expressions(tmp_path).of_split("Test")
    (tmp_path / "images.png").write_bytes(b"no picture")
    with pytest.raises(InputError, match="not a readable picture"):
        read_expressions(tmp_path)
    (tmp_path / "labels.npz").write_bytes(b"no labels")
    with pytest.raises(InputError, match=r"labels\.npz: not readable"):
        read_expressions(tmp_path)


def test_votes_of_another_number_of_rows_are_refused(tmp_path: Path) -> None:
    drawn_faces.write_csv(tmp_path)
    lines = (tmp_path / "fer2013new.csv").read_text().splitlines()
    (tmp_path / "fer2013new.csv").write_text("\n".join(lines[:-1]))
    with pytest.raises(InputError, match="belong row to row"):
        read_expressions(tmp_path)
