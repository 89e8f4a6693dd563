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


def write_affectnet(folder: Path) -> None:
    for split, labels in (("train_set", (0, 1, 7)), ("val_set", (6, 3))):
        (folder / split / "images").mkdir(parents=True)
        (folder / split / "annotations").mkdir()
        for number, label in enumerate(labels):
            picture = np.full((224, 224, 3), 10 * label + 20, np.uint8)
            cv2.imwrite(str(folder / split / "images" / f"{number}.jpg"), picture)
            values = {"exp": label, "val": -2 if label == 7 else 0.1 * label, "aro": -0.25}
            for kind, value in values.items():
                path = folder / split / "annotations" / f"{number}_{kind}.npy"
                np.save(path, np.array(str(value)))


def test_affectnet_brings_labels_valence_and_arousal(tmp_path: Path) -> None:
    write_affectnet(tmp_path)
    data = read_expressions(tmp_path)
    names = [VOTE_COLUMNS[k] for k in data.majority()]
    assert names == ["neutral", "happiness", "contempt", "anger", "surprise"]
    assert data.split.tolist() == [TRAINING] * 3 + ["validation"] * 2
    assert (data.emotion == -1).all()
    assert data.valence[[0, 1, 3, 4]] == pytest.approx([0.0, 0.1, 0.6, 0.3])
    assert np.isnan(data.valence[2])
    assert np.isnan(data.arousal[2])
    assert data.expression_shares().sum(axis=1) == pytest.approx(np.ones(5))
    (tmp_path / "val_set" / "annotations" / "1_aro.npy").unlink()
    with pytest.raises(InputError, match=r"1_aro\.npy"):
        read_expressions(tmp_path)


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
