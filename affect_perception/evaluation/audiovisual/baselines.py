"""The simple methods beside the audio-visual figures, speakers apart.

The kernel machine of `evaluation.voice.baselines` on the same features: voice, face, the sum of the
two machines' values (late), and both in one (early). Raw, and with every feature brought to mean 0
and spread 1 over all clips of its speaker, which looks ahead and is no figure for a car.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from affect_perception.evaluation.audiovisual.features import FACE, FEATURES, VOICE
from affect_perception.evaluation.audiovisual.judge import CLASSES
from affect_perception.evaluation.datasets.av_features import AvClips
from affect_perception.evaluation.metrics import accuracy, unweighted_average_recall
from affect_perception.evaluation.voice.baselines import kernel_values

Array = npt.NDArray[np.float64]

_PARTS = {"voice": VOICE, "face": FACE, "early": slice(0, FEATURES)}


def simple_methods(clips: AvClips) -> dict[str, dict[str, float]]:
    """Scores of each method; none with fewer than two speakers, who could not be kept apart."""
    labels = [CLASSES[i] for i in clips.truth]
    most = max(sorted(set(labels)), key=labels.count)
    found = {"most common class": _scores([most] * len(labels), labels)}
    if len(set(clips.speakers)) < 2:
        return found
    plain = np.where(np.isfinite(clips.features), clips.features, _middle(clips.features))
    whole = _over_speakers(plain, clips.speakers)
    for title, rows in (("raw", plain), ("whole speaker, looks ahead", whole)):
        for name, said in _left_out(rows, labels, clips.speakers).items():
            found[f"kernel machine {name} {title}"] = _scores(said, labels)
    return found


def _left_out(rows: Array, labels: list[str], speakers: tuple[str, ...]) -> dict[str, list[str]]:
    """What each method says of the clips of speakers it has not seen."""
    people = np.array(speakers)
    said = {name: [""] * len(labels) for name in ("voice", "face", "late", "early")}
    for person in sorted(set(speakers)):
        own = np.flatnonzero(people == person)
        rest = np.flatnonzero(people != person)
        values = {}
        for name, part in _PARTS.items():
            known = [labels[i] for i in rest]
            names, values[name] = kernel_values(rows[rest][:, part], known, rows[own][:, part])
        values["late"] = values["voice"] + values["face"]
        for name, numbers in values.items():
            for index, place in zip(own, numbers.argmax(axis=1), strict=True):
                said[name][index] = names[place]
    return said


def _over_speakers(rows: Array, speakers: tuple[str, ...]) -> Array:
    people, result = np.array(speakers), rows.copy()
    for person in set(speakers):
        own = people == person
        result[own] = (rows[own] - rows[own].mean(axis=0)) / (rows[own].std(axis=0) + 1e-9)
    return result


def _middle(rows: Array) -> npt.NDArray[np.float64]:
    there = np.isfinite(rows)
    return np.asarray(np.where(there, rows, 0.0).sum(axis=0) / np.maximum(there.sum(axis=0), 1))


def _scores(said: list[str], labels: list[str]) -> dict[str, float]:
    return {"accuracy": accuracy(said, labels), "uar": unweighted_average_recall(said, labels)}
