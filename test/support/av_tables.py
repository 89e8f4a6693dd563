"""Made tables of clips with features of face and voice, and of votes, in the published formats."""

from __future__ import annotations

import csv
import gzip
import io
import math

import numpy as np

from affect_perception.evaluation.audiovisual.features import FACE_COLUMNS, VOICE_COLUMNS

EMOTIONS = ("neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised")
WORDS = ("anger", "disgust", "fear", "happy", "neutral", "sad")
COLUMNS = (*VOICE_COLUMNS, *FACE_COLUMNS)


def made_values(speakers=6, repetitions=2, noise=0.3, person=0.5, seed=0):
    """Values (n, columns), emotions and speakers: each class has its own features up or down.

    The voice tells even from odd classes best, the face pairs of classes, so both are needed.
    """
    rng = np.random.default_rng(seed)
    size = len(COLUMNS)
    pattern = np.zeros((8, size))
    voice = len(VOICE_COLUMNS)
    for number in range(8):
        pattern[number, (number % 2) * 10 : (number % 2) * 10 + 10] = 1.0
        start = voice + (number // 2) * 10
        pattern[number, start : start + 10] = 1.0
    values, emotions, names = [], [], []
    for speaker in range(speakers):
        own = rng.normal(0.0, person, size)
        for number, name in enumerate(EMOTIONS):
            for _ in range(repetitions):
                found = pattern[number] + own + rng.normal(0.0, noise, size)
                values.append(1.0 / (1.0 + np.exp(-found)))  # within 0 to 1, as probabilities are
                emotions.append(name)
                names.append(str(speaker + 1))
    return np.array(values), emotions, names


def write_clips(folder, values, emotions, speakers, name="clip_features.csv.gz"):
    """Writes the table of clips; NaN as an empty cell."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([*COLUMNS, "file", "emotion", "actor"])
    for number, row in enumerate(values):
        cells = ["" if math.isnan(x) else repr(float(x)) for x in row]
        writer.writerow([*cells, f"clip{number}", emotions[number], speakers[number]])
    content = text.getvalue().encode()
    path.write_bytes(gzip.compress(content) if name.endswith("gz") else content)
    return path


def made_votes(clips=300, actors=12, voice=0.5, face=1.0, seed=0):
    """Counts (n, 3, 6) where both together are the product with these weights; actors; intended."""
    rng = np.random.default_rng(seed)
    intended = rng.integers(0, 6, clips)
    counts = np.zeros((clips, 3, 6))
    for number, meant in enumerate(intended):
        logits = rng.normal(0.0, 1.0, (2, 6))
        logits[:, meant] += 1.0
        both = voice * logits[0] + face * logits[1]
        for how, one in enumerate((*logits, both)):
            shares = np.exp(one) / np.exp(one).sum()
            counts[number, how] = rng.multinomial(200, shares)
    return counts, [f"{1001 + number % actors}" for number in range(clips)], intended


def write_votes(folder, counts, actors, intended):
    """Writes the table of votes."""
    folder.mkdir(parents=True, exist_ok=True)
    columns = [f"{how}_{word}" for how in ("voice", "face", "av") for word in WORDS]
    with (folder / "labels.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["clip", "actor", "intended", *columns])
        for number, row in enumerate(counts):
            cells = [int(x) for x in row.ravel()]
            writer.writerow([f"c{number}", actors[number], WORDS[intended[number]], *cells])
    return folder
