"""Windows in which the beats are right or not, with the numbers that the quality is made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import scipy.signal

from affect_perception.core.enums import BiosignalChannel
from affect_perception.core.physio.beat_quality import WINDOW, beat_features, beat_quality
from affect_perception.core.physio.beat_series import BeatSeries
from affect_perception.evaluation.datasets.heartbeats import read_heart_records
from affect_perception.evaluation.metrics import area_under_roc
from affect_perception.evaluation.physio.beat_matching import match_beats
from affect_perception.evaluation.physio.recordings import FINDERS

Array = npt.NDArray[np.float64]
GOOD = 0.9
"""A window is good if the F1 of its beats is at least this."""
TOLERANCE = 0.15
LEVELS = (0.15, 0.3, 0.6, 1.2)
"""Standard deviation of added noise over the 99th percentile of the signal (its QRS height)."""
NOISE_RECORDS = ("mit_nst_118e00_2min", "mit_nst_118e06_2min")
NOISE_FOLDER = "ecg_ppg_samples"
_STEP, _SETTLED, _DELAY = 2.0, 12.0, 0.5


@dataclass(frozen=True)
class QualityWindow:
    """One window: numbers (None with too few beats), quality, whether its beats are right."""

    features: tuple[float, ...] | None
    quality: float
    good: bool


def quality_windows(
    channel: BiosignalChannel,
    samples: Array,
    rate: float,
    beats: Array,
    *,
    lag: float = 0.0,
    covered: Callable[[float, float], bool] | None = None,
) -> list[QualityWindow]:
    """Windows every two seconds of a signal.

    Args:
        channel: ECG or PPG.
        samples: (n,).
        rate: Samples per second, Hz.
        beats: Times of the true beats, s.
        lag: By which detections are later than these, s (the way of the pulse).
        covered: Whether the true beats from one time to another are all known; None: always.
    """
    series = BeatSeries(len(samples) / rate + 1.0)
    for beat in FINDERS[channel](rate).push(0, samples):
        series.add(beat.index / rate, beat, 1.0 / rate)
    windows = []
    for end in np.arange(_SETTLED, len(samples) / rate - 1.0, _STEP).tolist():
        begin, last = end - WINDOW - _DELAY, end - _DELAY
        found, intervals = series.beats(begin, last), series.intervals(begin, last)
        if covered is not None and not covered(begin - lag, last - lag):
            continue
        true = beats[(beats + lag >= begin) & (beats + lag <= last)]
        count = match_beats(true, [b.time - lag for b in found], TOLERANCE).count
        windows.append(
            QualityWindow(
                beat_features(found, intervals),
                beat_quality(channel, found, intervals),
                count.f1 >= GOOD,
            )
        )
    return windows


def electrode_noise(folder: Path) -> Array | None:
    """Electrode motion of the MIT-BIH Noise Stress Test, of mean 0 and standard deviation 1.

    Two excerpts of one record differ only by how strong the noise was added: their difference is
    the noise. None if the folder (or the one beside it) lacks them.
    """
    for place in (folder, folder.parent / NOISE_FOLDER):
        if all((place / f"{name}.npz").is_file() for name in NOISE_RECORDS):
            first, second = read_heart_records(place, ",".join(NOISE_RECORDS))
            noise = first.signal.samples - second.signal.samples
            noise = noise - noise.mean()
            return np.asarray(noise / noise.std())
    return None


def made_motion(length: int, rate: float, rng: np.random.Generator) -> Array:
    """Noise as a moving wrist makes it: 0.4 to 6 Hz, swelling and fading over some ten seconds."""
    band = scipy.signal.butter(2, (0.4, 6.0), "bandpass", fs=rate, output="sos")
    slow = scipy.signal.butter(1, 0.08, fs=rate, output="sos")
    swell = np.abs(scipy.signal.sosfilt(slow, rng.standard_normal(length)))
    noise = scipy.signal.sosfilt(band, rng.standard_normal(length)) * swell
    return np.asarray(noise / noise.std())


def noisy_excerpts(
    samples: Array, beats: Array, rate: float, noise: Array, seed: int
) -> list[tuple[Array, Array]]:
    """An excerpt as long as the noise for each of `LEVELS`, and its beats (s from its beginning).

    Args:
        samples: (n,) a whole record.
        beats: Sample numbers of its beats.
        rate: Samples per second of record and noise, Hz.
        noise: Of standard deviation 1.
        seed: Of places and shifts.
    """
    rng = np.random.default_rng(seed)
    excerpts = []
    for level in LEVELS:
        at = int(rng.integers(0, max(1, len(samples) - len(noise))))
        part = samples[at : at + len(noise)]
        height = float(np.percentile(np.abs(part - np.median(part)), 99.0))
        moved = np.roll(noise, int(rng.integers(len(noise))))[: len(part)]
        inside = beats[(beats >= at) & (beats < at + len(part))] - at
        excerpts.append((part + level * height * moved, inside / rate))
    return excerpts


def auroc(windows: Sequence[QualityWindow]) -> float:
    """How well the quality tells good windows from bad ones; NaN without both."""
    return area_under_roc([w.quality for w in windows], [w.good for w in windows])
