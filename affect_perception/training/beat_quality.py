"""Fits the weights of `core/physio/beat_quality.py`; prints them and how well they do.

    python -m affect_perception.training.beat_quality DATA

DATA holds physio/mitbih_arrhythmia_subset, physio/ecg_ppg_samples and physio/wesad_wrist. ECG: the
records of `CHOSEN_ON`, as they are and with electrode noise at four levels, scored on the other
records. PPG: as it is and with made motion; fingers with the beats of the ECG beside them, wrists
with the beats that the device reported. What is printed last is shipped.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from affect_perception.core.enums import BiosignalChannel
from affect_perception.core.errors import InputError
from affect_perception.evaluation.datasets.heartbeats import HeartRecord, read_heart_records
from affect_perception.evaluation.logistic import Line, Rows, fit
from affect_perception.evaluation.physio.beat_matching import pulse_lag
from affect_perception.evaluation.physio.quality_windows import (
    QualityWindow,
    auroc,
    electrode_noise,
    made_motion,
    noisy_excerpts,
    quality_windows,
)
from affect_perception.evaluation.physio.recordings import beat_times
from affect_perception.evaluation.tasks.heartbeat import CHOSEN_ON
from affect_perception.io.signals import read_arrays, read_signals, signal_of

Array = npt.NDArray[np.float64]
_RIDGE = 2.0  # on weights of numbers of standard deviation 1
_MOTION = (0.0, 0.2, 0.4, 0.8, 1.6)  # standard deviations of the signal
# Wrist recordings: how much of each is used, s, and how much of a window the device's beats cover.
_WRIST_PART, _WRIST_COVERED = 1800.0, 0.9
_WRISTS, _OTHER_WRISTS = ("S2", "S5", "S9"), ("S7", "S10", "S13")
_ECG, _PPG = BiosignalChannel.ECG, BiosignalChannel.PPG


def fit_quality(windows: Sequence[QualityWindow]) -> Line:
    """Logistic regression with a ridge on the windows that have enough beats."""
    known = [(w.features, w.good) for w in windows if w.features is not None]
    features = np.array([f for f, _ in known])
    good = np.array([g for _, g in known], dtype=np.float64)
    return fit(Rows(features, good, np.ones(len(good))), _RIDGE)


def judged(windows: Sequence[QualityWindow], line: Line) -> list[QualityWindow]:
    """The windows with the quality that these weights give."""
    return [
        replace(
            w,
            quality=0.0
            if w.features is None
            else float(expit(line.logits(np.array([w.features]))[0])),
        )
        for w in windows
    ]


def ecg_windows(records: Sequence[HeartRecord], noise: Array) -> list[QualityWindow]:
    """Windows of each record, its first two minutes as they are and noisy excerpts."""
    windows = []
    for number, record in enumerate(records):
        samples, rate = record.signal.samples, record.signal.rate
        clean = samples[: len(noise)]
        beats = record.beats[record.beats < len(clean)] / rate
        for part, at in [(clean, beats)] + noisy_excerpts(
            samples, record.beats, rate, noise, seed=number
        ):
            windows += quality_windows(_ECG, part, rate, at)
    return windows


def ppg_windows(path: Path, seed: int) -> list[QualityWindow]:
    """Windows of a recording of ECG and PPG with made motion added to the PPG."""
    signals = read_signals(path)
    ecg, ppg = signal_of(signals, _ECG), signal_of(signals, _PPG)
    if ecg is None or ppg is None:
        raise InputError(f"{path}: needs an ECG and a PPG")
    beats, pulses = beat_times(ecg), beat_times(ppg)
    lag = pulse_lag(beats, pulses)
    rng = np.random.default_rng(seed)
    windows = []
    for level in _MOTION:
        motion = made_motion(len(ppg.samples), ppg.rate, rng)
        noisy = ppg.samples + level * ppg.samples.std() * motion
        windows += quality_windows(_PPG, noisy, ppg.rate, beats, lag=lag)
    return windows


def wrist_windows(path: Path, seed: int) -> list[QualityWindow]:
    """Windows of a wrist recording (Empatica E4) with made motion added.

    The true beats are those that the device itself reported, where it reported them without a gap.
    """
    arrays = read_arrays(path)
    ppg = signal_of(read_signals(path), _PPG)
    if ppg is None:
        raise InputError(f"{path}: needs a PPG")
    samples = ppg.samples[: round(_WRIST_PART * ppg.rate)]
    beats, lengths = arrays["ibi_time_s"].astype(np.float64), arrays["ibi_s"].astype(np.float64)
    beats, lengths = beats[beats < _WRIST_PART], lengths[beats < _WRIST_PART]
    pulses = beat_times(replace(ppg, samples=samples))
    nearest = pulses[np.clip(np.searchsorted(pulses, beats), 1, len(pulses) - 1)]
    lag = float(np.median(nearest - beats))

    def covered(begin: float, end: float) -> bool:
        inside = lengths[(beats >= begin) & (beats <= end)]
        return bool(inside.sum() >= _WRIST_COVERED * (end - begin))

    rng = np.random.default_rng(seed)
    windows = []
    for level in _MOTION:
        noisy = samples + level * samples.std() * made_motion(len(samples), ppg.rate, rng)
        windows += quality_windows(_PPG, noisy, ppg.rate, beats, lag=lag, covered=covered)
    return windows


def main() -> None:
    """Fits and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    folder = parser.parse_args().data / "physio"
    samples = folder / "ecg_ppg_samples"
    noise = electrode_noise(samples)
    if noise is None:
        raise InputError(f"{samples}: the excerpts of the Noise Stress Test are missing")
    records = read_heart_records(folder / "mitbih_arrhythmia_subset")
    ours = ecg_windows([r for r in records if r.name in CHOSEN_ON], noise)
    others = ecg_windows([r for r in records if r.name not in CHOSEN_ON], noise)
    _report("ECG", ours, others)
    fingers = [ppg_windows(samples / f"{n}.npz", 1) for n in ("bidmc01", "cinc2015_a103l")]
    wrists, other_wrists = (
        [w for n in names for w in wrist_windows(folder / "wesad_wrist" / f"{n}.npz", 3)]
        for names in (_WRISTS, _OTHER_WRISTS)
    )
    _report("PPG, without cinc2015_a103l", fingers[0] + wrists, fingers[1])
    _report("PPG, wrists of others", fingers[0] + fingers[1] + wrists, other_wrists)


def _report(name: str, ours: list[QualityWindow], others: list[QualityWindow]) -> None:
    line = fit_quality(ours)
    print(f"{name}: ({line.offset:.2f}, ({', '.join(f'{w:.2f}' for w in line.slope)}))")
    print(f"  AUROC on the windows of the fit {auroc(judged(ours, line)):.3f}")
    if others:
        print(f"  AUROC on the other records {auroc(judged(others, line)):.3f}")


if __name__ == "__main__":
    main()
