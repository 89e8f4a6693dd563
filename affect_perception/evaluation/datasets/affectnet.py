"""AffectNet in the layout in which its authors hand it out (the one with eight labels).

Mollahosseini, Hasani, Mahoor, "AffectNet", IEEE Transactions on Affective Computing 10(1), 2019.
`train_set` and `val_set` each hold `images/<number>.jpg` and `annotations/<number>_exp.npy` (0 to
7), `_val.npy` and `_aro.npy` (-1..1; -2 means none). Written from the published description: the
data must be asked for from the authors and were not at hand; the reader is tested on folders made
in the same form.
"""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np

from affect_perception.core.errors import InputError
from affect_perception.evaluation.datasets.expression_set import (
    TRAINING,
    VALIDATION,
    VOTE_COLUMNS,
    ExpressionSet,
    without_extras,
)
from affect_perception.evaluation.datasets.fer2013 import PICTURES, face_tile

SPLIT_FOLDERS = {"train_set": TRAINING, "val_set": VALIDATION}
# AffectNet's label numbers 0 to 7 in our words.
LABELS = (
    "neutral", "happiness", "sadness", "surprise", "fear", "disgust", "anger", "contempt",
)  # fmt: skip

# Stands for valence and arousal that nobody labelled.
NOT_LABELLED = -2.0


def is_affectnet(folder: Path) -> bool:
    """Whether a folder holds one of the two splits."""
    return any((folder / name / "annotations").is_dir() for name in SPLIT_FOLDERS)


def read_affectnet(folder: Path) -> ExpressionSet:
    """Reads what is there of both splits; faces are made grey and 48x48.

    The label is kept as one vote of FER+'s form, valence and arousal as they are: NaN for both
    where one of them was not labelled.

    Raises:
        InputError: If the data are missing or broken; names the file.
    """
    pictures, labels, splits, feelings = [], [], [], []
    for name, split in SPLIT_FOLDERS.items():
        place = folder / name / "images"
        if not place.is_dir():
            continue
        for path in sorted(p for p in place.iterdir() if p.suffix.lower() in PICTURES):
            label = _number(folder / name, path.stem, "exp")
            if label != int(label) or not 0 <= label < len(LABELS):
                raise InputError(f"{folder / name}: expression {label:g} of {path.stem} is not 0-7")
            pictures.append(face_tile(path))
            labels.append(VOTE_COLUMNS.index(LABELS[int(label)]))
            splits.append(split)
            feelings.append([_labelled(folder / name, path.stem, kind) for kind in ("val", "aro")])
    if not pictures:
        raise InputError(
            f"{folder}: no AffectNet here: expected train_set or val_set with images, annotations"
        )
    values = np.array(feelings, np.float32)
    values[np.isnan(values).any(axis=1)] = np.nan
    plain = without_extras(
        np.stack(pictures), np.full(len(pictures), -1, np.int64), np.array(splits)
    )
    votes = np.eye(len(VOTE_COLUMNS), dtype=np.float32)[np.array(labels)]
    return replace(plain, votes=votes, valence=values[:, 0], arousal=values[:, 1])


def _labelled(folder: Path, stem: str, kind: str) -> float:
    """-1..1, or NaN where nobody labelled it."""
    value = _number(folder, stem, kind)
    if value == NOT_LABELLED:
        return math.nan
    if not -1.0 <= value <= 1.0:
        raise InputError(
            f"{_annotation(folder, stem, kind)}: {value:g} is neither -1 to 1 nor "
            f"{NOT_LABELLED:g}, which means none"
        )
    return value


def _annotation(folder: Path, stem: str, kind: str) -> Path:
    return folder / "annotations" / f"{stem}_{kind}.npy"


def _number(folder: Path, stem: str, kind: str) -> float:
    path = _annotation(folder, stem, kind)
    try:
        # The published files hold the number as text.
        value = float(str(np.load(path, allow_pickle=False)))
    except FileNotFoundError:
        raise InputError(f"no such file: {path}") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: not a number: {error}") from error
    if not np.isfinite(value):
        raise InputError(f"{path}: not a number: {value}")
    return value
