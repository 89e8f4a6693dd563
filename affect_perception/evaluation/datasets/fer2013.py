"""FER2013 and the FER+ votes: as a sheet with labels, as the original csv, as class folders.

Goodfellow et al., "Challenges in representation learning", ICML workshop 2013; Barsoum et al.,
"Training deep networks for facial expression recognition with crowd-sourced label distribution",
ICMI 2016.
"""

from __future__ import annotations

import csv
import hashlib
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from affect_perception.core.errors import InputError
from affect_perception.evaluation.datasets.expression_set import (
    FER2013_CLASSES,
    SPLITS,
    TILE,
    TRAINING,
    VOTE_COLUMNS,
    Bytes,
    ExpressionSet,
    Flags,
    Floats,
    without_extras,
)
from affect_perception.io.image_codec import decode_compressed

SHEET, LABELS = "images.png", "labels.npz"
CSV, FERPLUS_CSV = "fer2013.csv", "fer2013new.csv"
SHEET_COLUMNS = 100
PICTURES = (".png", ".jpg", ".jpeg")
# Names of class folders as they are published, to ours.
FOLDER_CLASSES: Mapping[str, str] = MappingProxyType(
    {
        "angry": "anger",
        "disgust": "disgust",
        "fear": "fear",
        "happy": "happiness",
        "sad": "sadness",
        "surprise": "surprise",
        "neutral": "neutral",
    }
)
# Names of split folders; "test" of the published folders joins both test splits.
FOLDER_SPLITS: Mapping[str, str] = MappingProxyType(
    {"train": TRAINING, "test": "test", **{name: name for name in SPLITS}}
)


def is_fer2013(folder: Path) -> bool:
    """Whether a folder holds one of the three forms."""
    return (
        (folder / LABELS).is_file()
        or (folder / CSV).is_file()
        or any((folder / name).is_dir() for name in FOLDER_SPLITS)
    )


def read_fer2013(folder: Path) -> ExpressionSet:
    """Reads whichever form is there; FER+ votes, too, if `fer2013new.csv` lies beside the csv.

    Raises:
        InputError: If the data are missing or broken; names file and line.
    """
    if (folder / LABELS).is_file():
        return _read_sheet(folder)
    if (folder / CSV).is_file():
        return _read_csv(folder)
    if any((folder / name).is_dir() for name in FOLDER_SPLITS):
        return _read_folders(folder)
    raise InputError(
        f"{folder}: no FER2013 here: expected {SHEET} with {LABELS}, or {CSV}, or folders such as "
        "train/angry"
    )


def _read_sheet(folder: Path) -> ExpressionSet:
    labels = _load_labels(folder / LABELS)
    usage, emotion = labels["usage"].astype(np.int64), labels["emotion"].astype(np.int64)
    n = len(emotion)
    if usage.min(initial=0) < 0 or usage.max(initial=0) >= len(SPLITS):
        raise InputError(f"{folder / LABELS}: usage must be 0 to {len(SPLITS) - 1}")
    if emotion.min(initial=0) < 0 or emotion.max(initial=0) >= len(FER2013_CLASSES):
        raise InputError(f"{folder / LABELS}: emotion must be 0 to {len(FER2013_CLASSES) - 1}")
    plain = without_extras(_tiles(folder / SHEET, n), emotion, np.array(SPLITS)[usage])
    return replace(
        plain,
        votes=labels["ferplus_votes"].astype(np.float32),
        duplicate=labels["dup_of_training"].astype(bool),
        original=labels["pixel_source"] == 0,
        ambiguous=labels["label_ambiguous"].astype(bool),
    )


def _load_labels(path: Path) -> Mapping[str, npt.NDArray[Any]]:
    wanted = (
        "emotion", "usage", "ferplus_votes", "pixel_source", "label_ambiguous", "dup_of_training",
    )  # fmt: skip
    try:
        with np.load(path, allow_pickle=False) as content:
            missing = [name for name in wanted if name not in content]
            if missing:
                raise InputError(f"{path}: missing {', '.join(missing)}")
            return {name: content[name] for name in wanted}
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise InputError(f"{path}: not readable as npz: {error}") from error


def _tiles(path: Path, n: int) -> Bytes:
    if not path.is_file():
        raise InputError(f"no such file: {path}")
    # Straight from the file: the sheet is longer than any camera picture may be.
    sheet = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_GRAYSCALE)
    if sheet is None:
        raise InputError(f"{path}: not a readable picture")
    if sheet.shape[1] != SHEET_COLUMNS * TILE or sheet.shape[0] % TILE:
        raise InputError(f"{path}: {sheet.shape[1]}x{sheet.shape[0]} is no sheet of 100 columns")
    tiles = sheet.reshape(-1, TILE, SHEET_COLUMNS, TILE).swapaxes(1, 2).reshape(-1, TILE, TILE)
    if len(tiles) < n:
        raise InputError(f"{path}: holds {len(tiles)} faces, the labels are for {n}")
    return np.ascontiguousarray(tiles[:n])


def _read_csv(folder: Path) -> ExpressionSet:
    path = folder / CSV
    pictures, emotions, splits = [], [], []
    for line, row in _csv_rows(path, ("emotion", "pixels", "Usage")):
        where = f"{path}, line {line}"
        try:
            emotion = int(row["emotion"])
            pixels = np.array(row["pixels"].split(), np.int64)
        except ValueError as error:
            raise InputError(f"{where}: not a number: {error}") from error
        if not 0 <= emotion < len(FER2013_CLASSES):
            raise InputError(f"{where}: emotion {emotion} is not 0 to 6")
        if pixels.size != TILE * TILE or pixels.min() < 0 or pixels.max() > 255:
            raise InputError(f"{where}: expected {TILE * TILE} pixels of 0 to 255")
        if row["Usage"] not in SPLITS:
            raise InputError(f"{where}: Usage {row['Usage']!r} is none of {', '.join(SPLITS)}")
        pictures.append(pixels.astype(np.uint8).reshape(TILE, TILE))
        emotions.append(emotion)
        splits.append(row["Usage"])
    if not pictures:
        raise InputError(f"{path}: holds no rows")
    plain = without_extras(np.stack(pictures), np.array(emotions, np.int64), np.array(splits))
    return replace(plain, votes=_ferplus(folder, len(plain)), duplicate=repeated(plain))


def _ferplus(folder: Path, n: int) -> Floats:
    path = folder / FERPLUS_CSV
    if not path.is_file():
        return np.zeros((n, len(VOTE_COLUMNS)), np.float32)
    votes = []
    for line, row in _csv_rows(path, VOTE_COLUMNS):
        try:
            votes.append([float(row[name]) for name in VOTE_COLUMNS])
        except ValueError as error:
            raise InputError(f"{path}, line {line}: not a number: {error}") from error
    if len(votes) != n:
        raise InputError(f"{path}: {len(votes)} rows, {CSV} has {n}; they belong row to row")
    return np.array(votes, np.float32)


def _csv_rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream, restval="")
        # Some copies of the csv have " Usage", " pixels".
        reader.fieldnames = [name.strip() for name in reader.fieldnames or ()]
        missing = [name for name in columns if name not in reader.fieldnames]
        if missing:
            raise InputError(f"{path}: missing column {', '.join(missing)}")
        for row in reader:
            yield reader.line_num, {name: (row[name] or "").strip() for name in columns}


def _read_folders(folder: Path) -> ExpressionSet:
    pictures, emotions, splits = [], [], []
    for split_name, split in FOLDER_SPLITS.items():
        for class_name, label in FOLDER_CLASSES.items():
            place = folder / split_name / class_name
            if not place.is_dir():
                if (folder / split_name).is_dir():
                    raise InputError(f"no such folder: {place}")
                continue
            for path in sorted(p for p in place.iterdir() if p.suffix.lower() in PICTURES):
                pictures.append(face_tile(path))
                emotions.append(FER2013_CLASSES.index(label))
                splits.append(split)
    if not pictures:
        raise InputError(f"{folder}: its class folders hold no pictures ({', '.join(PICTURES)})")
    plain = without_extras(np.stack(pictures), np.array(emotions, np.int64), np.array(splits))
    return replace(plain, duplicate=repeated(plain))


def face_tile(path: Path) -> Bytes:
    """A picture of one face, grey and 48x48.

    Raises:
        InputError: If it cannot be decoded.
    """
    try:
        picture = decode_compressed(path.read_bytes(), path.suffix.lstrip(".").lower())
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    if picture.ndim == 3:
        picture = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)
    if picture.shape != (TILE, TILE):
        picture = np.asarray(
            cv2.resize(picture, (TILE, TILE), interpolation=cv2.INTER_AREA), np.uint8
        )
    return picture


def picture_keys(pictures: Bytes) -> list[bytes]:
    """One key per picture, equal for equal pixels."""
    return [hashlib.sha256(picture.tobytes()).digest() for picture in pictures]


def repeated(data: ExpressionSet) -> Flags:
    """(n,) whether a picture that is not of Training has an exact copy there."""
    keys = picture_keys(data.pictures)
    trained = {key for key, split in zip(keys, data.split, strict=True) if split == TRAINING}
    return np.array(
        [s != TRAINING and k in trained for k, s in zip(keys, data.split, strict=True)], bool
    )
