"""Speech in the noise of a cabin, mixed at a signal-to-noise ratio."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import numpy.typing as npt

from affect_perception.core.errors import InputError
from affect_perception.evaluation.datasets.speech import NOISE_SHARE, read_noises
from affect_perception.evaluation.voice.emotion_runs import Change

Array = npt.NDArray[np.float32]

FOLDER = "cabin_and_vehicle_sounds"
KIND = "car_cabin"


def mixed(speech: Array, noise: Array, snr_db: float) -> Array:
    """Speech plus noise of the same length whose power lies `snr_db` below that of the speech.

    Raises:
        InputError: If the noise is shorter than the speech or silent.
    """
    if len(noise) < len(speech):
        raise InputError(f"noise of {len(noise)} samples for speech of {len(speech)}")
    part = noise[: len(speech)].astype(np.float64)
    power = float(np.mean(part**2))
    if power <= 0.0:
        raise InputError("cannot mix with silent noise")
    gain = np.sqrt(float(np.mean(speech.astype(np.float64) ** 2)) / power / 10 ** (snr_db / 10))
    return (speech + gain * part).astype(np.float32)


def in_noise(noise: Array, snr_db: float, seed: int) -> Change:
    """Mixes each clip with another piece of the noise, repeated where it is too short."""

    def change(samples: Array, index: int) -> Array:
        rng = np.random.default_rng([seed, index])
        start = int(rng.integers(len(noise)))
        places = (start + np.arange(len(samples))) % len(noise)
        return mixed(samples, noise[places], snr_db)

    return change


def cabin_noise(data: Path) -> Array | None:
    """The noise of moving cars that no training used, beside `data` or under $AFFECT_DATA.

    Returns:
        The last part of each recording of a car's cabin, in a row; None if there is none.
    """
    root = Path(os.environ.get("AFFECT_DATA", ""))
    for folder in (data.parent / FOLDER, root / "audio" / FOLDER):
        if (folder / "labels.csv").is_file():
            parts = [one.samples for one in read_noises(folder) if one.kind == KIND]
            kept = [part[int(NOISE_SHARE * len(part)) :] for part in parts]
            return np.concatenate(kept) if kept else None
    return None
