"""Drawn faces in the forms in which data sets of expressions are published."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np

from affect_perception.evaluation.datasets.expression_set import SPLITS, VOTE_COLUMNS

# Which FER+ column a label of FER2013 mostly gets.
VOTED = (4, 5, 6, 1, 3, 2, 0)


def drawn(emotion: int, rng: np.random.Generator) -> np.ndarray:
    """A 48x48 face whose mouth and brows tell which of seven emotions it is."""
    face = np.full((48, 48), 120, np.uint8)
    x, y = rng.integers(-2, 3, 2)
    cv2.ellipse(face, (24 + x, 24 + y), (17, 22), 0, 0, 360, 190, -1)
    for side in (15, 33):
        cv2.circle(face, (side + x, 18 + y), 2, 20, -1)
        tilt = (-4, -2, 4, 0, 3, 0, 0)[emotion] * (1 if side < 24 else -1)
        cv2.line(face, (side - 4 + x, 12 + y - tilt), (side + 4 + x, 12 + y + tilt), 40, 1)
    if emotion in (2, 5):
        cv2.ellipse(face, (24 + x, 36 + y), (3 + 2 * (emotion == 5), 5), 0, 0, 360, 30, -1)
    elif emotion == 3:
        cv2.ellipse(face, (24 + x, 32 + y), (9, 6), 0, 10, 170, 30, 2)
    elif emotion in (1, 4):
        cv2.ellipse(face, (24 + x, 40 + y), (9, 5), 0, 190, 350, 30, 1 + (emotion == 1))
    else:
        cv2.line(face, (17 + x, 36 + y), (31 + x, 36 + y), 30, 1 + 2 * (emotion == 0))
    noise = rng.normal(0.0, 4.0, face.shape)
    return np.clip(face + noise, 0, 255).astype(np.uint8)


def labels_of(each: int) -> tuple[np.ndarray, np.ndarray]:
    """Emotions and numbers of splits: `each` per class in Training, a quarter in the others."""
    parts = [(split, n) for split, n in enumerate((each, max(1, each // 4), max(1, each // 4)))]
    emotion = np.concatenate([np.repeat(np.arange(7), n) for _, n in parts])
    usage = np.concatenate([np.full(7 * n, split) for split, n in parts])
    return emotion, usage


def votes_of(emotion: np.ndarray) -> np.ndarray:
    """Seven of ten for the class of the label, two for the next, one for another."""
    votes = np.zeros((len(emotion), len(VOTE_COLUMNS)), np.int64)
    for row, label in enumerate(emotion):
        votes[row, VOTED[label]] = 7
        votes[row, (VOTED[label] + 1) % 8] += 2
        votes[row, (VOTED[label] + 2) % 8] += 1
    return votes


def write_sheet(folder: Path, each: int = 6, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """images.png and labels.npz; returns pictures and emotions."""
    folder.mkdir(parents=True, exist_ok=True)
    emotion, usage = labels_of(each)
    rng = np.random.default_rng(seed)
    pictures = np.stack([drawn(int(e), rng) for e in emotion])
    n = len(emotion)
    pictures[-1] = pictures[0]
    copies = np.zeros(n, np.int64)
    copies[-1] = 1
    rows = -(-n // 100)
    sheet = np.zeros((rows * 100, 48, 48), np.uint8)
    sheet[:n] = pictures
    sheet = sheet.reshape(rows, 100, 48, 48).swapaxes(1, 2).reshape(rows * 48, 4800)
    cv2.imwrite(str(folder / "images.png"), sheet)
    np.savez(
        folder / "labels.npz",
        emotion=emotion,
        usage=usage,
        ferplus_votes=votes_of(emotion),
        pixel_source=np.zeros(n, np.int64),
        label_ambiguous=np.zeros(n, np.int64),
        dup_of_training=copies,
    )
    return pictures, emotion


def write_csv(folder: Path, each: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """fer2013.csv and fer2013new.csv; returns pictures and emotions."""
    folder.mkdir(parents=True, exist_ok=True)
    emotion, usage = labels_of(each)
    rng = np.random.default_rng(1)
    pictures = np.stack([drawn(int(e), rng) for e in emotion])
    pictures[-1] = pictures[0]
    with (folder / "fer2013.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["emotion", "pixels", "Usage"])
        for label, split, picture in zip(emotion, usage, pictures, strict=True):
            writer.writerow([label, " ".join(map(str, picture.ravel())), SPLITS[split]])
    with (folder / "fer2013new.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["Usage", "Image name", *VOTE_COLUMNS])
        for row, (split, votes) in enumerate(zip(usage, votes_of(emotion), strict=True)):
            writer.writerow([SPLITS[split], f"fer{row:07d}.png", *votes])
    return pictures, emotion


# Our drawing for AffectNet's label 0 to 7 (contempt is drawn like disgust), and what it is
# labelled with here: valence and arousal.
AFFECTNET_DRAWN = (6, 3, 4, 5, 2, 1, 0, 1)
AFFECTNET_AFFECT = (
    (0.0, 0.0), (0.8, 0.3), (-0.7, -0.4), (0.2, 0.8), (-0.2, 0.6), (-0.6, 0.1), (-0.5, 0.7),
    (-0.4, -0.1),
)  # fmt: skip


def write_affectnet(folder: Path, labels: Mapping[str, Sequence[int]], seed: int = 0) -> None:
    """AffectNet as it is handed out: one picture and three files for each label of each split."""
    rng = np.random.default_rng(seed)
    for split, numbers in labels.items():
        images, annotations = folder / split / "images", folder / split / "annotations"
        images.mkdir(parents=True)
        annotations.mkdir()
        for number, label in enumerate(numbers):
            face = drawn(AFFECTNET_DRAWN[label], rng)
            large = cv2.resize(face, (224, 224), interpolation=cv2.INTER_CUBIC)
            cv2.imwrite(str(images / f"{number}.jpg"), cv2.cvtColor(large, cv2.COLOR_GRAY2BGR))
            valence, arousal = AFFECTNET_AFFECT[label]
            for kind, value in {"exp": label, "val": valence, "aro": arousal}.items():
                # The published files hold the number as text.
                np.save(annotations / f"{number}_{kind}.npy", np.array(str(value)))
