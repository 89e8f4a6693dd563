"""Faces with expressions in whichever form a folder holds them."""

from __future__ import annotations

from pathlib import Path

from affect_perception.core.errors import InputError
from affect_perception.evaluation.datasets.affectnet import is_affectnet, read_affectnet
from affect_perception.evaluation.datasets.expression_set import ExpressionSet
from affect_perception.evaluation.datasets.fer2013 import is_fer2013, read_fer2013


def read_expressions(folder: Path) -> ExpressionSet:
    """Reads FER2013 (sheet, csv, class folders; with FER+ votes where they are) or AffectNet.

    Raises:
        InputError: If there is none of them, or it is broken.
    """
    if not folder.is_dir():
        raise InputError(f"no such folder: {folder}")
    if is_affectnet(folder):
        return read_affectnet(folder)
    if is_fer2013(folder):
        return read_fer2013(folder)
    raise InputError(
        f"{folder}: no faces with expressions in a known form: images.png with labels.npz, "
        "fer2013.csv, folders such as train/angry, or AffectNet's train_set and val_set"
    )
